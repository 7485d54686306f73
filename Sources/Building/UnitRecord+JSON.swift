internal import Hashing
public import Reading

extension UnitRecord {
  /// Most units and edges of a record that is read; a record's own writer keeps fewer.
  public static let unitLimit = 1 << 17
  static let edgeLimit = 1 << 20
  /// Bytes of one name or value.
  static let textLimit = 64 << 10

  /// Reads the member `units` of record.json (docs/record.md).
  ///
  /// What the record leaves out of a unit (arguments beyond 8 KiB, files beyond 64) is compared by
  /// digest. There are no copies of files.
  public init(recorded json: JSON, file: String) throws(ReadingError) {
    let fields = JSONFields(json, path: "units", file: file)
    let items = try fields.members("list")
    guard items.count <= Self.unitLimit else {
      throw fields.bad("list", value: "\(items.count) units", "there can be \(Self.unitLimit)")
    }
    var units: [RecordedUnit] = []
    var edges = 0
    for item in items {
      let unit = try RecordedUnit(item, among: items.count)
      edges += unit.dependencies.count
      guard edges <= Self.edgeLimit else {
        throw fields.bad("list", value: "\(edges) dependencies", "there can be \(Self.edgeLimit)")
      }
      units.append(unit)
    }
    if let unit = Self.unitInRing(units) {
      throw fields.bad("list[\(unit)]", value: units[unit].words, "it depends on itself")
    }
    self.init(units: units, unlisted: try fields.count("unlisted"))
  }

  /// A unit that is left over when all whose dependencies are done have been taken away.
  private static func unitInRing(_ units: [RecordedUnit]) -> Int? {
    var open = units.map(\.dependencies.count)
    var above = [[Int]](repeating: [], count: units.count)
    for (index, unit) in units.enumerated() {
      for dependency in unit.dependencies { above[dependency].append(index) }
    }
    var done = units.indices.filter { open[$0] == 0 }
    var next = 0
    while next < done.count {
      for other in above[done[next]] {
        open[other] -= 1
        if open[other] == 0 { done.append(other) }
      }
      next += 1
    }
    return open.firstIndex { $0 > 0 }
  }
}

extension RecordedUnit {
  fileprivate init(_ fields: JSONFields, among count: Int) throws(ReadingError) {
    let kind: Kind = try fields.word("kind")
    let evidence: Unit.Evidence = try fields.word("evidence")
    let sources = try fields.member("sources")
    var environment: [UnitObservation.Variable] = []
    for item in try fields.members("environment") {
      environment.append(
        UnitObservation.Variable(
          name: try item.text("name"), value: try item.optionalText("value")))
    }
    var dependencies: [Int] = []
    for value in try fields.array("dependencies") {
      guard let index = value.integerValue.flatMap({ Int(exactly: $0) }), 0..<count ~= index,
        dependencies.last.map({ $0 < index }) ?? true
      else { throw fields.bad("dependencies", value: "them", "ascending positions in the list") }
      dependencies.append(index)
    }
    var outputs: [Output] = []
    for item in try fields.members("outputs") { outputs.append(try Output(item)) }
    let outputCount = try fields.count("outputCount")
    guard outputCount >= outputs.count else {
      throw fields.bad("outputCount", value: "\(outputCount)", "more are listed")
    }
    let digest = try fields.digest("outputsDigest")
    if outputCount > outputs.count {
      outputs.append(
        Output(name: "\(outputCount) files in all", content: .unread("together \(digest)")))
    }
    self.init(
      package: try fields.package(), kind: kind, crate: try fields.text("crate"),
      hash: try fields.text("hash"), platform: try fields.optionalText("platform"),
      features: try fields.strings("features"),
      arguments: [try fields.digest("argumentsDigest").description], environment: environment,
      sources: Sources(count: try sources.count("count"), digest: try sources.digest("digest")),
      dependencies: dependencies, outputs: outputs,
      libraries: fields.json["libraries"] == nil ? [] : try fields.strings("libraries"),
      evidence: evidence)
  }
}

extension RecordedUnit.Output {
  fileprivate init(_ fields: JSONFields) throws(ReadingError) {
    let content: Content
    if let target = fields.json["symlink"] {
      guard let target = target.stringValue else { throw fields.bad("symlink", "a string") }
      content = .symlink(target: target)
    } else if fields.json["unread"] != nil {
      content = .unread(try fields.text("unread"))
    } else {
      content = .file(size: Int64(try fields.count("size")), digest: try fields.digest("digest"))
    }
    self.init(
      name: try fields.text("name"), content: content,
      wasChangedLater: fields.json["changedLater"]?.boolValue ?? false)
  }
}

extension JSONFields {
  fileprivate func text(_ key: String) throws(ReadingError) -> String {
    let text = try string(key)
    guard text.utf8.count <= UnitRecord.textLimit else {
      throw bad(key, value: "\(text.utf8.count) bytes", "it can have \(UnitRecord.textLimit)")
    }
    return text
  }

  fileprivate func optionalText(_ key: String) throws(ReadingError) -> String? {
    json[key]?.isNull == true ? nil : try text(key)
  }

  fileprivate func package() throws(ReadingError) -> CargoPackage? {
    guard let name = try optionalText("package"), let version = try optionalText("version") else {
      return nil
    }
    guard let package = CargoPackage(name: name, version: version) else {
      throw bad("package", value: "\(name) \(version)", "no package can be called so")
    }
    return package
  }
}
