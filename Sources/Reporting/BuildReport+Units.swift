internal import Building
internal import Comparing
internal import Explaining
internal import Hashing
internal import Planning
internal import Reading

extension BuildReport {
  /// Leg A's units, whose digests an auditor compares with those of a build of their own.
  var unitsJSON: JSON {
    guard let record = legs.first?.units else { return .null }
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
  private static let longestList = 16 << 20
  /// Files of one unit, and other lists of it.
  private static let mostEntries = 64
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

  private static func name(of unit: RecordedUnit) -> [(String, JSON)] {
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

  private static func state(of output: RecordedUnit.Output?) -> String {
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
  private static func quoted(_ argument: String) -> String {
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
  var blameJSON: JSON {
    guard let blame else { return .null }
    var room = Self.longestList
    var list: [JSON] = []
    for index in blame.findings.indices {
      let json = Self.finding(index, of: blame)
      room -= json.compactBytes().count
      if room < 0 { break }
      list.append(json)
    }
    return .object([
      ("legs", .array([.string(blame.legs.first), .string(blame.legs.second)])),
      ("units", .integer(Int64(blame.unitCount))),
      ("complete", .bool(blame.isComplete)),
      ("differing", .integer(Int64(blame.findings.count))),
      ("beginnings", .array(blame.beginnings.map { .integer(Int64($0)) })),
      ("findings", .array(list)),
    ])
  }

  private static func finding(_ index: Int, of blame: Blame) -> JSON {
    let finding = blame.findings[index]
    var from: [Int] = []
    var root: JSON = .null
    var suspects: [CargoPackage] = []
    var variables: [String] = []
    let state: String
    switch finding.state {
    case .only(let leg): state = "only-in-\(leg)"
    case .propagated(let roots):
      state = "propagated"
      from = roots
    case .root(let cause):
      state = "root"
      root = .string(cause.name)
      if case .procMacros(let packages) = cause { suspects = packages }
      if case .environment(let names) = cause { variables = names }
    }
    let shown = finding.differences.prefix(mostEntries).map { difference in
      JSON.object([
        ("name", .string(difference.name)),
        (
          "contents",
          .array([
            .string(Self.state(of: difference.first)), .string(Self.state(of: difference.second)),
          ])
        ),
      ])
    }
    return .object([
      ("unit", .object(name(of: finding.unit))),
      ("state", .string(state)),
      ("root", root),
      (
        "suspects",
        .array(
          suspects.map {
            .object([("package", .string($0.name)), ("version", .string($0.version))])
          })
      ),
      ("variables", .array(variables.map { .string($0) })),
      ("from", .array(from.map { .integer(Int64($0)) })),
      ("differences", .array(Array(shown))),
      ("differenceCount", .integer(Int64(finding.differences.count))),
      ("lines", .array((blame.evidence[index]?.lines ?? []).map { .string($0) })),
      ("words", .string(blame.headline(index))),
    ])
  }

  // MARK: Words

  /// Where the difference began, for people.
  var blameLines: [String] {
    switch (verdict, blame) {
    case (.notCompared, _), (.identical, _): []
    case (.identicalButLatent, let blame): blame?.words ?? []
    case (.different, nil):
      ["which unit differs first is not known: this kernel does not show the steps of a build"]
    case (.different, let blame?) where blame.findings.isEmpty:
      ["the units' own files agree: what differs was made or changed outside of them"]
    case (.different, let blame?): blame.words
    }
  }
}
