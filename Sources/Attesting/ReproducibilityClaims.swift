public import Hashing
internal import Reading

/// What a statement on reproducibility says (docs/reproducibility-statement.md).
public struct ReproducibilityClaims: Sendable {
  public let plan: Digest
  /// `identical`, `identical-latent`, `different` or `not-compared`.
  public let verdict: String
  /// Those under which the artifacts came out the same; none unless the verdict says so.
  public let variations: [String]
  /// Nil where the kernel could not show refused attempts.
  public let denials: Int?
  /// Nil where the kernel could not show the units.
  public let units: PublishedUnits?

  init(_ predicate: Members) throws(Malformation) {
    try predicate.only(["plan", "tool", "verdict", "legs", "artifacts", "denials", "units"])
    plan = try predicate.digest("plan")
    let tool = try predicate.member("tool")
    try tool.only(["name", "version"])
    _ = (try tool.string("name"), try tool.string("version"))
    let verdict = try predicate.member("verdict")
    try verdict.only(["kind", "variations", "legs", "reason"])
    self.verdict = try verdict.string("kind")
    let denials = try predicate.member("denials")
    try denials.only(["reported", "count", "categories"])
    _ = try denials.strings("categories")
    let count = try denials.count("count")
    self.denials = try denials.bool("reported") ? count : nil
    units = try predicate.optionalMember("units").map { (units) throws(Malformation) in
      try PublishedUnits(units)
    }
    let legs = try Self.legs(predicate)
    let areIdentical = try Self.areIdentical(predicate)
    switch self.verdict {
    case "identical", "identical-latent":
      variations = try verdict.strings("variations")
      let varied = Set(legs.flatMap { $0 })
      guard legs.count > 1, areIdentical, varied.isSuperset(of: variations) else {
        throw verdict.contradiction("kind", "the list of legs and artifacts")
      }
    case "different" where legs.count > 1 && !areIdentical: variations = []
    case "not-compared" where legs.count == 1: variations = []
    default: throw verdict.contradiction("kind", "the list of legs and artifacts")
    }
  }

  /// The variations of each leg.
  private static func legs(_ predicate: Members) throws(Malformation) -> [[String]] {
    var legs: [[String]] = []
    for leg in try predicate.members("legs") {
      try leg.only(["name", "variations", "seed", "conditions", "seededCalls"])
      _ = (try leg.string("name"), try leg.member("conditions"))
      legs.append(try leg.strings("variations"))
    }
    return legs
  }

  private static func areIdentical(_ predicate: Members) throws(Malformation) -> Bool {
    var areIdentical = true
    for artifact in try predicate.members("artifacts") {
      try artifact.only(["name", "result", "differingLegs", "digests"])
      _ = try artifact.string("name")
      areIdentical = try artifact.optionalString("result") == "identical" && areIdentical
    }
    return areIdentical
  }
}
