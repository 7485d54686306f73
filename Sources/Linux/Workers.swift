private import Glibc
private import Synchronization

/// Work that really runs at once, on threads of its own (pthreads(7)): the cooperative pool of
/// Swift's tasks would starve on blocking calls.
public enum Workers {
  /// Applies `body` to every item on up to `threads` threads and returns the results in the order
  /// of the items. Items are handed out in order, so put the largest first.
  ///
  /// After a failure no further item is started, and the first failure is thrown.
  public static func map<Item: Sendable, Value: Sendable, Problem: Error>(
    _ items: [Item], threads: Int,
    _ body: @Sendable (Item) throws(Problem) -> Value
  ) throws(Problem) -> [Value] {
    let board = Board<Value, Problem>(count: items.count)
    // All threads end before this function does, and with them every use of `body`.
    withoutActuallyEscaping(body) { body in
      run(min(threads, items.count)) {
        while let index = board.next() {
          do throws(Problem) {
            board.finish(index, try body(items[index]))
          } catch {
            board.fail(error)
          }
        }
      }
    }
    return try board.results()
  }

  /// Runs `body` on a thread of its own until the process ends.
  static func detach(_ body: @escaping @Sendable () -> Void) {
    if let thread = start(body) { pthread_detach(thread) }
  }

  /// Runs `shift` on `crew` threads, the calling one among them.
  private static func run(_ crew: Int, _ shift: @escaping @Sendable () -> Void) {
    let others = (1..<max(crew, 1)).compactMap { _ in start(shift) }
    shift()
    for thread in others { pthread_join(thread, nil) }
  }

  /// Starts a thread; nil when the system has none left, in which case the others do its work.
  private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    let context = unsafe Unmanaged.passRetained(Shift(body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, nil,
      { pointer in
        if let pointer = unsafe pointer {
          unsafe Unmanaged<Shift>.fromOpaque(pointer).takeRetainedValue().body()
        }
        return nil
      }, unsafe context.toOpaque())
    if code == 0 { return thread }
    unsafe context.release()
    return nil
  }
}

/// What one thread does until nothing is left.
private final class Shift: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

/// Who does what next, and what came of it.
private final class Board<Value: Sendable, Problem: Error>: Sendable {
  private struct State {
    var next = 0
    var values: [Value?]
    var problem: Problem?
  }

  private let state: Mutex<State>

  init(count: Int) {
    state = Mutex(State(values: Array(repeating: nil, count: count)))
  }

  func next() -> Int? {
    state.withLock { state in
      guard state.problem == nil, state.next < state.values.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func finish(_ index: Int, _ value: Value) {
    state.withLock { $0.values[index] = value }
  }

  func fail(_ problem: Problem) {
    state.withLock { state in
      if state.problem == nil { state.problem = problem }
    }
  }

  func results() throws(Problem) -> [Value] {
    let (values, problem) = state.withLock { ($0.values, $0.problem) }
    if let problem { throw problem }
    return values.compactMap { $0 }
  }
}
