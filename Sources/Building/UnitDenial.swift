internal import Reading
public import Sandboxing

/// A refused system call, how often the same was tried, and the unit of the build that tried it.
public struct UnitDenial: Sendable, Equatable {
  /// The first of them.
  public let denial: Denial
  public let unit: Unit
  public let count: Int

  public init(denial: Denial, unit: Unit, count: Int = 1) {
    self.denial = denial
    self.unit = unit
    self.count = count
  }

  /// The caller's file, a path inside the sandbox.
  public var executable: String { denial.caller.processes.first?.executable ?? "" }

  /// Whether it tries the same as another: such denials are counted, not listed.
  func isSame(as other: UnitDenial) -> Bool {
    denial.category == other.denial.category && denial.error == other.denial.error
      && denial.call.utf8.elementsEqual(other.denial.call.utf8) && unit == other.unit
      && executable.utf8.elementsEqual(other.executable.utf8)
  }
}

extension [UnitDenial] {
  /// Without attempts to make a socket where the same unit is seen using one: that tells more.
  public var mostTelling: [UnitDenial] {
    filter { one in
      !one.isSocket
        || !contains { $0.unit == one.unit && $0.denial.category == .network && !$0.isSocket }
    }
  }
}

extension UnitDenial {
  /// Whether the call only makes a socket, and does not say for what.
  public var isSocket: Bool { denial.call.hasPrefix("socket(") }
}
