public import Failing
public import Linux
public import Planning
public import Reading

/// Why a recorded build cannot be built again.
public enum RecordedBuildError: Failure {
  case system(path: String, SystemError)
  case reading(ReadingError)
  case planning(plan: String, PlanningError)
  /// The digest in the record is not that of the plan beside it.
  case foreignPlan(record: String, plan: String)
  /// This program makes another plan of the same ingredients.
  case plannedOtherwise(plan: String, ingredient: String, recorded: String, made: String)
  case noUnits(record: String)
  case noSuchUnit(String, record: String, choice: [String])
  case severalUnits(String, record: String, choice: [String])

  public var message: String {
    switch self {
    case .system(let path, _): "reading \(path.printable)"
    case .reading(let error): error.message
    case .planning(let plan, _): "planning by \(plan.printable)"
    case .foreignPlan(let record, let plan):
      "replaying \(record.printable): \(plan.printable) is not the plan that it is the record of"
    case .plannedOtherwise(let plan, let ingredient, let recorded, let made):
      "replaying by \(plan.printable): \(ingredient.printable) is \(recorded.printable) there, this "
        + "cupel would plan \(made.printable)"
    case .noUnits(let record):
      "replaying \(record.printable): it lists no units, so there is nothing to compare with"
    case .noSuchUnit(let name, let record, _):
      "replaying \(record.printable): it has no unit `\(name.printable)`"
    case .severalUnits(let name, let record, let choice):
      "replaying \(record.printable): \(choice.count) units can be meant by `\(name.printable)`"
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .system(_, let error): error
    case .reading(let error): error.cause
    case .planning(_, let error): error
    default: nil
    }
  }

  /// Names of units that a hint lists.
  private static let mostNames = 16

  public var hint: String? {
    switch self {
    case .system:
      "name the output folder of a build, or its record.json with plan.json in the same folder"
    case .reading, .foreignPlan: "take the output folder anew from where it was built"
    case .planning, .plannedOtherwise:
      "replay with the cupel that built it: the record's `tool` has its version"
    case .noUnits: "build where `cupel doctor` says that system calls can be listened to"
    case .noSuchUnit(_, _, let choice), .severalUnits(_, _, let choice):
      "name one of: " + choice.prefix(Self.mostNames).map(\.printable).joined(separator: "; ")
        + (choice.count > Self.mostNames ? "; … (the record lists all)" : "")
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .noSuchUnit, .severalUnits: .usage
    default: .inputRejected
    }
  }
}
