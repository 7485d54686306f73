/// Numbers that follow from a seed: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
/// Number Generators, 2014).
struct Draw {
  private var state: UInt64

  /// Each variation has a stream of its own, so that its values are the same whichever others are
  /// chosen beside it: the state begins with the seed plus the FNV-1a hash of its name.
  init(seed: UInt64, for variation: Variation) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in variation.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    state = seed &+ hash
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// The remainder of the next number. That small ones are a little more probable does not matter here.
  mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// A number of the range that is not `other`; `other` where there is none.
  mutating func number(_ range: ClosedRange<Int64>, but other: Int64) -> Int64 {
    guard range.contains(other) else { return number(range) }
    guard range.count > 1 else { return other }
    let drawn = number(range.lowerBound...range.upperBound - 1)
    return drawn < other ? drawn : drawn + 1
  }

  /// A number that JSON holds exactly (RFC 7493 section 2.2), and that is none of the fixed ones.
  mutating func seed() -> UInt64 { UInt64(number(3...(1 << 53) - 1)) }

  mutating func one<Element>(of elements: [Element]) -> Element {
    elements[Int(number(0...Int64(elements.count - 1)))]
  }

  /// Lower-case letters.
  mutating func word(_ lengths: ClosedRange<Int64>) -> String {
    let letters = (0..<number(lengths)).map { _ in
      UInt8(ascii: "a") + UInt8(truncatingIfNeeded: number(0...25))
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
