internal import Building
internal import Comparing
internal import Explaining
internal import Failing
internal import Hashing
internal import Planning
public import Reading

extension BuildReport {
  /// Whether there is something to explain: artifacts or intermediate files that differ.
  public var isExplained: Bool {
    switch verdict {
    case .different, .identicalButLatent: true
    case .identical, .notCompared: false
    }
  }

  /// Units and artifacts in `explain.json`, each; the record has more.
  private static let mostExplained = 64

  /// `explain.json`, whose schema docs/explaining.md describes. `output` is the output folder as the
  /// user named it.
  public func explanation(output: String) -> JSON {
    let artifacts = comparison?.entries.filter { $0.result != .identical } ?? []
    let beginnings = blame?.beginnings ?? []
    return .object([
      ("schema", "cupel-explain/1"),
      ("tool", .object([("name", "cupel"), ("version", .string(toolVersion))])),
      ("plan", .string(plan.digest.description)),
      ("verdict", verdict == .different ? "different" : "identical-latent"),
      ("legs", .array([.string("A"), .string(blame?.legs.second ?? "B")])),
      ("variations", .array(variations.map { .string($0.rawValue) })),
      ("units", blame.map(Self.sums) ?? .null),
      (
        "beginnings",
        .array(
          beginnings.prefix(Self.mostExplained).compactMap { index in
            blame.map { beginning(index, of: $0, output) }
          })
      ),
      ("moreBeginnings", .integer(Int64(max(0, beginnings.count - Self.mostExplained)))),
      ("artifacts", .array(artifacts.prefix(Self.mostExplained).map(artifact))),
      ("moreArtifacts", .integer(Int64(max(0, artifacts.count - Self.mostExplained)))),
      ("replay", .string(replayCommand(output: output, unit: nil))),
    ])
  }

  private static func sums(_ blame: Blame) -> JSON {
    .object([
      ("count", .integer(Int64(blame.unitCount))),
      ("differing", .integer(Int64(blame.findings.count))),
      ("complete", .bool(blame.isComplete)),
    ])
  }

  /// The members of a finding in the record, and what is not in it.
  private func beginning(_ index: Int, of blame: Blame, _ output: String) -> JSON {
    guard case .object(var object) = blame.entry(index, causes) else { return .null }
    object["from"] = nil
    object["consequences"] = .integer(Int64(blame.consequences(of: index)))
    object["lines"] = .array((blame.evidence[index]?.manyLines ?? []).map { .string($0) })
    object["replay"] = .string(
      replayCommand(output: output, unit: blame.findings[index].unit))
    return .object(object)
  }

  private func artifact(_ entry: LegComparison.Entry) -> JSON {
    var members: [(String, JSON)] = [("name", .string(entry.name))]
    switch entry.result {
    case .identical: members.append(("result", "identical"))
    case .onlyInFirst: members.append(("result", "only-in-A"))
    case .onlyInSecond:
      members.append(("result", .string("only-in-\(entry.differingLegs.first ?? "B")")))
    case .different:
      members.append(("result", "different"))
      members.append(("explanation", explanations[entry.name]?.json ?? .null))
    }
    members.append(("differingLegs", .array(entry.differingLegs.map { .string($0) })))
    let sides = [entry.first, entry.second]
    members.append(("sizes", .array(sides.map { $0.map { .integer($0.size) } ?? .null })))
    members.append(
      ("digests", .array(sides.map { $0.map { .string($0.digest.description) } ?? .null })))
    return .object(members)
  }

  /// The command that builds again what the record of an output folder describes, or one unit of it.
  ///
  /// A package's name means the only unit of it at which a difference began; of several, the words do.
  func replayCommand(output: String, unit: RecordedUnit?) -> String {
    var words = ["cupel", "replay", Self.quoted(output)]
    if let unit {
      let began = blame.map { blame in blame.beginnings.map { blame.findings[$0].unit } } ?? []
      let isOnly = began.count { $0.package?.name == unit.package?.name } < 2
      let name = isOnly ? unit.package?.name : nil
      words += ["--unit", Self.quoted(name ?? unit.words)]
    }
    return words.joined(separator: " ")
  }
}
