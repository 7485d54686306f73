import Linux

/// Whoever sends a program three signals to end within two seconds means it, whatever the program
/// makes of them.
struct Insistence {
  private static let enough = 3
  private static let seconds = 2.0

  /// When each of the last ones came.
  private var times: [Double] = []

  /// Whether that is enough. Signals that do not ask for an end do not count.
  mutating func grows(with signal: Signal) -> Bool {
    guard [.interrupt, .terminate, .hangup, .quit].contains(signal) else { return false }
    let now = Machine.monotonicSeconds
    times = times.filter { now - $0 < Self.seconds } + [now]
    return times.count >= Self.enough
  }
}
