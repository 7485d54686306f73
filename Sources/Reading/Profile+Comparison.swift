extension Profile {
  /// A test that libseccomp knows (seccomp_rule_add(3), `SCMP_CMP_*`).
  public struct Comparison: Sendable, Hashable {
    public enum Operation: Sendable, Hashable {
      case less, lessOrEqual, equal, notEqual, greaterOrEqual, greater
      /// (argument & mask) == value
      case maskedEqual(mask: UInt64)
    }

    public let argument: Int
    public let operation: Operation
    public let value: UInt64
  }
}

extension Profile.Condition {
  /// Comparisons of libseccomp; the condition holds when any of them does.
  public var comparisons: [Profile.Comparison] {
    func comparison(
      _ operation: Profile.Comparison.Operation, _ value: UInt64
    ) -> Profile.Comparison {
      Profile.Comparison(argument: argument, operation: operation, value: value)
    }
    switch test {
    case .less(let value): return [comparison(.less, value)]
    case .lessOrEqual(let value): return [comparison(.lessOrEqual, value)]
    case .greater(let value): return [comparison(.greater, value)]
    case .greaterOrEqual(let value): return [comparison(.greaterOrEqual, value)]
    case .oneOf(let values, .max): return values.map { comparison(.equal, $0) }
    case .oneOf(let values, let mask):
      return values.map { comparison(.maskedEqual(mask: mask), $0) }
    case .noneOf(let values, .max) where values.count == 1:
      return [comparison(.notEqual, values[0])]
    case .noneOf(let values, let mask):
      return Self.complement(of: values, mask: mask).map { part in
        comparison(.maskedEqual(mask: part.mask), part.value)
      }
    case .anyBit(let bits):
      return (0..<64).map { 1 << UInt64($0) }.filter { bits & $0 != 0 }.map { bit in
        comparison(.maskedEqual(mask: bit), bit)
      }
    }
  }

  /// The numbers below a mask that are none of the given ones, as masked equalities: libseccomp can
  /// test an argument only once per rule, so "neither a nor b" has to be said by prefixes, as
  /// netmasks do. At every bit, from the highest, the half without any of the numbers is one part.
  private static func complement(
    of values: [UInt64], mask: UInt64
  ) -> [(value: UInt64, mask: UInt64)] {
    var parts: [(value: UInt64, mask: UInt64)] = []
    var groups: [(prefix: UInt64, values: [UInt64])] = [(0, values)]
    var seen: UInt64 = 0
    for shift in (0..<64).reversed() {
      let bit: UInt64 = 1 << UInt64(shift)
      guard mask & bit != 0 else { continue }
      seen |= bit
      var next: [(prefix: UInt64, values: [UInt64])] = []
      for group in groups {
        for side in [0, bit] {
          let inside = group.values.filter { $0 & bit == side }
          if inside.isEmpty {
            parts.append((group.prefix | side, seen))
          } else {
            next.append((group.prefix | side, inside))
          }
        }
      }
      groups = next
    }
    return parts
  }

  /// Whether an argument passes the test.
  func holds(for argument: UInt64) -> Bool {
    switch test {
    case .less(let value): argument < value
    case .lessOrEqual(let value): argument <= value
    case .greater(let value): argument > value
    case .greaterOrEqual(let value): argument >= value
    case .oneOf(let values, let mask): values.contains(argument & mask)
    case .noneOf(let values, let mask): !values.contains(argument & mask)
    case .anyBit(let bits): argument & bits != 0
    }
  }
}

extension Profile.Rule {
  /// Whether there are arguments for which both rules hold.
  func overlaps(_ other: Profile.Rule) -> Bool {
    alternatives.contains { mine in
      other.alternatives.contains { theirs in
        mine.allSatisfy { comparison in
          theirs.allSatisfy { $0.argument != comparison.argument || $0.meets(comparison) }
        }
      }
    }
  }
}

extension Profile.Comparison {
  /// The set of arguments that pass, as a range and the bits that are fixed; `notEqual` is the one
  /// operation that is neither.
  private var range: (first: UInt64, last: UInt64, mask: UInt64, bits: UInt64)? {
    switch operation {
    case .less: value == 0 ? (1, 0, 0, 0) : (0, value - 1, 0, 0)
    case .lessOrEqual: (0, value, 0, 0)
    case .equal: (value, value, .max, value)
    case .notEqual: nil
    case .greaterOrEqual: (value, .max, 0, 0)
    case .greater: value == .max ? (1, 0, 0, 0) : (value + 1, .max, 0, 0)
    case .maskedEqual(let mask): (0, .max, mask, value)
    }
  }

  /// Whether an argument can pass both comparisons.
  func meets(_ other: Profile.Comparison) -> Bool {
    switch (range, other.range) {
    case (nil, nil): return true
    case (nil, let range?): return Self.hasMember(range, otherThan: value)
    case (let range?, nil): return Self.hasMember(range, otherThan: other.value)
    case (let a?, let b?):
      guard a.bits & b.mask == b.bits & a.mask else { return false }
      let both = (
        first: max(a.first, b.first), last: min(a.last, b.last), mask: a.mask | b.mask,
        bits: a.bits | b.bits
      )
      return Self.firstMember(both) != nil
    }
  }

  private static func hasMember(
    _ range: (first: UInt64, last: UInt64, mask: UInt64, bits: UInt64), otherThan value: UInt64
  ) -> Bool {
    guard let first = firstMember(range) else { return false }
    guard first == value else { return true }
    guard value < range.last else { return false }
    return firstMember((value + 1, range.last, range.mask, range.bits)) != nil
  }

  /// The least number of the range with the fixed bits: the bits above some place are those of
  /// `first`, the bit there is raised, and below it as little as possible is set.
  private static func firstMember(
    _ range: (first: UInt64, last: UInt64, mask: UInt64, bits: UInt64)
  ) -> UInt64? {
    guard range.first <= range.last else { return nil }
    if range.first & range.mask == range.bits { return range.first }
    for shift in UInt64(0)..<64 {
      let bit: UInt64 = 1 << shift
      let below = bit - 1
      guard range.first & bit == 0 else { continue }
      let candidate = (range.first & ~below) | bit | (range.bits & below)
      if candidate & range.mask == range.bits { return candidate <= range.last ? candidate : nil }
    }
    return nil
  }
}
