internal import Building
public import Hashing
internal import Linux
internal import Reading

/// What two records of builds say of each other: which artifacts differ, and which units are where
/// that began. Nothing else of the builds needs to be at hand.
public struct RecordComparison: Sendable {
  public struct Artifact: Sendable, Equatable {
    public let name: String
    /// Nil where the record has no such artifact.
    public let first: Digest?
    public let second: Digest?
  }

  /// Whether both records are of one plan.
  public let isSamePlan: Bool
  /// In the order of the names' bytes.
  public let artifacts: [Artifact]
  /// Nil where a record does not know its units.
  public let blame: Blame?
  /// The folders of both builds' artifacts, where both are there.
  public let folders: (first: String, second: String)?

  /// Most bytes of a record.
  static let sizeLimit = 128 << 20

  public var isIdentical: Bool { artifacts.allSatisfy { $0.first == $0.second } }

  /// Nil unless both paths are records, or output folders with one.
  public init?(_ first: String, _ second: String) throws(ExplainingError) {
    guard let a = RecordPlace(first), let b = RecordPlace(second) else { return nil }
    let (x, y) = (try a.read(), try b.read())
    isSamePlan = x.published.plan == y.published.plan
    artifacts = Self.artifacts(x.published.artifacts, y.published.artifacts)
    if let units = x.units, let others = y.units {
      blame = Blame(units, others)
    } else {
      blame = nil
    }
    folders = a.artifacts.flatMap { first in b.artifacts.map { (first, $0) } }
  }

  private static func artifacts(
    _ a: [PublishedRecord.Artifact], _ b: [PublishedRecord.Artifact]
  ) -> [Artifact] {
    var digests: [[UInt8]: (String, Digest?, Digest?)] = [:]
    for artifact in a { digests[Array(artifact.name.utf8)] = (artifact.name, artifact.digest, nil) }
    for artifact in b {
      digests[Array(artifact.name.utf8), default: (artifact.name, nil, nil)].2 = artifact.digest
    }
    return digests.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      Artifact(name: $0.value.0, first: $0.value.1, second: $0.value.2)
    }
  }
}

/// A record, or an output folder with one.
private struct RecordPlace {
  let file: String
  /// The folder of artifacts beside it.
  let artifacts: String?

  init?(_ path: String) {
    if FileSystem.isDirectory(path) {
      guard ["record.json", "plan.json"].allSatisfy({ FileSystem.exists("\(path)/\($0)") }) else {
        return nil
      }
      file = "\(path)/record.json"
      let folder = "\(path)/artifacts"
      artifacts = FileSystem.isDirectory(folder) ? folder : nil
    } else {
      guard
        FileSystem.split(path).name.utf8.elementsEqual("record.json".utf8)
          || Self.looksLikeOne(path)
      else { return nil }
      file = path
      artifacts = nil
    }
  }

  /// The member `schema` is the first.
  private static func looksLikeOne(_ path: String) -> Bool {
    var head = [UInt8](repeating: 0, count: 64)
    guard (try? FileSystem.linkStatus(path))?.kind == .regular,
      let file = try? FileSystem.open(path), let count = try? file.read(into: &head)
    else { return false }
    return String(decoding: head.prefix(count), as: UTF8.self).contains("\"cupel-record/1\"")
  }

  func read() throws(ExplainingError) -> (published: PublishedRecord, units: UnitRecord?) {
    let bytes: [UInt8]
    do {
      bytes = try FileSystem.read(file, limit: RecordComparison.sizeLimit)
    } catch {
      throw .system(path: file, error)
    }
    do throws(ReadingError) {
      let json = try JSON(parsing: bytes, file: file)
      let published = try PublishedRecord(json, file: file)
      let units = json["units"]
      return (
        published,
        units == nil || units?.isNull == true
          ? nil
          : try units.map { (units) throws(ReadingError) in
            try UnitRecord(recorded: units, file: file)
          }
      )
    } catch {
      throw .reading(error)
    }
  }
}
