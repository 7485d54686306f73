/// Random numbers that only seem to be: what getrandom(2) gives inside when a run can be repeated.
/// Every thread gets the same numbers, its first call the first ones, so that they depend neither on
/// its number nor on what others do. Two threads that give a file the same random name find that out,
/// and ask again.
struct RandomNumbers {
  private let seed: UInt64
  private var drawn: [Int32: Drawn] = [:]

  /// How often a thread has asked.
  private struct Drawn {
    let started: UInt64
    var calls: UInt64
  }

  /// Threads to remember. When there are more, all are forgotten and begin anew.
  private static let mostThreads = 1 << 16
  /// Bytes that one call gets at most; those of up to 256 are never cut short (getrandom(2)).
  private static let mostBytes: UInt64 = 4096

  init(seed: UInt64) {
    self.seed = seed
  }

  /// Draws the bytes for the next call of a thread.
  ///
  /// - Parameters:
  ///   - count: what it asks for.
  ///   - thread: its number, which another may have had before.
  ///   - started: when it began.
  /// - Returns: as many bytes as it asks for, or fewer.
  mutating func next(_ count: UInt64, thread: Int32, started: UInt64) -> [UInt8] {
    if drawn.count >= Self.mostThreads { drawn = [:] }
    var own = drawn[thread] ?? Drawn(started: started, calls: 0)
    if own.started != started { own = Drawn(started: started, calls: 0) }
    defer { drawn[thread] = own }
    own.calls += 1
    var state = Self.mixed(Self.mixed(seed) &+ own.calls)
    var bytes: [UInt8] = []
    let wanted = Int(min(count, Self.mostBytes))
    bytes.reserveCapacity(wanted + 8)
    while bytes.count < wanted {
      state &+= 0x9e37_79b9_7f4a_7c15
      let word = Self.mixed(state)
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return Array(bytes.prefix(wanted))
  }

  /// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
  /// 2014).
  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
