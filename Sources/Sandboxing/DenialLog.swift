internal import Linux
internal import Reading

/// The denials of one sandbox: equal ones are counted, and only so many different ones are kept, so
/// that a program that asks again and again costs no memory.
struct DenialLog {
  /// Most different denials that are kept.
  static let capacity = 256
  private static let mostSightings = 4096

  /// A call of a program that may have made it before.
  private struct Sighting: Hashable {
    let caller: ProcessReader.Identity
    let executable: String
    let attempt: Attempt
  }

  private struct Attempt: Hashable {
    let category: Profile.Category
    let call: String
    let error: ErrorName
  }

  /// What makes a denial another one.
  private struct Kind: Hashable {
    struct Link: Hashable {
      let executable: String
      let environment: [String: String]
      let libraries: [String]
    }

    let attempt: Attempt
    let line: [Link]
  }

  private(set) var entries: [(denial: Denial, count: Int)] = []
  private(set) var unlisted = 0
  private var indices: [Kind: Int] = [:]
  private var sightings: [Sighting: Int] = [:]

  /// Notes a call that waits for its answer. What was read of its caller counts only if it still
  /// waits after that.
  ///
  /// - Returns: the denial when it is a new one.
  mutating func note(
    category: Profile.Category, call: String, error: ErrorName,
    by notification: SyscallListener.Notification, listener: borrowing SyscallListener,
    reader: ProcessReader
  ) -> Denial? {
    let thread = notification.thread
    let attempt = Attempt(category: category, call: call, error: error)
    let caller = reader.identity(of: thread)
    let sighting = caller.map {
      Sighting(caller: $0, executable: reader.executable(of: thread), attempt: attempt)
    }
    if let sighting, let index = sightings[sighting] {
      if listener.isWaiting(notification) { entries[index].count += 1 }
      return nil
    }
    guard entries.count < Self.capacity else {
      unlisted += 1
      return nil
    }
    let trace = reader.trace(thread: thread)
    guard listener.isWaiting(notification) else { return nil }
    let kind = Kind(
      attempt: attempt,
      line: trace.processes.map {
        .init(executable: $0.executable, environment: $0.environment, libraries: $0.libraries)
      })
    let known = indices[kind]
    let index = known ?? entries.count
    if let sighting {
      if sightings.count == Self.mostSightings { sightings.removeAll(keepingCapacity: true) }
      sightings[sighting] = index
    }
    if known != nil {
      entries[index].count += 1
      return nil
    }
    let denial = Denial(category: category, call: call, error: error, caller: trace)
    indices[kind] = index
    entries.append((denial, 1))
    return denial
  }
}
