public import Failing

/// A plan that cannot be made of what was asked.
public enum PlanningError: Failure {
  case unknownVariation(String)
  case noVariationNamed
  case noneWithOthers
  case badLegCount(Int)
  case seedTooLarge(UInt64)
  /// An argument for cargo that would undo what the plan decides.
  case argumentNotAllowed(String, instead: String)

  public var message: String {
    switch self {
    case .unknownVariation(let name): "choosing variations: `\(name)` is none"
    case .noVariationNamed: "choosing variations: no name is given"
    case .noneWithOthers: "choosing variations: `none` stands beside others"
    case .badLegCount(let count): "planning the build: the number of legs is \(count)"
    case .seedTooLarge(let seed): "planning the build: the seed \(seed) is too large"
    case .argumentNotAllowed(let argument, _):
      "planning the build: the cargo argument `\(argument)` is decided by the plan"
    }
  }

  public var hint: String? {
    switch self {
    case .unknownVariation, .noVariationNamed:
      "name some of \(Variation.allCases.map(\.rawValue).joined(separator: ", ")), or `default`, or `none`"
    case .noneWithOthers: "give `none` alone, or the names you want"
    case .badLegCount: "ask for 2 to \(Plan.mostLegs), or for one with `--once`"
    case .seedTooLarge: "take one of at most \(Plan.largestSeed)"
    case .argumentNotAllowed(_, let instead): instead
    }
  }

  public var exitCode: ExitCode { .usage }
}
