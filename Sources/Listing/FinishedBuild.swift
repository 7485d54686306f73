public import Building
public import Hashing
internal import Linux
public import Planning
public import Reading

/// What a record, a plan and a lock say of a build that is over: what the lists of its parts are made
/// of. Read from the files, so that a list can be made anywhere and at any time.
public struct FinishedBuild: Sendable {
  public struct Artifact: Sendable {
    public let name: String
    public let kind: String
    /// A target triple, or nil where cargo was given none.
    public let target: String?
    /// In bytes.
    public let size: Int64
    public let digest: Digest
    /// As it came from the linker, where something was put in behind it.
    public let linked: Digest
  }

  public let toolVersion: String
  public let plan: Digest
  /// SOURCE_DATE_EPOCH.
  public let epoch: Int64
  public let toolchainVersion: String
  /// Those of leg A.
  public let artifacts: [Artifact]
  /// Leg A's units.
  public let units: [RecordedUnit]
  /// Whether nothing was left out of the units.
  public let isComplete: Bool
  public let crates: [CrateInput]
  /// What the linker said of leg A's artifacts; nil where it was not asked.
  public let links: [RecordedLink]?
  /// The rootfs's packages.
  public let packages: [Lock.Package]

  private static let longestRecord = 256 << 20

  /// Reads the output folder of `cupel build`.
  public init(folder: String) throws(ListingError) {
    func bytes(_ name: String) throws(ListingError) -> [UInt8] {
      do throws(SystemError) {
        return try FileSystem.read("\(folder)/\(name)", limit: Self.longestRecord)
      } catch {
        throw .system("reading \(folder)/\(name)", error)
      }
    }
    let names = ["record.json", "plan.json", "cupel.lock"].map { "\(folder)/\($0)" }
    let contents = (
      record: try bytes("record.json"), plan: try bytes("plan.json"), lock: try bytes("cupel.lock")
    )
    do throws(ReadingError) {
      let record = try JSON(parsing: contents.record, file: names[0])
      let plan = try JSON(parsing: contents.plan, file: names[1])
      let lock = try Lock(parsing: contents.lock, file: names[2])
      self = try FinishedBuild(
        record: record, plan: plan, packages: lock.packages, file: names[0])
    } catch {
      throw .reading(error)
    }
  }

  /// Takes the documents of a build apart; `packages` are the rootfs's, `file` is what messages call
  /// the record.
  public init(
    record: JSON, plan: JSON, packages: [Lock.Package], file: String
  ) throws(ReadingError) {
    let fields = JSONFields(record, file: file)
    guard record["schema"]?.stringValue == "cupel-record/1" else {
      throw fields.bad("schema", "cupel-record/1")
    }
    toolVersion = record["tool"]?["version"]?.stringValue ?? ""
    self.plan = try fields.digest("plan")
    // The record is worth no more than the plan that it is of.
    guard let bytes = try? plan.canonicalBytes(), Digest.hashing(bytes) == self.plan else {
      throw fields.bad("plan", "the digest of the plan.json beside it")
    }
    guard let epoch = plan["inputs"]?["source"]?["sourceDateEpoch"]?.integerValue else {
      throw fields.bad("plan", "the digest of a plan with a SOURCE_DATE_EPOCH")
    }
    self.epoch = epoch
    toolchainVersion = plan["inputs"]?["toolchain"]?["version"]?.stringValue ?? ""
    artifacts = try Self.artifacts(fields)
    let record = try record["units"].flatMap { json throws(ReadingError) in
      json.isNull ? nil : try UnitRecord(recorded: json, file: file)
    }
    units = record?.units ?? []
    isComplete = record?.unlisted == 0
    crates = try Self.crates(fields)
    links = try Self.links(fields)
    self.packages = packages
  }

  /// The artifact with this name; the only one where no name is given.
  public func artifact(named name: String?) throws(ListingError) -> Artifact {
    let known = artifacts.map(\.name)
    guard let name else {
      guard let first = artifacts.first else { throw .noSuchArtifact("of the build", known: []) }
      guard artifacts.count == 1 else { throw .artifactNotChosen(known: known) }
      return first
    }
    guard let found = artifacts.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
      throw .noSuchArtifact(name, known: known)
    }
    return found
  }

  private static func artifacts(_ fields: JSONFields) throws(ReadingError) -> [Artifact] {
    var artifacts: [Artifact] = []
    for item in try fields.members("artifacts") where PublishedRecord.isOfLegA(item.json) {
      let digest = try item.digest("digest")
      let linked = item.json["linkedDigest"] == nil ? digest : try item.digest("linkedDigest")
      artifacts.append(
        Artifact(
          name: try item.relativePath("name"), kind: try item.string("kind"),
          target: item.json["target"]?.stringValue,
          size: item.json["size"]?.integerValue ?? 0, digest: digest, linked: linked))
    }
    return artifacts
  }

  private static func crates(_ fields: JSONFields) throws(ReadingError) -> [CrateInput] {
    var crates: [CrateInput] = []
    for item in try fields.member("sources").members("crates") {
      let level: SourceLevel = try item.word("level")
      var crate = CrateInput(
        name: try item.string("name"), version: try item.string("version"),
        source: item.json["source"]?.stringValue, level: level,
        commit: item.json["commit"]?.stringValue)
      if item.has("checksum") { crate.checksum = try item.digest("checksum") }
      crate.license = item.json["license"]?.stringValue
      crates.append(crate)
    }
    return crates
  }

  private static func links(_ fields: JSONFields) throws(ReadingError) -> [RecordedLink]? {
    guard fields.has("links") else { return nil }
    var links: [RecordedLink] = []
    for item in try fields.member("links").members("list") {
      links.append(try RecordedLink(item))
    }
    return links
  }
}
