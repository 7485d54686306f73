public import Building

/// Which units of two legs came out differently, and which of them are where that began.
///
/// A unit whose output differs while everything it reads agrees is a root. One that reads another
/// which differs is propagated: it may have a defect of its own, which shows when the root is mended.
public struct Blame: Sendable, Equatable {
  /// A unit that is not the same in both legs.
  public struct Finding: Sendable, Equatable {
    /// Leg A's, or leg B's where only that has it.
    public let unit: RecordedUnit
    public let state: State
    public let differences: [OutputDifference]

    public init(unit: RecordedUnit, state: State, differences: [OutputDifference] = []) {
      self.unit = unit
      self.state = state
      self.differences = differences
    }
  }

  public enum State: Sendable, Equatable {
    case root(Root)
    /// Positions of the findings that it began with, at most `rootLimit`; ascending.
    case propagated(from: [Int])
    /// Only one leg has the unit.
    case only(leg: String)
  }

  public struct Legs: Sendable, Equatable {
    public let first: String
    public let second: String
  }

  /// An output that is not the same in both legs.
  public struct OutputDifference: Sendable, Equatable {
    /// Nil for the leg that has no such output.
    public let first: RecordedUnit.Output?
    public let second: RecordedUnit.Output?

    public init(first: RecordedUnit.Output?, second: RecordedUnit.Output?) {
      self.first = first
      self.second = second
    }

    public var name: String { (first ?? second)?.name ?? "" }
  }

  /// A step of the plan: each leg's unit of it.
  public struct Step: Sendable, Equatable {
    /// Nil where that leg has no such unit; never both.
    public let first: RecordedUnit?
    public let second: RecordedUnit?
    /// Positions of the steps that either leg's unit reads.
    public let dependencies: [Int]
    /// Position in `findings`; nil where both legs agree.
    public let finding: Int?

    public init(
      first: RecordedUnit?, second: RecordedUnit?, dependencies: [Int], finding: Int?
    ) {
      self.first = first
      self.second = second
      self.dependencies = dependencies
      self.finding = finding
    }

    public var unit: RecordedUnit? { first ?? second }
  }

  /// The names of the two legs.
  public let legs: Legs
  /// In an order in which a unit comes after everything it reads.
  public let findings: [Finding]
  /// Positions of the findings that nothing else explains: those that reach a file for others than
  /// rustc first, otherwise in their order.
  public let beginnings: [Int]
  /// All units of both legs.
  public let steps: [Step]
  /// Whether the lists of units were complete.
  public let isComplete: Bool

  /// What copies of the files show of the first `beginnings`; by position.
  public let evidence: [Int: BlameEvidence]

  /// How many different units there were in both legs together.
  public var unitCount: Int { steps.count }

  /// Beginnings that evidence is looked for.
  private static let mostEvidence = 16
  /// Roots kept for one propagated unit.
  public static let rootLimit = 64

  public init(_ first: UnitRecord, _ second: UnitRecord, legs: (String, String) = ("A", "B")) {
    let graph = UnitGraph(first.units, second.units)
    var judge = UnitJudge(graph, legs: legs)
    for node in graph.order { judge.judge(node) }
    let findings = judge.findings
    self.legs = Legs(first: legs.0, second: legs.1)
    self.findings = findings
    var places: [Int: Int] = [:]
    for (index, node) in judge.places.enumerated() { places[node] = index }
    steps = graph.nodes.enumerated().map { place, node in
      Step(
        first: node.first, second: node.second, dependencies: node.dependencies,
        finding: places[place])
    }
    beginnings = Self.beginnings(findings)
    var evidence: [Int: BlameEvidence] = [:]
    for index in beginnings.prefix(Self.mostEvidence) {
      evidence[index] = BlameEvidence(findings[index], first, second)
    }
    self.evidence = evidence
    isComplete = first.unlisted == 0 && second.unlisted == 0
  }

  private static func beginnings(_ findings: [Finding]) -> [Int] {
    let reaching = Set(
      findings.indices.filter { findings[$0].unit.isFinal }.flatMap { index -> [Int] in
        if case .propagated(let roots) = findings[index].state { return roots }
        return [index]
      })
    let all = findings.indices.filter { index in
      if case .propagated = findings[index].state { false } else { true }
    }
    return all.filter(reaching.contains) + all.filter { !reaching.contains($0) }
  }

  /// How many findings this one explains, itself not counted.
  public func consequences(of beginning: Int) -> Int {
    findings.filter { finding in
      if case .propagated(let roots) = finding.state { roots.contains(beginning) } else { false }
    }.count
  }
}

extension RecordedUnit {
  /// Whether its outputs are for others than rustc.
  var isFinal: Bool { kind == .program || kind == .foreignLibrary }
}
