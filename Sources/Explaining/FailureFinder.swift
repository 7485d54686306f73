public import Building
internal import Linux
public import Planning
internal import Reading

/// Finds out which variation makes a unit fail that leg A made, by running it alone again.
public struct FailureFinder {
  private let plan: Plan
  private let leg: Plan.Leg
  private let base: LegResult
  private let words: [String]
  private let host: BuildHost
  private let folder: String
  private let deadline: Double

  /// Units of the packages that cargo's words name that are tried.
  private static let mostUnits = 4
  /// Trials at once.
  private static let width = 2

  /// Nil where leg A was not built, or what failed is not cargo.
  ///
  /// - Parameters:
  ///   - plan: what was built.
  ///   - legs: the legs that were.
  ///   - failure: what became of the first of the others.
  ///   - host: as for the build.
  ///   - folder: a folder for what trials leave.
  ///   - bound: seconds that it may take.
  public init?(
    _ plan: Plan, _ legs: [LegResult], _ failure: BuildingError, on host: BuildHost,
    folder: String, bound: Double
  ) {
    guard case .cargo(let name, _, let words, _) = failure,
      let leg = plan.legs.first(where: { $0.name == name }),
      let base = legs.first(where: { $0.leg == plan.legs[0].name })
    else { return nil }
    self.plan = plan
    self.leg = leg
    self.base = base
    self.words = words
    self.host = host
    self.folder = folder
    deadline = Machine.monotonicSeconds + bound
  }

  /// `build script of tiny 0.1.0 (run) fails with home folder alone`; nil where no unit does so alone.
  public func culprit() throws(BuildingError) -> String? {
    guard let units = base.units?.units, let remains = base.remains else { return nil }
    let named = Self.packages(in: words)
    let candidates = units.filter { unit in
      named.contains { $0.utf8.elementsEqual((unit.package?.name ?? "").utf8) }
    }
    let ordered =
      candidates.filter { $0.kind == .buildScriptRun }
      + candidates.filter { $0.kind != .buildScriptRun }
    for unit in ordered.prefix(Self.mostUnits) {
      guard let replay = UnitReplay(unit, among: units, remains, plan, on: host),
        try fails(replay, [leg.variations, []]) == [true, false]
      else { continue }
      let alone = try fails(replay, leg.variations.map { [$0] })
      let guilty = zip(leg.variations, alone).filter(\.1).map(\.0.summary)
      return "\(unit.words) fails "
        + (guilty.isEmpty
          ? "with what the legs differ in together, with none of it alone"
          : "with \(guilty.joined(separator: ", ")) alone")
    }
    return nil
  }

  /// Whether the unit fails with each of these sets.
  private func fails(
    _ replay: UnitReplay, _ sets: [[Variation]]
  ) throws(BuildingError) -> [Bool] {
    let (leg, folder, deadline) = (leg, folder, deadline)
    let jobs = Array(sets.enumerated())
    return try Workers.map(jobs, threads: Self.width) { (job) throws(BuildingError) -> Bool in
      let left = deadline - Machine.monotonicSeconds
      guard left > 0 else { return false }
      let trial = try replay.run(
        varying: job.element, of: leg, timeout: left, copies: "\(folder)/\(job.offset)")
      if case .failed = trial { return true }
      return false
    }
  }

  /// Names of packages in cargo's messages: the first word in backquotes of each line.
  static func packages(in words: [String]) -> [String] {
    var names: [String] = []
    for line in words {
      let parts = line.split(separator: "`", omittingEmptySubsequences: false)
      guard parts.count > 2, let name = parts[1].split(separator: " ").first else { continue }
      names.append(String(name))
    }
    return names
  }
}
