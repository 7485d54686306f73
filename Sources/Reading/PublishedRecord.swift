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

  /// Whether leg A made an entry of a record's artifacts, and not only later legs, `only-in-B` or after
  /// it.
  public static func isOfLegA(_ artifact: JSON) -> Bool {
    guard let result = artifact["result"]?.stringValue else { return true }
    return !result.hasPrefix("only-in-") || result == "only-in-A"
  }

  /// Reads record.json (docs/record.md).
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    try self.init(try JSON(parsing: bytes, file: file), file: file)
  }

  /// The same, of a record that has been parsed.
  public init(_ json: JSON, file: String) throws(ReadingError) {
    let fields = JSONFields(json, file: file)
    guard json["schema"]?.stringValue == "cupel-record/1" else {
      throw fields.bad("schema", "cupel-record/1")
    }
    let plan = try fields.digest("plan")
    var artifacts: [Artifact] = []
    var names: Set<[UInt8]> = []
    for item in try fields.members("artifacts") where Self.isOfLegA(item.json) {
      let name = try item.relativePath("name")
      guard names.insert(Array(name.utf8)).inserted else {
        throw ReadingError(
          file: file, position: nil, role: .input, fact: .duplicate(kind: "artifact", name: name))
      }
      artifacts.append(Artifact(name: name, digest: try item.digest("digest")))
    }
    self.plan = plan
    self.artifacts = artifacts
  }
}
