public import Hashing

/// A Cargo.lock of version 1 to 4: every package of the build, pinned.
///
/// Versions 1 and 2 carry no version number; they differ in where the checksums stand (in
/// `[metadata]` or in the package). Facts: cargo's source, src/cargo/core/resolver/encode.rs.
public struct CargoLock: Sendable, Equatable {
  public struct Package: Sendable, Hashable {
    public let name: String
    public let version: String
    public let source: Source
    /// The source as written; nil for path packages.
    public let sourceText: String?
    /// The SHA-256 of the package's `.crate` archive; nil for path and git packages, and where the
    /// lock was made from vendored folders that never knew it.
    public let checksum: Digest?
    /// Whether the checksum is the sentence that Debian's librust packages carry in its place: such
    /// a package builds, but nothing anchors its content.
    public let hasPlaceholderChecksum: Bool
    public let dependencies: [Dependency]
    public let position: Position

    /// `name version`, as messages and vendor folders of several versions call it.
    public var title: String { "\(name) \(version)" }
  }

  /// Where a package comes from.
  public enum Source: Sendable, Hashable {
    /// A member of the workspace or a path dependency: no source is written.
    case path
    /// `registry+URL`, a registry whose index is a git repository. crates.io is written so too,
    /// whichever protocol fetched it.
    case registry(index: String)
    /// `sparse+URL`.
    case sparse(index: String)
    case git(url: String, reference: GitReference, commit: String)

    /// Packages of a registry are archives with a checksum.
    public var isRegistry: Bool {
      switch self {
      case .registry, .sparse: true
      case .path, .git: false
      }
    }

    public var isGit: Bool {
      guard case .git = self else { return false }
      return true
    }
  }

  /// What of a git repository is asked for.
  public enum GitReference: Sendable, Hashable {
    case defaultBranch
    case branch(String)
    case tag(String)
    case revision(String)
  }

  /// A dependency as written: version and source only where the name alone is ambiguous.
  public struct Dependency: Sendable, Hashable {
    public let name: String
    public let version: String?
    public let source: String?
  }

  /// What dh-cargo writes into `.cargo-checksum.json`, from where cargo copies it into Cargo.lock.
  static let placeholderChecksum = "Could not get crate checksum"

  public let version: Int
  /// In the order of the file.
  public let packages: [Package]

  /// Reads and checks a Cargo.lock.
  ///
  /// - Throws: `ReadingError` with role `.input`: duplicate package, malformed checksum or source,
  ///   unsupported version.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    let table = try TOML.parse(bytes, file: file, role: .input)
    var root = Fields(table, name: "the file", file: file, role: .input)

    let written = try root.optionalInteger("version")
    if let written, written != 3 && written != 4 {
      throw root.error(
        .unsupportedVersion(String(written), supported: "lock file versions 1 to 4"),
        at: table["version"]?.position ?? .start)
    }

    // Patches that no package uses.
    _ = try root.optionalTable("patch")
    var checksums = try Self.metadataChecksums(&root)
    let hasMetadataChecksums = !checksums.isEmpty
    var packages: [Package] = []
    var seen: Set<Identity> = []
    // Before 2017 the workspace's own package stood in [root].
    var tables = try root.tables("package")
    if let own = try root.optionalTable("root") { tables.insert(own, at: 0) }
    for fields in tables {
      let package = try Package(fields, metadata: &checksums)
      let identity = Identity(
        name: package.name, version: package.version, source: package.source)
      guard seen.insert(identity).inserted else {
        throw root.error(
          .duplicate(kind: "package", name: package.title), at: package.position)
      }
      packages.append(package)
    }
    try root.finish()
    if let (_, orphan) = checksums.min(by: { $0.key < $1.key }) {
      throw root.error(
        .badValue(key: "metadata", value: orphan.key, reason: "no such package is locked"),
        at: orphan.position)
    }
    self.packages = packages
    version = written.map(Int.init) ?? (hasMetadataChecksums ? 1 : 2)
  }

  /// The package that a dependency means, or nil if none or more than one fits.
  public func package(for dependency: Dependency) -> Package? {
    let fitting = packages.filter { package in
      package.name == dependency.name
        && (dependency.version == nil || dependency.version == package.version)
    }
    guard fitting.count > 1, let source = dependency.source else {
      return fitting.count == 1 ? fitting[0] : nil
    }
    let exact = fitting.filter { $0.source.matches(source) }
    return exact.count == 1 ? exact[0] : nil
  }

  /// What may stand in a lock only once.
  private struct Identity: Hashable {
    let name: String
    let version: String
    let source: Source
  }

  fileprivate struct MetadataChecksum {
    let key: String
    let value: TOML.Item
    let position: Position
  }

  /// Version 1: `[metadata]` maps `checksum NAME VERSION (SOURCE)` to the digest.
  private static func metadataChecksums(
    _ root: inout Fields
  ) throws(ReadingError) -> [String: MetadataChecksum] {
    var checksums: [String: MetadataChecksum] = [:]
    guard let metadata = try root.optionalTable("metadata") else { return checksums }
    for entry in metadata.table.entries where entry.key.hasPrefix("checksum ") {
      checksums[String(entry.key.dropFirst(9))] = MetadataChecksum(
        key: entry.key, value: entry.item, position: entry.position)
    }
    return checksums
  }
}

extension CargoLock.Package {
  fileprivate init(
    _ fields: Fields, metadata: inout [String: CargoLock.MetadataChecksum]
  ) throws(ReadingError) {
    var fields = fields
    position = fields.table.position
    (name, version) = try fields.cargoPackage()

    let written = try fields.optionalString("source")
    sourceText = written
    if let written {
      guard !URLCredentials.areIn(written) else {
        throw fields.error(
          .credentialsInURL(URLCredentials.removed(from: written)),
          at: fields.table["source"]?.position ?? position)
      }
      guard let source = CargoLock.Source(written) else {
        let isGit = written.utf8.starts(with: "git+".utf8)
        throw fields.badValue(
          "source", written,
          isGit
            ? "not a git source with a full commit id"
            : "not a registry, sparse or git source")
      }
      self.source = source
    } else {
      source = .path
    }

    let ownChecksum = try fields.optionalString("checksum")
    let outer = metadata.removeValue(forKey: "\(name) \(version) (\(written ?? ""))")
    if ownChecksum != nil, let outer {
      throw fields.error(.duplicateKey(outer.key), at: outer.position)
    }
    let text = ownChecksum ?? outer?.value.string
    hasPlaceholderChecksum = text == CargoLock.placeholderChecksum
    if let text, text != "<none>", !hasPlaceholderChecksum {
      guard let digest = Digest(hex: text) else {
        throw fields.error(
          .badValue(key: "checksum", value: text, reason: "not 64 lower-case hexadecimal digits"),
          at: fields.table["checksum"]?.position ?? outer?.value.position ?? position)
      }
      checksum = digest
    } else {
      checksum = nil
    }

    var dependencies: [CargoLock.Dependency] = []
    var seen: Set<String> = []
    for (text, position) in try fields.optionalPlacedStrings("dependencies") ?? [] {
      guard seen.insert(text).inserted else {
        throw fields.error(.duplicate(kind: "the dependency", name: text), at: position)
      }
      guard let dependency = CargoLock.Dependency(text) else {
        throw fields.error(
          .badValue(key: "dependencies", value: text, reason: "not NAME [VERSION [(SOURCE)]]"),
          at: position)
      }
      dependencies.append(dependency)
    }
    self.dependencies = dependencies
    // What `[replace]` puts in this package's place.
    _ = try fields.optionalString("replace")
    try fields.finish()
  }
}

extension CargoLock.Dependency {
  fileprivate init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard let name = parts.first, CargoName.isPackage(String(name)) else { return nil }
    self.name = String(name)
    version = parts.count > 1 ? String(parts[1]) : nil
    if let version, !CargoName.isVersion(version) { return nil }
    guard parts.count > 2 else {
      source = nil
      return
    }
    guard parts[2].hasPrefix("("), parts[2].hasSuffix(")"), parts[2].utf8.count > 2 else {
      return nil
    }
    source = String(parts[2].dropFirst().dropLast())
  }
}

extension CargoLock.Source {
  /// Parses `registry+URL`, `sparse+URL` or `git+URL[?branch=|tag=|rev=…]#COMMIT`.
  init?(_ text: String) {
    guard let plus = text.utf8.firstIndex(of: UInt8(ascii: "+")) else { return nil }
    let location = String(text[text.utf8.index(after: plus)...])
    guard !location.isEmpty else { return nil }
    switch text[..<plus] {
    case "registry": self = .registry(index: location)
    // Cargo keeps "sparse+" as part of the index URL.
    case "sparse": self = .sparse(index: text)
    case "git":
      let halves = location.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, CargoName.isCommit(halves[1]) else { return nil }
      let parts = halves[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      guard !parts[0].isEmpty else { return nil }
      var reference = CargoLock.GitReference.defaultBranch
      if parts.count == 2 {
        guard let parsed = CargoLock.GitReference(query: parts[1]) else { return nil }
        reference = parsed
      }
      self = .git(url: String(parts[0]), reference: reference, commit: String(halves[1]))
    default: return nil
    }
  }

  /// Whether this is the source a dependency names in parentheses; there a git source may come
  /// without its commit.
  func matches(_ text: String) -> Bool {
    if let source = CargoLock.Source(text) { return source == self }
    guard case .git(_, _, let commit) = self else { return false }
    return CargoLock.Source("\(text)#\(commit)") == self
  }
}

extension CargoLock.GitReference {
  fileprivate init?(query: Substring) {
    let parts = query.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let value = percentDecoded(parts[1]), !value.isEmpty else { return nil }
    switch parts[0] {
    case "branch": self = .branch(value)
    case "tag": self = .tag(value)
    case "rev": self = .revision(value)
    default: return nil
    }
  }
}

/// Undoes the form encoding that version 4 applies to git references; nil when it is broken.
private func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%") {
      guard let high = rest.popFirst().flatMap(hexadecimalDigit),
        let low = rest.popFirst().flatMap(hexadecimalDigit)
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    } else {
      bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
    }
  }
  return String(validating: bytes, as: UTF8.self)
}
