public import Hashing

/// What a record says that a rebuild can be compared with.
public struct PublishedRecord: Sendable, Equatable {
  public struct Artifact: Sendable, Equatable {
    public let name: String
    public let digest: Digest

    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// The digest of the plan that was built.
  public let plan: Digest
  /// Those of leg A, in the order of the record.
  public let artifacts: [Artifact]

  /// Reads record.json (docs/record.md).
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    try self.init(try JSON(parsing: bytes, file: file), file: file)
  }

  /// The same, of a record that has been parsed.
  public init(_ json: JSON, file: String) throws(ReadingError) {
    func error(_ key: String, _ expected: String) -> ReadingError {
      ReadingError(
        file: file, position: nil, role: .input,
        fact: .wrongType(key: key, expected: expected, found: "something else"))
    }
    guard json["schema"]?.stringValue == "cupel-record/1" else {
      throw error("schema", "cupel-record/1")
    }
    guard let plan = json["plan"]?.stringValue.flatMap({ Digest(prefixed: $0) }) else {
      throw error("plan", "a digest")
    }
    guard let items = json["artifacts"]?.arrayValue else { throw error("artifacts", "an array") }
    var artifacts: [Artifact] = []
    for item in items where item["result"]?.stringValue != "only-in-B" {
      guard let name = item["name"]?.stringValue,
        PathRule.complaint(aboutRelative: name) == nil,
        let digest = item["digest"]?.stringValue.flatMap({ Digest(prefixed: $0) })
      else { throw error("artifacts", "an array of names with digests") }
      if artifacts.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
        throw ReadingError(
          file: file, position: nil, role: .input, fact: .duplicate(kind: "artifact", name: name))
      }
      artifacts.append(Artifact(name: name, digest: digest))
    }
    self.plan = plan
    self.artifacts = artifacts
  }
}
