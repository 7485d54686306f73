import Fetching
import Synchronization

/// What a progress callback was told, from whichever thread.
final class Recorder: Sendable {
  private let events = Mutex<[RootfsProgress]>([])

  func add(_ event: RootfsProgress) { events.withLock { $0.append(event) } }

  var all: [RootfsProgress] { events.withLock { $0 } }
}
