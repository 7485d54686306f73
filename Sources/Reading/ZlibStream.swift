/// Packs and unpacks zlib streams (RFC 1950, RFC 1951) of bounded size.
///
/// Written here because a section of some kilobytes does not justify a library that every build of
/// cupel would have to carry, and hostile input had better meet bounds-checked code. Checksums are
/// not verified: what is unpacked is compared and shown, not trusted.
public struct ZlibStream {
  private struct Invalid: Error {}

  private let input: [UInt8]
  private let limit: Int
  private var position = 2
  private var bits: UInt32 = 0
  private var bitCount: UInt32 = 0
  private var output: [UInt8] = []

  private init(_ input: [UInt8], limit: Int) {
    self.input = input
    self.limit = limit
  }

  /// A stream of stored blocks, which every reader takes and whose bytes follow from the input alone.
  public static func pack(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(0xFFFF)
      rest = rest.dropFirst(block.count)
      let length = UInt16(block.count)
      stream.append(rest.isEmpty ? 1 : 0)
      for value in [length, ~length] { stream += [UInt8(value & 0xFF), UInt8(value >> 8)] }
      stream += block
    } while !rest.isEmpty
    let checksum = adler32(bytes)
    for shift in stride(from: 24, through: 0, by: -8) {
      stream.append(UInt8(truncatingIfNeeded: checksum >> UInt32(shift)))
    }
    return stream
  }

  /// RFC 1950, section 8.2.
  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var low: UInt32 = 1
    var high: UInt32 = 0
    for byte in bytes {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return high << 16 | low
  }

  /// Nil for broken streams and beyond `limit` bytes.
  public static func unpack(_ input: [UInt8], limit: Int) -> [UInt8]? {
    guard input.count > 2, input[0] & 15 == 8, input[1] & 0x20 == 0,
      (Int(input[0]) << 8 | Int(input[1])) % 31 == 0
    else { return nil }
    var stream = ZlibStream(input, limit: limit)
    do {
      try stream.run()
    } catch {
      return nil
    }
    return stream.output
  }

  private mutating func run() throws(Invalid) {
    var isLast = false
    while !isLast {
      isLast = try take(1) == 1
      switch try take(2) {
      case 0: try copyStored()
      case 1:
        try inflate(
          Huffman(
            [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
              + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)),
          Huffman([UInt8](repeating: 5, count: 30)))
      case 2:
        let (lengths, distances) = try tables()
        try inflate(lengths, distances)
      default: throw Invalid()
      }
    }
  }

  private mutating func take(_ count: UInt32) throws(Invalid) -> Int {
    while bitCount < count {
      guard position < input.count else { throw Invalid() }
      bits |= UInt32(input[position]) << bitCount
      position += 1
      bitCount += 8
    }
    let value = bits & ((1 << count) - 1)
    bits >>= count
    bitCount -= count
    return Int(value)
  }

  private mutating func copyStored() throws(Invalid) {
    bits = 0
    bitCount = 0
    let length = try take(16)
    let complement = try take(16)
    guard length ^ complement == 0xFFFF, length <= input.count - position,
      output.count + length <= limit
    else { throw Invalid() }
    output += input[position..<(position + length)]
    position += length
  }

  /// A canonical code, decoded length by length.
  private struct Huffman {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    init(_ lengths: [UInt8]) {
      for length in lengths where length > 0 { counts[Int(length)] += 1 }
      for length in 1..<16 {
        for (symbol, own) in lengths.enumerated() where own == length { symbols.append(symbol) }
      }
    }
  }

  private mutating func symbol(_ code: Huffman) throws(Invalid) -> Int {
    var value = 0
    var first = 0
    var index = 0
    for length in 1..<16 {
      value |= try take(1)
      let count = code.counts[length]
      if value - count < first {
        let place = index + value - first
        guard code.symbols.indices.contains(place) else { throw Invalid() }
        return code.symbols[place]
      }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw Invalid()
  }

  private mutating func tables() throws(Invalid) -> (Huffman, Huffman) {
    let lengthCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let codeCount = try take(4) + 4
    var codeLengths = [UInt8](repeating: 0, count: 19)
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for index in order.prefix(codeCount) { codeLengths[index] = UInt8(try take(3)) }
    let code = Huffman(codeLengths)
    var lengths: [UInt8] = []
    while lengths.count < lengthCount + distanceCount {
      let symbol = try symbol(code)
      switch symbol {
      case 0..<16: lengths.append(UInt8(symbol))
      case 16:
        guard let last = lengths.last else { throw Invalid() }
        lengths += [UInt8](repeating: last, count: 3 + (try take(2)))
      case 17: lengths += [UInt8](repeating: 0, count: 3 + (try take(3)))
      default: lengths += [UInt8](repeating: 0, count: 11 + (try take(7)))
      }
    }
    guard lengths.count == lengthCount + distanceCount else { throw Invalid() }
    return (Huffman(Array(lengths[..<lengthCount])), Huffman(Array(lengths[lengthCount...])))
  }

  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let lengthExtras: [UInt32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
    3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  private static let distanceExtras: [UInt32] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
  ]

  private mutating func inflate(_ lengths: Huffman, _ distances: Huffman) throws(Invalid) {
    while true {
      let value = try symbol(lengths)
      if value == 256 { return }
      if value < 256 {
        guard output.count < limit else { throw Invalid() }
        output.append(UInt8(value))
        continue
      }
      guard value - 257 < Self.lengthBases.count else { throw Invalid() }
      let length = Self.lengthBases[value - 257] + (try take(Self.lengthExtras[value - 257]))
      let code = try symbol(distances)
      guard code < Self.distanceBases.count else { throw Invalid() }
      let distance = Self.distanceBases[code] + (try take(Self.distanceExtras[code]))
      guard distance <= output.count, output.count + length <= limit else { throw Invalid() }
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }
}
