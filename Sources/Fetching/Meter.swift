import Synchronization

/// Adds up what several threads have done and reports it.
final class Meter: Sendable {
  private let count = Mutex((items: 0, bytes: Int64(0)))
  private let report: @Sendable (_ items: Int, _ bytes: Int64) -> Void

  init(_ report: @escaping @Sendable (_ items: Int, _ bytes: Int64) -> Void) {
    self.report = report
  }

  /// Reports come one at a time and never go back.
  func add(_ bytes: Int64) {
    count.withLock { count in
      count.items += 1
      count.bytes += bytes
      report(count.items, count.bytes)
    }
  }
}
