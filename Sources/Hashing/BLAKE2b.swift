/// BLAKE2b without a key (RFC 7693), of any length up to 64 bytes.
///
/// For a few bytes: long messages are hashed faster by `MessageDigest`, which knows only the length of
/// 64. The length is part of what is hashed, so a shorter digest is not the beginning of a longer one.
public enum BLAKE2b {
  private static let blockSize = 128

  private static let initial: [UInt64] = [
    0x6A09_E667_F3BC_C908, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1, 0x9B05_688C_2B3E_6C1F, 0x1F83_D9AB_FB41_BD6B, 0x5BE0_CD19_137E_2179,
  ]

  /// RFC 7693, 2.7; rounds 10 and 11 use the first two again.
  private static let schedule: [[Int]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
  ]

  /// The digest of `message`, `length` bytes long.
  public static func hash(_ message: [UInt8], length: Int) -> [UInt8] {
    precondition((1...64).contains(length))
    var state = initial
    state[0] ^= 0x0101_0000 ^ UInt64(length)
    var offset = 0
    repeat {
      let block = message[offset..<min(offset + blockSize, message.count)]
      offset += block.count
      compress(&state, block, hashed: UInt64(offset), isLast: offset == message.count)
    } while offset < message.count
    return (0..<length).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64($0 % 8 * 8)) }
  }

  private static func compress(
    _ state: inout [UInt64], _ block: ArraySlice<UInt8>, hashed: UInt64, isLast: Bool
  ) {
    var words = [UInt64](repeating: 0, count: 16)
    for (index, byte) in block.enumerated() {
      words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
    }
    var v = state + initial
    v[12] ^= hashed
    if isLast { v[14] = ~v[14] }
    func mix(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ x: UInt64, _ y: UInt64) {
      v[a] = v[a] &+ v[b] &+ x
      v[d] = rotated(v[d] ^ v[a], 32)
      v[c] = v[c] &+ v[d]
      v[b] = rotated(v[b] ^ v[c], 24)
      v[a] = v[a] &+ v[b] &+ y
      v[d] = rotated(v[d] ^ v[a], 16)
      v[c] = v[c] &+ v[d]
      v[b] = rotated(v[b] ^ v[c], 63)
    }
    for round in 0..<12 {
      let order = schedule[round % 10].map { words[$0] }
      mix(0, 4, 8, 12, order[0], order[1])
      mix(1, 5, 9, 13, order[2], order[3])
      mix(2, 6, 10, 14, order[4], order[5])
      mix(3, 7, 11, 15, order[6], order[7])
      mix(0, 5, 10, 15, order[8], order[9])
      mix(1, 6, 11, 12, order[10], order[11])
      mix(2, 7, 8, 13, order[12], order[13])
      mix(3, 4, 9, 14, order[14], order[15])
    }
    for index in 0..<8 { state[index] ^= v[index] ^ v[index + 8] }
  }

  private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
    word >> count | word << (64 - count)
  }
}
