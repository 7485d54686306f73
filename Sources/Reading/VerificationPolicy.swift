public import Hashing

/// What an auditor expects of a published artifact (docs/verifying.md). Everything is optional; what
/// is absent is not asked.
public struct VerificationPolicy: Sendable, Equatable {
  public struct Source: Sendable, Equatable {
    /// Where the source is said to come from.
    public var uri: String?
    /// Git's id of the commit.
    public var commit: String?
    /// Git's id of the commit's tree.
    public var gitTree: String?
    /// Tree digest of what was mounted.
    public var tree: Digest?
    /// The lowest level that a foreign crate may have.
    public var level: SourceLevel?
  }

  public struct Reproducibility: Sendable, Equatable {
    public static let verdicts = ["identical", "identical-latent", "different", "not-compared"]

    /// Those that are accepted.
    public var verdicts: [String]?
    /// Variations under which the artifact must have come out the same.
    public var variations: [String]?
    /// How many refused attempts are accepted.
    public var denials: Int?

    /// Whether anything here needs a statement on reproducibility.
    public var isAsked: Bool { self != Reproducibility() }
  }

  /// What has to be known of what is in an artifact.
  public struct Contents: Sendable, Equatable {
    /// Whether an SBOM of it must be given.
    public var requiresSBOM = false
    /// Whether it must have a list of its packages in itself (`.dep-v0`).
    public var requiresDependencyList = false
  }

  /// What holds for one public key.
  public struct Key: Sendable, Equatable {
    /// SHA-256 of its SubjectPublicKeyInfo (DER).
    public let fingerprint: Digest
    /// Ids of the builders that it may speak for; nil for all.
    public let builders: [String]?
    public let notBefore: UTCTime?
    /// The last moment at which it is accepted.
    public let notAfter: UTCTime?
    public let isRevoked: Bool
  }

  /// What a summary of the verification says of the verifier.
  public struct Summary: Sendable, Equatable {
    /// Names this policy.
    public let policy: String
    /// Names the artifact as users fetch it.
    public let resource: String
    /// Names who verifies.
    public let verifier: String
  }

  public var source = Source()
  /// Ids that are accepted.
  public var builders: [String]?
  /// What has to vouch for the toolchain, one of these.
  public var toolchainTrust: [ToolchainTrust]?
  public var reproducibility = Reproducibility()
  public var contents = Contents()
  /// Where any are listed, no other key is accepted.
  public var keys: [Key] = []
  public var summary: Summary?
  /// SHA-256 of the file.
  public let digest: Digest

  /// Reads a policy.
  ///
  /// - Throws: `ReadingError` with role `.configuration` and the place of the first defect.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    digest = Digest.hashing(bytes)
    var root = Fields(try TOML.parse(bytes, file: file), name: "the file", file: file)
    try root.schema()
    if var fields = try root.optionalTable("source") { source = try Source(&fields) }
    if var fields = try root.optionalTable("builder") {
      builders = try fields.strings("ids")
      try fields.finish()
    }
    if var fields = try root.optionalTable("toolchain") {
      var trusted: [ToolchainTrust] = []
      for word in try fields.strings("trust") {
        guard let trust = ToolchainTrust(rawValue: word) else {
          throw fields.badValue("trust", word, "it must be one of signed, apt-signed, unsigned")
        }
        trusted.append(trust)
      }
      toolchainTrust = trusted
      try fields.finish()
    }
    if var fields = try root.optionalTable("reproducibility") {
      reproducibility = try Reproducibility(&fields)
    }
    if var fields = try root.optionalTable("contents") {
      contents.requiresSBOM = try fields.optionalBoolean("sbom") ?? false
      contents.requiresDependencyList = try fields.optionalBoolean("dependency-list") ?? false
      try fields.finish()
    }
    for fields in try root.tables("key") {
      let key = try Key(fields)
      guard !keys.contains(where: { $0.fingerprint == key.fingerprint }) else {
        throw fields.error(
          .duplicate(kind: "key", name: key.fingerprint.description), at: fields.table.position)
      }
      keys.append(key)
    }
    if var fields = try root.optionalTable("summary") {
      summary = Summary(
        policy: try fields.string("policy"), resource: try fields.string("resource"),
        verifier: try fields.string("verifier"))
      try fields.finish()
    }
    try root.finish()
  }
}

extension VerificationPolicy.Source {
  fileprivate init(_ fields: inout Fields) throws(ReadingError) {
    uri = try fields.optionalString("uri")
    commit = try fields.optionalObjectID("commit")
    gitTree = try fields.optionalObjectID("git-tree")
    tree = try fields.optionalDigest("tree")
    level = try fields.optionalWord("level", as: SourceLevel.self)
    try fields.finish()
  }
}

extension VerificationPolicy.Reproducibility {
  fileprivate init(_ fields: inout Fields) throws(ReadingError) {
    verdicts = try fields.optionalStrings("verdicts")
    variations = try fields.optionalStrings("variations")
    denials = try fields.optionalCount("denials")
    for verdict in verdicts ?? [] where !Self.verdicts.contains(verdict) {
      let words = Self.verdicts.joined(separator: ", ")
      throw fields.badValue("verdicts", verdict, "it must be one of \(words)")
    }
    try fields.finish()
  }
}

extension VerificationPolicy.Key {
  fileprivate init(_ given: Fields) throws(ReadingError) {
    var fields = given
    fingerprint = try fields.digest("fingerprint")
    builders = try fields.optionalStrings("builders")
    notBefore = try fields.optionalTime("not-before")
    notAfter = try fields.optionalTime("not-after")
    isRevoked = try fields.optionalBoolean("revoked") ?? false
    try fields.finish()
  }
}

extension Fields {
  fileprivate mutating func optionalTime(_ key: String) throws(ReadingError) -> UTCTime? {
    guard let text = try optionalString(key) else { return nil }
    guard let time = UTCTime(iso: text) else {
      throw badValue(key, text, "it must be a time such as 2026-07-11T10:16:37Z")
    }
    return time
  }

  /// Git's id of an object: SHA-1 or SHA-256 in lower-case hexadecimal.
  fileprivate mutating func optionalObjectID(_ key: String) throws(ReadingError) -> String? {
    guard let text = try optionalString(key) else { return nil }
    let isHexadecimal = text.utf8.allSatisfy {
      isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    guard isHexadecimal, [40, 64].contains(text.utf8.count) else {
      throw badValue(key, text, "it must be 40 or 64 hexadecimal digits")
    }
    return text
  }
}
