public import Building
public import Comparing
public import Explaining
internal import Hashing
public import Planning
public import Reading
public import Staging

/// All that is known when a build is over; rendered as a record for machines and as words for
/// people.
public struct BuildReport: Sendable {
  public let toolVersion: String
  public let plan: Plan
  public let schedule: Build.Schedule
  public let legs: [LegResult]
  /// Leg A's artifacts, in the order of their names.
  public let artifacts: [Artifact]
  /// Why artifacts differ, by name; of what could not be explained there is none.
  public let explanations: [String: Explanation]
  /// As leg A's linkers made them, those artifacts that something was put into later; by name.
  public let linked: [String: Artifact]
  /// Nil when only one leg was built.
  public let comparison: LegComparison?
  public let verdict: Verdict
  /// Which units differ between leg A and `blame.legs.1`; nil unless legs were compared and their
  /// units are known.
  public let blame: Blame?
  /// Why units differ, as repeating them has shown, by position in the findings of `blame`; of what
  /// was not looked into there is none.
  public var causes: [Int: UnitCause]
  /// What git knows of the source.
  public let revision: SourceRevision?
  public let notices: [Notice]
  /// What often makes builds differ, seen before building.
  public let hazards: [Hazard]
  /// What vouches for each package of Cargo.lock.
  public let crates: [CrateInput]
  /// What is known of the toolchain; the plan has what decides bytes.
  public let toolchain: Lock.Toolchain
  public let denialPolicy: DenialPolicy
  /// What the policy takes for failures, in any leg.
  public let refusal: Refusal?
  /// How the artifacts compare with those of an earlier build of the plan; nil where there is none.
  public let published: PublishedComparison?
  /// Artifacts that name folders of the build; nil unless paths were varied.
  public let leakedPaths: [LeakedPaths]?

  public init(
    toolVersion: String, plan: Plan, schedule: Build.Schedule, legs: [LegResult],
    artifacts: [Artifact],
    comparison: LegComparison?, blame: Blame?, revision: SourceRevision? = nil, notices: [Notice],
    crates: [CrateInput], toolchain: Lock.Toolchain, denialPolicy: DenialPolicy,
    hazards: [Hazard] = [], explanations: [String: Explanation] = [:],
    causes: [Int: UnitCause] = [:], linked: [String: Artifact] = [:],
    published: PublishedBuild? = nil, leakedPaths: [LeakedPaths]? = nil
  ) {
    self.revision = revision
    self.crates = crates
    self.toolchain = toolchain
    self.explanations = explanations
    self.causes = causes
    self.hazards = hazards
    self.linked = linked
    self.toolVersion = toolVersion
    self.plan = plan
    self.schedule = schedule
    self.legs = legs
    self.artifacts = artifacts
    self.comparison = comparison
    self.notices = notices
    self.denialPolicy = denialPolicy
    refusal = Refusal(legs.map(\.denials), by: denialPolicy)
    self.published = published.map { PublishedComparison($0, artifacts) }
    self.blame = blame
    self.leakedPaths = leakedPaths
    let variations = Self.variations(plan, legs).map(\.rawValue)
    let compared = comparison?.verdict(variations: variations) ?? .notCompared(.builtOnce)
    let isLatent = blame?.findings.isEmpty == false
    verdict =
      compared == .identical(variations: variations) && isLatent
      ? .identicalButLatent(variations: variations) : compared
  }

  /// What legs really differed in. Where the kernel cannot let anybody answer calls for random
  /// numbers, those were chance in all; and a clock that reached no program, as far as is known, was
  /// the same.
  var variations: [Variation] { Self.variations(plan, legs) }

  private static func variations(_ plan: Plan, _ legs: [LegResult]) -> [Variation] {
    let planned = plan.legs.last?.variations ?? []
    let unknown: [(Variation, Bool)] = [
      (.random, legs.contains { $0.seededCalls == nil }),
      (.clock, legs.contains { $0.clock?.hasReached == false }),
    ]
    return planned.filter { variation in !unknown.contains { $0 == (variation, true) } }
  }

  /// `SHA256SUMS` as sha256sum(1) reads it in the output folder.
  public var checksums: String {
    artifacts.map { artifact in
      let name = Self.escaped(artifact.name)
      let mark = name.utf8.elementsEqual(artifact.name.utf8) ? "" : "\\"
      return "\(mark)\(artifact.digest.hex)  artifacts/\(name)\n"
    }.joined()
  }

  /// As sha256sum(1) escapes names that would break its lines (coreutils manual, md5sum).
  private static func escaped(_ name: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
      case "\r": escaped.append(contentsOf: "\\r".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
