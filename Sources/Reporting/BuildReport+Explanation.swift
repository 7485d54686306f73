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

  /// `explain.json`, whose schema docs/explaining.md describes.
  public var explanation: JSON {
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
            blame.map { beginning(index, of: $0) }
          })
      ),
      ("moreBeginnings", .integer(Int64(max(0, beginnings.count - Self.mostExplained)))),
      ("artifacts", .array(artifacts.prefix(Self.mostExplained).map(artifact))),
      ("moreArtifacts", .integer(Int64(max(0, artifacts.count - Self.mostExplained)))),
      ("repetition", .string(repetition())),
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
  private func beginning(_ index: Int, of blame: Blame) -> JSON {
    guard case .object(var object) = blame.entry(index, causes) else { return .null }
    object["from"] = nil
    object["consequences"] = .integer(Int64(blame.consequences(of: index)))
    object["lines"] = .array((blame.evidence[index]?.manyLines ?? []).map { .string($0) })
    object["repetition"] = .string(repetition(of: causes[index]))
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

  /// The command that, in the project's folder, shows the difference again: with what makes one unit
  /// differ, where that is known, else with all that was varied.
  func repetition(of cause: UnitCause? = nil) -> String {
    var known: [Variation]?
    if let cause {
      if !cause.variations.isEmpty { known = cause.variations }
      // Nothing need be varied for it.
      if cause.variations.isEmpty, cause.certainty == .uncontrolled { known = [] }
    }
    let varied = known ?? variations
    var words = ["cupel", "build"]
    if varied != Variation.standard {
      words += ["--vary", varied.isEmpty ? "none" : varied.map(\.rawValue).joined(separator: ",")]
    }
    if let seed = plan.legs.dropFirst().first?.seed { words += ["--seed", "\(seed)"] }
    if legs.count > 2 { words += ["--legs", "\(legs.count)"] }
    return words.joined(separator: " ")
  }
}
