import Failing
import Linux
import Reporting
import Synchronization

/// What cupel says on standard error.
enum Talk {
  /// `error: a: b: c`, then `hint: …`.
  static func report(_ failure: any Failure) {
    say("\(style("error:", .red)) \(failure.chain)")
    if let hint = failure.bestHint { say("\(style("hint:", .cyan)) \(hint)") }
  }

  static func notice(_ text: String) {
    say("\(style("note:", .yellow)) \(text)")
  }

  static func say(_ line: String) {
    let isDisarmed = disarmed.load(ordering: .relaxed)
    StandardStream.error.write((isDisarmed ? WorkflowCommand.inert(line) : line) + "\n")
  }

  /// From now on nothing that is said is a command to the runner of a GitHub workflow.
  static func disarm() {
    disarmed.store(true, ordering: .relaxed)
  }

  private static let disarmed = Atomic(false)

  enum Colour: Int {
    case red = 31
    case yellow = 33
    case cyan = 36
  }

  /// Coloured on a terminal, unless NO_COLOR is set (no-color.org).
  static func style(_ text: String, _ colour: Colour) -> String {
    guard isColoured else { return text }
    return "\u{1B}[1;\(colour.rawValue)m\(text)\u{1B}[0m"
  }

  private static let isColoured =
    StandardStream.error.isTerminal && (Machine.environment("NO_COLOR") ?? "").isEmpty
}
