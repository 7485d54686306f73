public import Building
internal import Hashing
public import Reading

extension UnitRecord {
  /// Most units and edges of a record that is read; a record's own writer keeps fewer.
  static let unitLimit = 1 << 17
  static let edgeLimit = 1 << 20
  /// Bytes of one name or value.
  static let textLimit = 64 << 10

  /// Reads the member `units` of record.json (docs/record.md).
  ///
  /// What the record leaves out of a unit (arguments beyond 8 KiB, files beyond 64) is compared by
  /// digest. There are no copies of files.
  public init(recorded json: JSON, file: String) throws(ReadingError) {
    let fields = RecordFields(json, "units", file)
    let items = try fields.list("list")
    guard items.count <= Self.unitLimit else {
      throw fields.error("list", "\(items.count) units", "there can be \(Self.unitLimit)")
    }
    var units: [RecordedUnit] = []
    var edges = 0
    for item in items {
      let unit = try RecordedUnit(item, among: items.count)
      edges += unit.dependencies.count
      guard edges <= Self.edgeLimit else {
        throw fields.error("list", "\(edges) dependencies", "there can be \(Self.edgeLimit)")
      }
      units.append(unit)
    }
    if let unit = Self.unitInRing(units) {
      throw fields.error("list[\(unit)]", units[unit].words, "it depends on itself")
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
  fileprivate init(_ fields: RecordFields, among count: Int) throws(ReadingError) {
    let kind: Kind = try fields.word("kind")
    let evidence: Unit.Evidence = try fields.word("evidence")
    let sources = try fields.object("sources")
    var environment: [UnitObservation.Variable] = []
    for item in try fields.list("environment") {
      environment.append(
        UnitObservation.Variable(
          name: try item.text("name"), value: try item.optionalText("value")))
    }
    var dependencies: [Int] = []
    for value in try fields.array("dependencies") {
      guard let index = value.integerValue.flatMap({ Int(exactly: $0) }), 0..<count ~= index,
        dependencies.last.map({ $0 < index }) ?? true
      else { throw fields.error("dependencies", "them", "ascending positions in the list") }
      dependencies.append(index)
    }
    var outputs: [Output] = []
    for item in try fields.list("outputs") { outputs.append(try Output(item)) }
    let outputCount = try fields.count("outputCount")
    guard outputCount >= outputs.count else {
      throw fields.error("outputCount", "\(outputCount)", "more are listed")
    }
    let digest = try fields.digest("outputsDigest")
    if outputCount > outputs.count {
      outputs.append(
        Output(name: "\(outputCount) files in all", content: .unread("together \(digest)")))
    }
    self.init(
      package: try fields.package(), kind: kind, crate: try fields.text("crate"),
      hash: try fields.text("hash"), platform: try fields.optionalText("platform"),
      features: try fields.texts("features"),
      arguments: [try fields.digest("argumentsDigest").description], environment: environment,
      sources: Sources(count: try sources.count("count"), digest: try sources.digest("digest")),
      dependencies: dependencies, outputs: outputs, evidence: evidence)
  }
}

extension RecordedUnit.Output {
  fileprivate init(_ fields: RecordFields) throws(ReadingError) {
    let content: Content
    if let target = fields.json["symlink"] {
      guard let target = target.stringValue else { throw fields.bad("symlink", "a text") }
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

/// Takes typed values out of an object of a record, and says where it stands when they are not.
private struct RecordFields {
  let json: JSON
  let path: String
  let file: String

  init(_ json: JSON, _ path: String, _ file: String) {
    self.json = json
    self.path = path
    self.file = file
  }

  func error(_ key: String, _ value: String, _ reason: String) -> ReadingError {
    ReadingError(
      file: file, position: nil, role: .input,
      fact: .badValue(key: "\(path).\(key)", value: String(value.prefix(80)), reason: reason))
  }

  func bad(_ key: String, _ expected: String) -> ReadingError {
    ReadingError(
      file: file, position: nil, role: .input,
      fact: .wrongType(key: "\(path).\(key)", expected: expected, found: "something else"))
  }

  func array(_ key: String) throws(ReadingError) -> [JSON] {
    guard let items = json[key]?.arrayValue else { throw bad(key, "an array") }
    return items
  }

  func list(_ key: String) throws(ReadingError) -> [RecordFields] {
    try array(key).enumerated().map {
      RecordFields($0.element, "\(path).\(key)[\($0.offset)]", file)
    }
  }

  func object(_ key: String) throws(ReadingError) -> RecordFields {
    guard let object = json[key], object.objectValue != nil else { throw bad(key, "an object") }
    return RecordFields(object, "\(path).\(key)", file)
  }

  func text(_ key: String) throws(ReadingError) -> String {
    guard let text = json[key]?.stringValue else { throw bad(key, "a text") }
    guard text.utf8.count <= UnitRecord.textLimit else {
      throw error(key, "\(text.utf8.count) bytes", "it can have \(UnitRecord.textLimit)")
    }
    return text
  }

  func optionalText(_ key: String) throws(ReadingError) -> String? {
    json[key]?.isNull == true ? nil : try text(key)
  }

  func texts(_ key: String) throws(ReadingError) -> [String] {
    let items = try array(key)
    let texts = items.compactMap(\.stringValue)
    guard texts.count == items.count else { throw bad(key, "an array of texts") }
    return texts
  }

  func count(_ key: String) throws(ReadingError) -> Int {
    guard let number = json[key]?.integerValue.flatMap({ Int(exactly: $0) }), number >= 0 else {
      throw bad(key, "a number that is not negative")
    }
    return number
  }

  func digest(_ key: String) throws(ReadingError) -> Digest {
    guard let digest = json[key]?.stringValue.flatMap({ Digest(prefixed: $0) }) else {
      throw bad(key, "a digest")
    }
    return digest
  }

  func word<Word: RawRepresentable>(_ key: String) throws(ReadingError) -> Word
  where Word.RawValue == String {
    let text = try text(key)
    guard let word = Word(rawValue: text) else { throw error(key, text, "this is not known") }
    return word
  }

  func package() throws(ReadingError) -> CargoPackage? {
    guard let name = try optionalText("package"), let version = try optionalText("version") else {
      return nil
    }
    guard let package = CargoPackage(name: name, version: version) else {
      throw error("package", "\(name) \(version)", "no package can be called so")
    }
    return package
  }
}
