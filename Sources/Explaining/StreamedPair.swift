internal import Comparing

/// Regions too large to be held in memory, compared place by place.
enum StreamedPair {
  private static let windowSize = 1 << 20

  /// How many bytes differ at the same place; those that only one has do.
  static func differingBytes(_ a: Region, _ b: Region) throws(ComparingError) -> Int64 {
    var bytes: Int64 = 0
    try scan(a, b) { gap, _, _, _ in bytes += Int64(gap.count) }
    return bytes + abs(a.size - b.size)
  }

  /// Whether two regions of one size hold the same bytes.
  static func areEqual(_ a: Region, _ b: Region) throws(ComparingError) -> Bool {
    var first = [UInt8](repeating: 0, count: windowSize)
    var second = first
    var offset: Int64 = 0
    while offset < a.size {
      let count = Int(min(Int64(windowSize), a.size - offset))
      try a.read(at: offset, into: &first, count: count)
      try b.read(at: offset, into: &second, count: count)
      if first != second { return false }
      offset += Int64(count)
    }
    return true
  }

  /// Hands over each run of differing bytes that lies in one window, with both windows and the
  /// offset of them.
  static func scan(
    _ a: Region, _ b: Region, _ receive: (Range<Int>, [UInt8], [UInt8], Int64) -> Void
  ) throws(ComparingError) {
    var first = [UInt8](repeating: 0, count: windowSize)
    var second = first
    let common = min(a.size, b.size)
    var offset: Int64 = 0
    while offset < common {
      let count = Int(min(Int64(windowSize), common - offset))
      try a.read(at: offset, into: &first, count: count)
      try b.read(at: offset, into: &second, count: count)
      // Whole windows are compared at the speed of memory.
      if first != second {
        var index = 0
        while index < count {
          if first[index] == second[index] {
            index += 1
            continue
          }
          let start = index
          while index < count, first[index] != second[index] { index += 1 }
          receive(start..<index, first, second, offset)
        }
      }
      offset += Int64(count)
    }
  }
}
