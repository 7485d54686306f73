public import Hashing
internal import Linux

/// A file that a build made, with what its bytes are.
public struct Artifact: Sendable, Equatable {
  /// What cargo calls the kind of target or crate type it comes from.
  public enum Kind: String, Sendable, CaseIterable {
    case bin, example, cdylib, dylib, staticlib, rlib, wasm
    case procMacro = "proc-macro"
  }

  /// Relative to the folder of artifacts; what two builds' artifacts are matched by.
  public let name: String
  public let kind: Kind
  /// The target triple; nil where cargo was given none.
  public let target: String?
  /// Where the file lies on the host.
  public let path: String
  /// In bytes.
  public let size: Int64
  public let digest: Digest

  public init(
    name: String, kind: Kind, target: String?, path: String, size: Int64, digest: Digest
  ) {
    self.name = name
    self.kind = kind
    self.target = target
    self.path = path
    self.size = size
    self.digest = digest
  }

  /// Reads the file at `path` once, from its first byte to its last, to learn its size and digest.
  public static func examine(
    path: String, name: String, kind: Kind, target: String?
  ) throws(ComparingError) -> Artifact {
    let file = try OpenFile(path)
    return Artifact(
      name: name, kind: kind, target: target, path: path, size: file.size,
      digest: try Region(file).digest())
  }
}
