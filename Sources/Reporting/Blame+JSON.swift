internal import Building
internal import Explaining
internal import Reading

extension Blame {
  /// Which units differ and where that began, as docs/record.md describes it.
  func json(_ causes: [Int: UnitCause]) -> JSON {
    var room = BuildReport.longestList
    var list: [JSON] = []
    for index in findings.indices {
      let json = entry(index, causes)
      room -= json.compactBytes().count
      if room < 0 { break }
      list.append(json)
    }
    return .object([
      ("legs", .array([.string(legs.first), .string(legs.second)])),
      ("units", .integer(Int64(unitCount))),
      ("complete", .bool(isComplete)),
      ("differing", .integer(Int64(findings.count))),
      ("beginnings", .array(beginnings.map { .integer(Int64($0)) })),
      ("findings", .array(list)),
    ])
  }

  /// Documented in docs/record.md.
  func entry(_ index: Int, _ causes: [Int: UnitCause]) -> JSON {
    let finding = findings[index]
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
    let shown = finding.differences.prefix(BuildReport.mostEntries).map { difference in
      JSON.object([
        ("name", .string(difference.name)),
        (
          "contents",
          .array([
            .string(BuildReport.state(of: difference.first)),
            .string(BuildReport.state(of: difference.second)),
          ])
        ),
      ])
    }
    return .object([
      ("unit", .object(BuildReport.name(of: finding.unit))),
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
      ("lines", .array((evidence[index]?.lines ?? []).map { .string($0) })),
      ("words", .string(headline(index))),
      ("cause", causes[index]?.json ?? .null),
      ("advice", .array(advice(index, cause: causes[index]).map(\.json))),
    ])
  }
}
