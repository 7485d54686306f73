public import Hashing
public import Reading

/// What went into one artifact, as the linker itself wrote it down.
///
/// The linker ran among the build's own processes, so what it wrote is worth what its digests and the
/// record of units bear out; the kernel vouches for none of it.
public struct RecordedLink: Sendable, Equatable {
  /// The compilation that it ended: its crate and what cargo tells units of it apart by.
  public let crate: String
  public let hash: String
  /// The file that was made, relative to the target folder; one compilation can make several.
  public let output: String
  /// Whose map it is. Nil where there was none to read, and for archives, which no linker makes.
  public let form: LinkMap.Form?
  /// The shared libraries that the artifact asks the loader for.
  public let needed: [String]
  /// In the order of their paths.
  public var inputs: [Input]
  /// What could not be read or is not believed, and why. Where there is any, inputs may be missing.
  public internal(set) var defects: [String]

  public enum Kind: String, Sendable, CaseIterable {
    case object, archive, shared, script, unknown
  }

  /// A file that the linker opened.
  public struct Input: Sendable, Equatable {
    /// Absolute inside the sandbox, symlinks followed where the file was still there.
    public let path: String
    public let kind: Kind
    /// Nil of what was gone when the leg was dead: rustc removes its own objects.
    public let digest: Digest?
    /// In bytes.
    public let size: Int64?
    public let soname: String?
    /// Bytes of the artifact that came from it, by the map; of a shared library 0.
    public let linked: Int64
    /// Whether anything of it is in the artifact, or the artifact asks for it when it starts.
    public let contributes: Bool
    /// Of an archive, those that the map names; in the order of the map.
    public let members: [Member]
    /// The package of the rootfs that the file belongs to.
    public var package: SystemPackage?

    public init(
      path: String, kind: Kind, digest: Digest?, size: Int64?, soname: String? = nil,
      linked: Int64 = 0, contributes: Bool, members: [Member] = [], package: SystemPackage? = nil
    ) {
      self.path = path
      self.kind = kind
      self.digest = digest
      self.size = size
      self.soname = soname
      self.linked = linked
      self.contributes = contributes
      self.members = members
      self.package = package
    }

    /// Whether it is the shared library that the loader knows by this name.
    func answers(to name: String) -> Bool {
      kind == .shared && contributes && RecordedLink.name(path, soname).elementsEqual(name.utf8)
    }
  }

  /// What the loader knows a shared library by: its soname, else the name of the file.
  static func name(_ path: String, _ soname: String?) -> String.UTF8View {
    (soname ?? String(path.split(separator: "/").last ?? "")).utf8
  }

  public struct Member: Sendable, Equatable {
    public let name: String
    /// Nil where it could not be read, or several of the name differ.
    public let digest: Digest?
    /// Bytes of the artifact that came from it.
    public let linked: Int64

    public init(name: String, digest: Digest?, linked: Int64) {
      self.name = name
      self.digest = digest
      self.linked = linked
    }
  }

  /// A package of a Linux distribution.
  public struct SystemPackage: Sendable, Hashable {
    public let name: String
    public let version: String

    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  public init(
    crate: String, hash: String, output: String, form: LinkMap.Form? = nil, needed: [String] = [],
    inputs: [Input] = [], defects: [String] = []
  ) {
    self.crate = crate
    self.hash = hash
    self.output = output
    self.form = form
    self.needed = needed
    self.inputs = inputs
    self.defects = defects
  }
}
