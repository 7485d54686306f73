internal import Building
internal import Explaining
internal import Failing
internal import Hashing

/// What went into a unit and what came out, of both legs, line by line.
struct UnitSides {
  struct Row {
    let name: String
    /// Nil where the leg has no such thing.
    let first: String?
    let second: String?

    var areEqual: Bool {
      switch (first, second) {
      case (nil, nil): true
      case (let a?, let b?): a.utf8.elementsEqual(b.utf8)
      default: false
      }
    }
  }

  private(set) var inputs: [Row] = []
  private(set) var outputs: [Row] = []

  /// Rows of one kind.
  private static let most = 24

  init(_ step: Blame.Step, of blame: Blame) {
    let (a, b) = (step.first, step.second)
    func row(_ name: String, _ value: (RecordedUnit) -> String) {
      inputs.append(Row(name: name, first: a.map(value), second: b.map(value)))
    }
    if a?.kind != .buildScriptRun {
      row("rustc’s arguments") { ReportPage.short(Self.digest(of: $0.arguments)) }
      row("sources") {
        "\(ReportPage.count($0.sources.count, "file")), \(ReportPage.short($0.sources.digest))"
      }
    }
    inputs += Self.arguments(a?.arguments ?? [], b?.arguments ?? [])
    inputs += Self.variables(a?.environment ?? [], b?.environment ?? [])
    inputs += Self.dependencies(step, blame)
    outputs = Self.files(a?.outputs ?? [], b?.outputs ?? [], (a ?? b)?.shortName ?? { $0 })
  }

  private static func digest(of arguments: [String]) -> Digest {
    .hashing(arguments.flatMap { Array($0.utf8) + [0] })
  }

  /// Those that only one leg was given.
  private static func arguments(_ a: [String], _ b: [String]) -> [Row] {
    let (first, second) = (Set(a.map { Array($0.utf8) }), Set(b.map { Array($0.utf8) }))
    if b.isEmpty || a.isEmpty { return [] }
    let rows =
      a.filter { !second.contains(Array($0.utf8)) }.map {
        Row(name: "argument", first: $0, second: nil)
      }
      + b.filter { !first.contains(Array($0.utf8)) }.map {
        Row(name: "argument", first: nil, second: $0)
      }
    return bounded(rows)
  }

  private static func variables(
    _ a: [UnitObservation.Variable], _ b: [UnitObservation.Variable]
  ) -> [Row] {
    var values: [[UInt8]: (String, String?, String?)] = [:]
    for variable in a {
      values[Array(variable.name.utf8)] = (variable.name, variable.value ?? "not set", nil)
    }
    for variable in b {
      values[Array(variable.name.utf8), default: (variable.name, nil, nil)].2 =
        variable.value ?? "not set"
    }
    let rows = values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { _, entry in
      Row(name: "$\(entry.0)", first: entry.1, second: entry.2)
    }
    return bounded(rows)
  }

  /// What other units made: those that agree as one line.
  private static func dependencies(_ step: Blame.Step, _ blame: Blame) -> [Row] {
    let below = step.dependencies.map { blame.steps[$0] }
    func digest(_ units: [RecordedUnit?]) -> String {
      ReportPage.short(Self.digest(of: units.flatMap { ($0?.outputs ?? []).map(content) }))
    }
    let agreeing = below.filter { $0.finding == nil }
    var rows: [Row] = []
    if !agreeing.isEmpty {
      rows.append(
        Row(
          name: "outputs of \(ReportPage.count(agreeing.count, "unit")) that it can read",
          first: digest(agreeing.map(\.first)), second: digest(agreeing.map(\.second))))
    }
    for other in below where other.finding != nil {
      rows.append(
        Row(
          name: "outputs of \(other.unit?.words ?? "a unit")",
          first: other.first.map { digest([$0]) }, second: other.second.map { digest([$0]) }))
    }
    return bounded(rows)
  }

  private static func files(
    _ a: [RecordedUnit.Output], _ b: [RecordedUnit.Output], _ name: (String) -> String
  ) -> [Row] {
    var values: [[UInt8]: (String, String?, String?)] = [:]
    for output in a { values[Array(output.name.utf8)] = (output.name, content(output), nil) }
    for output in b {
      values[Array(output.name.utf8), default: (output.name, nil, nil)].2 = content(output)
    }
    let rows = values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { _, entry in
      Row(name: name(entry.0), first: entry.1, second: entry.2)
    }
    return bounded(rows)
  }

  private static func content(_ output: RecordedUnit.Output) -> String {
    switch output.content {
    case .file(let size, let digest):
      "\(ReportPage.count(Int(clamping: size), "byte")), \(ReportPage.short(digest))"
    case .symlink(let target): "a symlink to \(target)"
    case .unread(let reason): "not read: \(reason)"
    }
  }

  /// Those that differ first; what is left out is told.
  private static func bounded(_ rows: [Row]) -> [Row] {
    let sorted = rows.filter { !$0.areEqual } + rows.filter(\.areEqual)
    if sorted.count <= most { return sorted }
    let left = sorted.dropFirst(most)
    let words = "\(left.count { !$0.areEqual }) of them differ"
    return sorted.prefix(most) + [Row(name: "and \(left.count) more", first: words, second: words)]
  }
}
