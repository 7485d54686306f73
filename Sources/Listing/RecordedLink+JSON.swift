public import Building
internal import Hashing
public import Reading

extension RecordedLink {
  /// Documented in docs/record.md.
  public var json: JSON {
    .object([
      ("crate", .string(crate)), ("hash", .string(hash)), ("output", .string(output)),
      ("form", form.map { .string($0.rawValue) } ?? .null),
      ("needed", .array(needed.map { .string($0) })),
      ("inputs", .array(inputs.map(\.json))),
      ("defects", .array(defects.map { .string($0) })),
    ])
  }

  init(_ fields: JSONFields) throws(ReadingError) {
    var inputs: [Input] = []
    for item in try fields.members("inputs") { inputs.append(try Input(item)) }
    let form = fields.json["form"]?.stringValue
    self.init(
      crate: try fields.string("crate"), hash: try fields.string("hash"),
      output: try fields.string("output"), form: form.flatMap { LinkMap.Form(rawValue: $0) },
      needed: try fields.strings("needed"),
      inputs: inputs, defects: try fields.strings("defects"))
  }
}

extension RecordedLink.Input {
  fileprivate var json: JSON {
    var members: [(String, JSON)] = [
      ("path", .string(path)), ("kind", .string(kind.rawValue)),
      ("digest", digest.map { .string($0.description) } ?? .null),
      ("size", size.map { .integer($0) } ?? .null), ("linked", .integer(linked)),
      ("contributes", .bool(contributes)),
    ]
    if let soname { members.append(("soname", .string(soname))) }
    if let package {
      members.append(
        (
          "package",
          .object([("name", .string(package.name)), ("version", .string(package.version))])
        ))
    }
    if !self.members.isEmpty {
      members.append(
        (
          "members",
          .array(
            self.members.map {
              .object([
                ("name", .string($0.name)),
                ("digest", $0.digest.map { .string($0.description) } ?? .null),
                ("linked", .integer($0.linked)),
              ])
            })
        ))
    }
    return .object(members)
  }

  fileprivate init(_ fields: JSONFields) throws(ReadingError) {
    func digest(_ fields: JSONFields) throws(ReadingError) -> Digest? {
      fields.has("digest") ? try fields.digest("digest") : nil
    }
    func linked(_ fields: JSONFields) -> Int64 { fields.json["linked"]?.integerValue ?? 0 }
    let kind: RecordedLink.Kind = try fields.word("kind")
    var members: [RecordedLink.Member] = []
    if fields.json["members"] != nil {
      for item in try fields.members("members") {
        members.append(
          RecordedLink.Member(
            name: try item.string("name"), digest: try digest(item), linked: linked(item)))
      }
    }
    var package: RecordedLink.SystemPackage?
    if fields.json["package"] != nil {
      let item = try fields.member("package")
      package = .init(name: try item.string("name"), version: try item.string("version"))
    }
    self.init(
      path: try fields.string("path"), kind: kind, digest: try digest(fields),
      size: fields.json["size"]?.integerValue, soname: fields.json["soname"]?.stringValue,
      linked: linked(fields), contributes: fields.json["contributes"]?.boolValue == true,
      members: members, package: package)
  }
}
