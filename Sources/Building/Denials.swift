public import Reading
public import Sandboxing

/// The calls that a sandbox refused, with the units that tried them.
public struct Denials: Sendable, Equatable {
  /// The same calls of the same unit are one entry; in the order in which they were first tried.
  public private(set) var listed: [UnitDenial] = []
  /// How many attempts are not in the list, because there were too many different ones.
  public var unlisted: Int

  public init(_ listed: [UnitDenial] = [], unlisted: Int = 0) {
    self.unlisted = unlisted
    for denial in listed { add(denial) }
  }

  /// What a sandbox has counted.
  public init(
    _ counted: [(denial: Denial, count: Int)], unlisted: Int, unit: (ProcessTrace) -> Unit
  ) {
    self.init(
      counted.map { denial, count in
        UnitDenial(denial: denial, unit: unit(denial.caller), count: count)
      }, unlisted: unlisted)
  }

  /// The kinds of attempts. Those that are not listed can be of every kind.
  public var categories: Set<Profile.Category> {
    Set(unlisted > 0 ? Profile.Category.allCases : listed.map(\.denial.category))
  }

  /// Whether it is the first of its kind; else it is only counted.
  @discardableResult
  public mutating func add(_ new: UnitDenial) -> Bool {
    guard let index = listed.firstIndex(where: { $0.isSame(as: new) }) else {
      listed.append(new)
      return true
    }
    let known = listed[index]
    listed[index] = UnitDenial(
      denial: known.denial, unit: known.unit, count: known.count + new.count)
    return false
  }

  /// Whether the same was tried.
  public func contains(_ denial: UnitDenial) -> Bool {
    listed.contains { $0.isSame(as: denial) }
  }

  /// One list for all legs: what several tried is one entry, with the highest count of a leg.
  public static func merged(_ legs: [Denials]) -> [UnitDenial] {
    var merged: [UnitDenial] = []
    for denial in legs.flatMap(\.listed) {
      if let index = merged.firstIndex(where: { $0.isSame(as: denial) }) {
        if denial.count > merged[index].count { merged[index] = denial }
      } else {
        merged.append(denial)
      }
    }
    return merged
  }
}
