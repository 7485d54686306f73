public import Building
public import Explaining
internal import Failing
internal import Hashing
public import Planning
public import Reading

/// What `cupel replay` says: of the whole build, or of units that were run alone.
public struct ReplayReport: Sendable {
  /// One unit that was run again.
  public struct Unit: Sendable {
    public let unit: RecordedUnit
    /// Whether leg A, built again, made of it what the record says.
    public let isAsRecorded: Bool
    /// The runs alone; the first one under leg A's conditions.
    public let runs: [Run]

    public init(_ unit: RecordedUnit, isAsRecorded: Bool, runs: [Run]) {
      self.unit = unit
      self.isAsRecorded = isAsRecorded
      self.runs = runs
    }

    var isSame: Bool { isAsRecorded && runs.allSatisfy { $0.difference == nil } }
  }

  /// A unit, run alone with variations.
  public struct Run: Sendable {
    public let variations: [Variation]
    /// From what leg A made, of the run without variations; of the others, from what that one made.
    public let difference: TrialDifference?

    public init(_ variations: [Variation], _ difference: TrialDifference?) {
      self.variations = variations
      self.difference = difference
    }
  }

  private let build: RecordedBuild
  private let blame: Blame
  private let units: [Unit]
  /// Whether nothing came out otherwise than the record says, nor with any variation.
  public let isSame: Bool

  /// - Parameters:
  ///   - build: what was built again.
  ///   - rebuilt: leg A's units, of this time.
  ///   - units: those that were run alone; where there are none, leg A as a whole is meant.
  /// - Throws: where the record does not know its units.
  public init(
    _ build: RecordedBuild, rebuilt: UnitRecord, units: [Unit]
  ) throws {
    self.build = build
    self.units = units
    blame = try Self.comparison(build, rebuilt)
    isSame = units.isEmpty ? blame.findings.isEmpty : units.allSatisfy(\.isSame)
  }

  /// Compares what the record says of leg A with what came out now, as a record would say it.
  public static func comparison(
    _ build: RecordedBuild, _ rebuilt: UnitRecord
  ) throws -> Blame {
    guard let published = build.units else {
      throw RecordedBuildError.noUnits(record: build.file)
    }
    let now = try UnitRecord(recorded: BuildReport.json(of: rebuilt), file: "the new build")
    return Blame(published, now, legs: ("A of the record", "A built again"))
  }

  // MARK: Words

  private static let mostShown = 5

  /// For people.
  public var words: String {
    let lines = units.isEmpty ? buildLines : units.flatMap(Self.lines)
    return lines.map { $0 + "\n" }.joined()
  }

  private var buildLines: [String] {
    let count = ReportPage.count(blame.unitCount, "unit")
    var lines: [String] = []
    if let first = blame.beginnings.first {
      lines.append("different: \(blame.findings.count) of \(count)")
      lines.append("first unit that is not as recorded: \(blame.headline(first))")
      let more = blame.consequences(of: first)
      if more > 0 { lines.append("\(more) more because of it") }
      for other in blame.beginnings.dropFirst().prefix(Self.mostShown) {
        lines.append("also by itself: \(blame.headline(other))")
      }
      let left = blame.beginnings.count - 1 - Self.mostShown
      if left > 0 { lines.append("and \(left) more by themselves; --json lists them") }
    } else {
      lines.append("as recorded: leg A of \(build.file.printable), built again: \(count)")
    }
    if !blame.isComplete {
      lines.append("there were too many units or files to look at all of them")
    }
    return lines
  }

  private static func lines(_ unit: Unit) -> [String] {
    var lines = [
      unit.unit.words,
      "  leg A, built again: " + (unit.isAsRecorded ? "as recorded" : "not as recorded"),
    ]
    var hasShown = false
    for run in unit.runs {
      lines.append(
        "  \(names(run.variations)): " + (run.difference.map { "differs: \($0.words)" } ?? "same"))
      if let difference = run.difference, !hasShown {
        lines += difference.lines.map { "    \($0)" }
        hasShown = true
      }
    }
    return lines
  }

  /// Variations named at most in one line, of which the first few are where there are more.
  private static let mostNamed = 6

  private static func names(_ variations: [Variation]) -> String {
    if variations.isEmpty { return "alone, nothing varied" }
    let names = variations.map(\.rawValue)
    if names.count <= mostNamed { return names.joined(separator: ", ") }
    let shown = names.prefix(mostNamed / 2)
    return "\(shown.joined(separator: ", ")) and \(names.count - shown.count) more together"
  }

  // MARK: JSON

  /// As docs/units.md describes it.
  public var json: JSON {
    .object([
      ("schema", "cupel-replay/1"),
      ("record", .string(build.file)),
      ("plan", .string(build.plan.digest.description)),
      ("result", isSame ? "same" : "different"),
      ("blame", blame.json([:])),
      ("units", .array(units.map(Self.entry))),
    ])
  }

  private static func entry(_ unit: Unit) -> JSON {
    .object([
      ("unit", .object(BuildReport.name(of: unit.unit))),
      ("words", .string(unit.unit.words)),
      ("asRecorded", .bool(unit.isAsRecorded)),
      (
        "runs",
        .array(
          unit.runs.map { run in
            .object([
              ("variations", .array(run.variations.map { .string($0.rawValue) })),
              ("result", run.difference == nil ? "same" : "different"),
              ("words", run.difference.map { .string($0.words) } ?? .null),
              ("lines", .array((run.difference?.lines ?? []).map { .string($0) })),
            ])
          })
      ),
    ])
  }
}
