/// The two buffers through which regions are compared, so that files of any size cost the same
/// memory.
struct PairedBuffers {
  static let size = 1 << 20

  private var first = [UInt8](repeating: 0, count: size)
  private var second = [UInt8](repeating: 0, count: size)

  /// Fills both buffers with the bytes that the two regions have at `offset`.
  mutating func fill(
    _ a: Region, _ b: Region, at offset: Int64, count: Int
  ) throws(ComparingError) {
    try a.read(at: offset, into: &first, count: count)
    try b.read(at: offset, into: &second, count: count)
  }

  /// The first index in `range` where the buffers differ.
  func mismatch(in range: Range<Int>) -> Int? {
    for index in range where first[index] != second[index] { return index }
    return nil
  }

  /// Whether two regions hold the same bytes.
  mutating func areEqual(_ a: Region, _ b: Region) throws(ComparingError) -> Bool {
    guard a.size == b.size else { return false }
    var offset: Int64 = 0
    while offset < a.size {
      let count = Int(min(Int64(Self.size), a.size - offset))
      try fill(a, b, at: offset, count: count)
      if mismatch(in: 0..<count) != nil { return false }
      offset += Int64(count)
    }
    return true
  }
}
