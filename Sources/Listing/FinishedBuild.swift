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
    let fields = RecordFields(json: record, path: "the record", file: file)
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
    (units, isComplete) = try Self.units(fields)
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

  private static func artifacts(_ fields: RecordFields) throws(ReadingError) -> [Artifact] {
    var artifacts: [Artifact] = []
    for item in try fields.members("artifacts")
    where item.json["result"]?.stringValue != "only-in-B" {
      let digest = try item.digest("digest")
      let linked = item.json["linkedDigest"] == nil ? digest : try item.digest("linkedDigest")
      let name = try item.string("name")
      guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
        throw item.bad("name", "a relative path without `..`")
      }
      artifacts.append(
        Artifact(
          name: name, kind: try item.string("kind"), target: item.json["target"]?.stringValue,
          size: item.json["size"]?.integerValue ?? 0, digest: digest, linked: linked))
    }
    return artifacts
  }

  private static func units(
    _ fields: RecordFields
  ) throws(ReadingError) -> ([RecordedUnit], Bool) {
    guard let json = fields.json["units"], !json.isNull else { return ([], false) }
    let record = RecordFields(json: json, path: "units", file: fields.file)
    let list = try record.members("list")
    var units: [RecordedUnit] = []
    for item in list {
      let package: CargoPackage?
      if let name = item.json["package"]?.stringValue,
        let version = item.json["version"]?.stringValue
      {
        guard let known = CargoPackage(name: name, version: version) else {
          throw item.bad("package", "a package's name")
        }
        package = known
      } else {
        package = nil
      }
      guard let kind = RecordedUnit.Kind(rawValue: try item.string("kind")) else {
        throw item.bad("kind", "a kind of unit")
      }
      var dependencies: [Int] = []
      for position in item.json["dependencies"]?.arrayValue ?? [] {
        guard let value = position.integerValue, list.indices.contains(Int(value)) else {
          throw item.bad("dependencies", "positions in the list of units")
        }
        dependencies.append(Int(value))
      }
      var outputs: [RecordedUnit.Output] = []
      for output in try item.members("outputs") where output.json["digest"] != nil {
        outputs.append(
          RecordedUnit.Output(
            name: try output.string("name"),
            content: .file(
              size: output.json["size"]?.integerValue ?? 0, digest: try output.digest("digest"))))
      }
      units.append(
        RecordedUnit(
          package: package, kind: kind, crate: try item.string("crate"),
          hash: try item.string("hash"), platform: item.json["platform"]?.stringValue,
          features: try item.strings("features"), dependencies: dependencies, outputs: outputs,
          libraries: item.json["libraries"] == nil ? [] : try item.strings("libraries"),
          evidence: item.json["evidence"]?.stringValue.flatMap { Unit.Evidence(rawValue: $0) }
            ?? .none))
    }
    return (units, record.json["unlisted"]?.integerValue == 0)
  }

  private static func crates(_ fields: RecordFields) throws(ReadingError) -> [CrateInput] {
    guard let json = fields.json["sources"] else { throw fields.bad("sources", "an object") }
    var crates: [CrateInput] = []
    for item in try RecordFields(json: json, path: "sources", file: fields.file).members("crates") {
      guard let level = SourceLevel(rawValue: try item.string("level")) else {
        throw item.bad("level", "a source level")
      }
      var crate = CrateInput(
        name: try item.string("name"), version: try item.string("version"),
        source: item.json["source"]?.stringValue, level: level,
        commit: item.json["commit"]?.stringValue)
      if item.json["checksum"]?.isNull == false { crate.checksum = try item.digest("checksum") }
      crate.license = item.json["license"]?.stringValue
      crates.append(crate)
    }
    return crates
  }

  private static func links(_ fields: RecordFields) throws(ReadingError) -> [RecordedLink]? {
    guard let json = fields.json["links"], !json.isNull else { return nil }
    var links: [RecordedLink] = []
    for item in try RecordFields(json: json, path: "links", file: fields.file).members("list") {
      links.append(try RecordedLink(item))
    }
    return links
  }
}

/// Members of a record, with messages that say which one is not as it must be.
struct RecordFields {
  let json: JSON
  let path: String
  let file: String

  func bad(_ key: String, _ expected: String) -> ReadingError {
    ReadingError(
      file: file, position: nil, role: .input,
      fact: .wrongType(key: "\(path).\(key)", expected: expected, found: "something else"))
  }

  func string(_ key: String) throws(ReadingError) -> String {
    guard let text = json[key]?.stringValue else { throw bad(key, "a string") }
    return text
  }

  func digest(_ key: String) throws(ReadingError) -> Digest {
    guard let digest = json[key]?.stringValue.flatMap({ Digest(prefixed: $0) }) else {
      throw bad(key, "a digest")
    }
    return digest
  }

  func strings(_ key: String) throws(ReadingError) -> [String] {
    guard let items = json[key]?.arrayValue else { throw bad(key, "a list of strings") }
    var texts: [String] = []
    for item in items {
      guard let text = item.stringValue else { throw bad(key, "a list of strings") }
      texts.append(text)
    }
    return texts
  }

  func members(_ key: String) throws(ReadingError) -> [RecordFields] {
    guard let items = json[key]?.arrayValue else { throw bad(key, "a list") }
    return items.enumerated().map { index, item in
      RecordFields(json: item, path: "\(path).\(key)[\(index)]", file: file)
    }
  }
}
