public import Building
public import Comparing
internal import Hashing
public import Planning
public import Staging

/// All that is known when a build is over; rendered as a record for machines and as words for
/// people.
public struct BuildReport: Sendable {
  public let toolVersion: String
  public let plan: Plan
  public let mode: Build.Mode
  public let legs: [LegResult]
  /// Leg A's artifacts, in the order of their names.
  public let artifacts: [Artifact]
  /// Nil when only one leg was built.
  public let comparison: Comparison?
  public let verdict: Verdict
  public let notices: [Notice]

  public init(
    toolVersion: String, plan: Plan, mode: Build.Mode, legs: [LegResult], artifacts: [Artifact],
    comparison: Comparison?, notices: [Notice]
  ) {
    self.toolVersion = toolVersion
    self.plan = plan
    self.mode = mode
    self.legs = legs
    self.artifacts = artifacts
    self.comparison = comparison
    self.notices = notices
    let variations = plan.legs.last?.variations.map(\.rawValue) ?? []
    verdict = comparison?.verdict(variations: variations) ?? .notCompared(.builtOnce)
  }

  /// `SHA256SUMS` as sha256sum(1) reads it, names relative to the output's `artifacts` folder's
  /// parent.
  public var checksums: String {
    artifacts.map { "\($0.digest.hex)  artifacts/\($0.name)\n" }.joined()
  }
}
