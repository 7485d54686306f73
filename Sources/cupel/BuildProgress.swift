import Building
import Explaining
import Linux
import Reading
import Reporting
import Synchronization

/// Shows the events of a build: one line redrawn on a terminal, plain lines elsewhere, JSON lines
/// on standard output when asked.
final class BuildProgress: Sendable {
  private struct Leg {
    let name: String
    var done = 0
    var total = 0
    var current = ""
    /// The quarter of the way that was last told.
    var quarter = 0
    var isFinished = false
    /// Refused attempts that were told.
    var denials = 0
  }

  /// How many refused attempts of one leg are told as they happen.
  private static let mostDenials = 20

  private let legs = Mutex<[Leg]>([])
  private let format: MessageFormat
  private let isVerbose: Bool
  private let started = Machine.monotonicSeconds
  private let columns = Machine.terminalColumns(StandardStream.error.rawValue)

  init(format: MessageFormat, isVerbose: Bool) {
    self.format = format
    self.isVerbose = isVerbose
  }

  @Sendable func show(_ event: BuildEvent) {
    legs.withLock { legs in
      if format == .json {
        StandardStream.output.write(event.json.compactBytes() + [UInt8(ascii: "\n")])
        switch event {
        case .started(let name): legs.append(Leg(name: name))
        case .denied(let name, let denial): tell(denial, of: name, &legs)
        default: break
        }
        return
      }
      switch event {
      case .started(let name):
        legs.append(Leg(name: name))
        say("leg \(name): started")
      case .progress(let name, let done, let total, let current):
        guard let index = legs.firstIndex(where: { $0.name == name }) else { return }
        legs[index].done = done
        legs[index].total = total
        legs[index].current = current
        let quarter = total > 0 ? 4 * done / total : 0
        if columns == nil, quarter > legs[index].quarter {
          Talk.say("leg \(name): \(done)/\(total) (\(current)), \(elapsed)")
        }
        legs[index].quarter = quarter
      case .line(let name, let text):
        if isVerbose { say("\(name)| \(text)") }
      case .denied(let name, let denial): tell(denial, of: name, &legs)
      case .finished(let name, let seconds):
        if let index = legs.firstIndex(where: { $0.name == name }) { legs[index].isFinished = true }
        say("leg \(name): finished in \(Self.tenths(seconds)) s")
      }
      draw(legs)
    }
  }

  /// Shows that the cause of a difference is looked for: trials of one unit.
  func showCause(_ cause: CauseFinder.Progress) {
    guard format == .human else { return }
    let text =
      "finding the cause, \(cause.unit.words): trial \(cause.trial) of about \(cause.expected)"
    guard let columns else {
      if cause.trial == 1 { Talk.say("finding the cause: \(cause.unit.words)") }
      return
    }
    StandardStream.error.write("\r\u{1B}[K\(elapsed)  \(text)".prefix(max(columns, 8)).description)
  }

  /// Removes the line that is redrawn.
  func clear() {
    if columns != nil { StandardStream.error.write("\r\u{1B}[K") }
  }

  private func tell(_ denial: UnitDenial, of name: String, _ legs: inout [Leg]) {
    // What the socket was for comes next; the summary tells of those that were for nothing.
    guard !denial.isSocket, let index = legs.firstIndex(where: { $0.name == name }) else { return }
    legs[index].denials += 1
    if legs[index].denials <= Self.mostDenials {
      say("leg \(name): \(denial.words)")
    } else if legs[index].denials == Self.mostDenials + 1 {
      say("leg \(name): more attempts were refused")
    }
  }

  private func say(_ line: String) {
    clear()
    Talk.say(line)
  }

  private func draw(_ legs: [Leg]) {
    guard let columns else { return }
    let parts = legs.filter { !$0.isFinished }.map { leg in
      "\(leg.name) \(leg.done)/\(leg.total) \(leg.current)"
    }
    guard !parts.isEmpty else { return }
    let width = max((columns - elapsed.count - 4) / parts.count - 3, 8)
    let line = parts.map { String($0.prefix(width)) }.joined(separator: " · ")
    StandardStream.error.write("\r\u{1B}[K\(elapsed)  \(line)")
  }

  private var elapsed: String { "\(Int(Machine.monotonicSeconds - started)) s" }

  private static func tenths(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
