internal import Linux
private import Synchronization

/// Tells all legs to stop, and why: a descriptor that becomes readable, and stays so.
final class StopSignal: Sendable {
  private let readEnd: Descriptor
  private let writeEnd: Descriptor
  private let first = Mutex<BuildingError?>(nil)

  init() throws(BuildingError) {
    do {
      var pipe = try DescriptorPair.pipe()
      readEnd = pipe.takeFirst()
      writeEnd = pipe.takeSecond()
    } catch {
      throw .system("preparing the build", error)
    }
  }

  var descriptor: Int32 { readEnd.raw }

  /// What it was first raised for; what comes later may only be a consequence.
  var reason: BuildingError? { first.withLock { $0 } }

  func raise(_ reason: BuildingError) {
    first.withLock { first in
      if first == nil { first = reason }
    }
    try? writeEnd.write([1])
  }
}
