internal import Building
internal import Comparing
internal import Explaining
internal import Hashing
internal import Planning
internal import Reading

extension BuildReport {
  /// Leg A's units, whose digests an auditor compares with those of a build of their own.
  var unitsJSON: JSON {
    legs.first?.units.map(Self.json) ?? .null
  }

  /// The list as a record has it.
  static func json(of record: UnitRecord) -> JSON {
    var room = Self.longestList
    var list: [JSON] = []
    for unit in record.units {
      let json = Self.unit(unit)
      room -= json.compactBytes().count
      if room < 0 { break }
      list.append(json)
    }
    return .object([
      ("list", .array(list)),
      ("unlisted", .integer(Int64(record.unlisted + record.units.count - list.count))),
    ])
  }

  /// Bytes of the list of units and of that of findings, without white space.
  static let longestList = 16 << 20
  /// Files of one unit, and other lists of it.
  static let mostEntries = 64
  private static let longestCommand = 8 << 10

  private static func unit(_ unit: RecordedUnit) -> JSON {
    let command = unit.arguments.map(quoted).joined(separator: " ")
    var libraries: [(String, JSON)] = []
    if !unit.libraries.isEmpty {
      libraries = [("libraries", .array(unit.libraries.prefix(mostEntries).map { .string($0) }))]
    }
    return .object(
      name(of: unit) + libraries + [
        ("features", .array(unit.features.prefix(mostEntries).map { .string($0) })),
        ("arguments", command.utf8.count <= longestCommand ? .string(command) : .null),
        ("argumentsDigest", digest(unit.arguments.map { Array($0.utf8) })),
        (
          "environment",
          .array(
            unit.environment.prefix(mostEntries).map { variable in
              .object([
                ("name", .string(variable.name)),
                ("value", variable.value.map { .string($0) } ?? .null),
              ])
            })
        ),
        (
          "sources",
          .object([
            ("count", .integer(Int64(unit.sources.count))),
            ("digest", .string(unit.sources.digest.description)),
          ])
        ),
        ("dependencies", .array(unit.dependencies.map { .integer(Int64($0)) })),
        ("outputs", .array(unit.outputs.prefix(mostEntries).map(output))),
        ("outputCount", .integer(Int64(unit.outputs.count))),
        (
          "outputsDigest",
          digest(unit.outputs.map { Array($0.name.utf8) + [0] + Array(state(of: $0).utf8) })
        ),
        ("evidence", .string(unit.evidence.rawValue)),
      ])
  }

  static func name(of unit: RecordedUnit) -> [(String, JSON)] {
    [
      ("package", unit.package.map { .string($0.name) } ?? .null),
      ("version", unit.package.map { .string($0.version) } ?? .null),
      ("kind", .string(unit.kind.rawValue)),
      ("crate", .string(unit.crate)),
      ("hash", .string(unit.hash)),
      ("platform", unit.platform.map { .string($0) } ?? .null),
    ]
  }

  private static func output(_ output: RecordedUnit.Output) -> JSON {
    var members: [(String, JSON)] = [("name", .string(output.name))]
    switch output.content {
    case .file(let size, let digest):
      members += [("size", .integer(size)), ("digest", .string(digest.description))]
    case .symlink(let target): members.append(("symlink", .string(target)))
    case .unread(let reason): members.append(("unread", .string(reason)))
    }
    if output.wasChangedLater { members.append(("changedLater", true)) }
    return .object(members)
  }

  static func state(of output: RecordedUnit.Output?) -> String {
    switch output?.content {
    case .file(_, let digest): digest.description
    case .symlink(let target): "symlink \(target)"
    case .unread(let reason): "unread: \(reason)"
    case nil: "absent"
    }
  }

  private static func digest(_ parts: [[UInt8]]) -> JSON {
    .string(Digest.hashing(parts.flatMap { $0 + [0] }).description)
  }

  /// As a shell reads it.
  static func quoted(_ argument: String) -> String {
    let isPlain = argument.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "-_./=:,@+%".utf8.contains(byte)
      }
    }
    if isPlain, !argument.isEmpty { return argument }
    return "'\(argument.replacing("'", with: "'\\''"))'"
  }

  // MARK: Blame

  /// Which units differ and where that began; null unless legs were compared and recorded.
  var blameJSON: JSON { blame.map { $0.json(causes) } ?? .null }

  // MARK: Words

  /// Where the difference began, for people.
  var blameLines: [String] {
    switch (verdict, blame) {
    case (.notCompared, _), (.identical, _): []
    case (.identicalButLatent, let blame): (blame?.words(causes) ?? []) + adviceLines
    case (.different, nil):
      ["which unit differs first is not known: this kernel does not show the steps of a build"]
        + adviceLines
    case (.different, let blame?) where blame.findings.isEmpty:
      ["the units' own files agree: what differs was made or changed outside of them"]
        + adviceLines
    case (.different, let blame?): blame.words(causes) + adviceLines
    }
  }

  /// What to do about the first unit that differs, or, where none is known, about the causes that the
  /// artifacts' bytes show.
  private var adviceLines: [String] {
    var advice: [Advice] = []
    if let blame, let first = blame.beginnings.first {
      advice = blame.advice(first, cause: causes[first])
    }
    if advice.isEmpty {
      let names = explanations.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      for name in names {
        for finding in explanations[name]?.findings ?? [] { advice += Advice.on(finding) }
      }
    }
    return advice.prefix(Self.mostAdvice).map { "advice: \($0.words)" }
  }

  private static let mostAdvice = 2
}
