internal import Linux

/// What has been observed of one sandbox. A process's equal observations are told once, and only so
/// many different ones at all, so that a program that opens the same file for ever costs no memory.
struct ObservationLog {
  static let capacity = 1_000_000

  private static let mostProcesses = 65536

  /// One program in one process.
  private struct Program {
    let serial: Int
    var isTold: Bool
  }

  private struct Fact: Hashable {
    let serial: Int
    let kind: Observation.Kind
    let path: [UInt8]
    let exists: Bool
  }

  /// The process of each thread.
  private var threads: [ProcessReader.Identity: ProcessReader.Identity] = [:]
  private var programs: [ProcessReader.Identity: Program] = [:]
  private var serials = 0
  /// Hashes (seeded anew in every run of the runner, so that nobody can prepare a clash) instead of
  /// paths, for the memory.
  private var seen: Set<Int> = []
  private(set) var unlisted = 0

  /// - Returns: the observation if it is a new one of a caller that still waits.
  mutating func note(
    _ kind: Observation.Kind, path: [UInt8], arguments: () -> [String] = { [] },
    exists: () -> Bool, by notification: SyscallListener.Notification,
    listener: borrowing SyscallListener, reader: ProcessReader
  ) -> Observation? {
    guard let process = process(of: notification.thread, reader) else { return nil }
    var program = programs[process] ?? begin()
    let isThere = exists()
    let fact = Fact(serial: program.serial, kind: kind, path: path, exists: isThere).hashValue
    guard kind == .exec || !seen.contains(fact), listener.isWaiting(notification) else {
      return nil
    }
    guard seen.count < Self.capacity else {
      unlisted += 1
      return nil
    }
    var caller: ProcessTrace?
    if kind == .exec || !program.isTold {
      let trace = reader.trace(thread: notification.thread)
      // Not the sandbox's program yet, but what is going to execute it.
      guard !trace.processes.isEmpty else { return nil }
      caller = trace
    }
    let observation = Observation(
      kind: kind, path: String(decoding: path, as: UTF8.self), arguments: arguments(),
      exists: isThere, pid: process.id, caller: caller)
    guard listener.isWaiting(notification) else { return nil }
    seen.insert(fact)
    program.isTold = true
    // An exec makes it another program, or so we take it: whether it succeeds shows only later.
    programs[process] = kind == .exec ? begin() : program
    return observation
  }

  private mutating func process(
    of thread: Int32, _ reader: ProcessReader
  ) -> ProcessReader.Identity? {
    guard let identity = reader.identity(of: thread) else { return nil }
    if let known = threads[identity] { return known }
    guard let process = reader.identity(of: reader.group(of: thread)) else { return nil }
    if threads.count == Self.mostProcesses {
      threads.removeAll(keepingCapacity: true)
      programs.removeAll(keepingCapacity: true)
    }
    threads[identity] = process
    return process
  }

  private mutating func begin() -> Program {
    serials += 1
    return Program(serial: serials, isTold: false)
  }
}
