public import Hashing

extension Lock {
  /// The Rust toolchain of a project's builds, pinned.
  public struct Toolchain: Sendable, Hashable {
    /// What people call it; `rootfsName` for the one in the rootfs.
    public let name: String
    /// Tree digest in the store; nil for the toolchain in the rootfs, which `[rootfs]` pins.
    public let digest: Digest?
    /// Such as `1.96.0`.
    public let version: String
    /// Sorted.
    public let components: [String]
    public let trust: ToolchainTrust
    /// Whose signature it is; nil unless `trust` is `.signed`.
    public let signer: KeyFingerprint?

    /// The name of the toolchain that a rootfs brings, which no other may have.
    public static let rootfsName = "rootfs"

    public init(
      name: String, digest: Digest?, version: String, components: [String], trust: ToolchainTrust,
      signer: KeyFingerprint?
    ) {
      self.name = name
      self.digest = digest
      self.version = version
      self.components = components.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      self.trust = trust
      self.signer = signer
    }

    /// Letters, digits, `.`, `_` and `-`, at most 100, and no dot in front: good as a file's name.
    public static func isName(_ text: String) -> Bool {
      isWord(text) && text.utf8.first != UInt8(ascii: ".")
    }

    /// Whether a text can be a version or the name of a component.
    public static func isWord(_ text: String) -> Bool {
      (1...100).contains(text.utf8.count)
        && text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }
  }
}

extension Lock {
  /// SHA-256 of the lock as it would be without its toolchain: what a plan names. A toolchain counts
  /// there by its own digest; what a lock says of its origin decides no byte.
  public var rootfsDigest: Digest {
    var lock = self
    lock.toolchain = nil
    return Digest.hashing(lock.render())
  }
}

extension Lock.Toolchain {
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    let name = try fields.string("name")
    guard Self.isName(name) else { throw fields.badValue("name", name, "not a toolchain's name") }
    let hex = try fields.optionalString("digest")
    let digest = hex.flatMap { Digest(prefixed: $0) }
    if let hex, digest == nil {
      throw fields.badValue("digest", hex, "not sha256: and 64 lower-case hexadecimal digits")
    }
    guard (digest == nil) == (name == Self.rootfsName) else {
      throw fields.badValue(
        "name", name, "the rootfs's toolchain has no digest, and every other has one")
    }
    let version = try fields.string("version")
    guard Self.isWord(version) else { throw fields.badValue("version", version, "not a version") }
    let components = try fields.strings("components")
    var seen: Set<String> = []
    for component in components where !Self.isWord(component) || !seen.insert(component).inserted {
      throw fields.badValue("components", component, "not a component, or listed twice")
    }
    guard let trust = try fields.optionalWord("trust", as: ToolchainTrust.self) else {
      throw fields.error(.missingKey("trust", table: fields.name), at: fields.table.position)
    }
    let text = try fields.optionalString("signer")
    let signer = text.flatMap { KeyFingerprint($0) }
    if let text, signer == nil {
      throw fields.badValue("signer", text, "not a key's fingerprint")
    }
    guard (signer == nil) == (trust != .signed) else {
      throw fields.badValue(
        "trust", trust.rawValue, "a signed toolchain has a signer, and no other has")
    }
    try fields.finish()
    self.init(
      name: name, digest: digest, version: version, components: components, trust: trust,
      signer: signer)
  }

  var rendered: String {
    var out = """

      [toolchain]
      name = \(TOML.quoted(name))

      """
    if let digest { out += "digest = \"\(digest)\"\n" }
    out += """
      version = \(TOML.quoted(version))
      components = [\(components.map(TOML.quoted).joined(separator: ", "))]
      trust = "\(trust.rawValue)"

      """
    if let signer { out += "signer = \"\(signer)\"\n" }
    return out
  }
}
