/// Fixed-width integers at fixed places of a header.
struct Fields {
  let bytes: [UInt8]
  let isBigEndian: Bool

  /// The unsigned integer of `size` bytes at `offset`; nil outside the header and for 2⁶³ and more,
  /// which no offset or size in a file can be.
  func integer(at offset: Int, size: Int) -> Int64? {
    bits(at: offset, size: size).flatMap { Int64(exactly: $0) }
  }

  /// The same for addresses, which may use all 64 bits.
  func bits(at offset: Int, size: Int) -> UInt64? {
    guard offset >= 0, size <= 8, offset <= bytes.count - size else { return nil }
    var value: UInt64 = 0
    for index in 0..<size {
      let byte = bytes[offset + (isBigEndian ? index : size - 1 - index)]
      value = value << 8 | UInt64(byte)
    }
    return value
  }
}
