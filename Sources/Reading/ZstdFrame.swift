/// Follows the blocks of one Zstandard frame without expanding it (RFC 8878, 3.1.1), so that what it
/// claims is known before a decompressor sees it: one frame of a stated size and nothing else.
public struct ZstdFrame: Sendable {
  private enum State {
    case header
    case block
    /// Bytes of a block that are not looked at, and whether it is the last block.
    case body(Int, isLast: Bool)
    case checksum(Int)
    case end
  }

  /// Bytes that the frame says it holds; nil until that was read.
  public private(set) var contentSize: Int64?
  private var state = State.header
  private var pending: [UInt8] = []

  /// What zstd(1) expands without being asked for more memory.
  static let windowLimit: Int64 = 128 << 20
  /// Most bytes of a block (RFC 8878, 3.1.1.2.4).
  static let blockLimit = 128 << 10

  public init() {}

  /// Takes the next bytes.
  public mutating func take(_ bytes: ArraySlice<UInt8>) throws(KitError) {
    var rest = bytes
    while let byte = rest.first {
      switch state {
      case .header:
        pending.append(byte)
        rest.removeFirst()
        try readHeader()
      case .block:
        pending.append(byte)
        rest.removeFirst()
        if pending.count == 3 { try readBlockHeader() }
      case .body(let left, let isLast):
        let count = min(left, rest.count)
        rest = rest.dropFirst(count)
        advance(past: left - count, isLast)
      case .checksum(let left):
        let count = min(left, rest.count)
        rest = rest.dropFirst(count)
        state = count == left ? .end : .checksum(left - count)
      case .end: throw KitError(.frameTrailingData)
      }
    }
  }

  /// Ends the input.
  ///
  /// - Returns: the bytes that the frame says it holds.
  public func finish() throws(KitError) -> Int64 {
    guard case .end = state, let contentSize else { throw KitError(.frameTruncated) }
    return contentSize
  }

  private mutating func readHeader() throws(KitError) {
    let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    guard magic.starts(with: pending.prefix(4)) || pending.starts(with: magic) else {
      throw KitError(.notCompressed)
    }
    guard pending.count > 4 else { return }
    let descriptor = pending[4]
    let isSingle = descriptor & 0x20 != 0
    guard descriptor & 0x08 == 0 else { throw KitError(.unsupportedFrame("has a reserved bit")) }
    guard descriptor & 0x03 == 0 else { throw KitError(.unsupportedFrame("needs a dictionary")) }
    guard descriptor & 0x04 != 0 else { throw KitError(.unsupportedFrame("has no checksum")) }
    let sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
    guard sizeBytes > 0 else { throw KitError(.unsupportedFrame("does not say its size")) }
    guard pending.count == 5 + (isSingle ? 0 : 1) + sizeBytes else { return }
    var size = pending.suffix(sizeBytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if sizeBytes == 2 { size += 256 }
    guard let contentSize = Int64(exactly: size) else {
      throw KitError(.unsupportedFrame("says a size that no file has"))
    }
    var window = contentSize
    if !isSingle {
      let base = Int64(1) << (10 + pending[5] >> 3)
      window = base + base / 8 * Int64(pending[5] & 7)
    }
    guard window <= Self.windowLimit else {
      throw KitError(.unsupportedFrame("needs \(window) bytes of memory"))
    }
    self.contentSize = contentSize
    pending = []
    state = .block
  }

  private mutating func readBlockHeader() throws(KitError) {
    let header = Int(pending[0]) | Int(pending[1]) << 8 | Int(pending[2]) << 16
    pending = []
    let size = header >> 3
    guard size <= Self.blockLimit else {
      throw KitError(.unsupportedFrame("has a block of \(size) bytes"))
    }
    switch header >> 1 & 3 {
    case 0, 2: advance(past: size, header & 1 == 1)
    // One byte, to be repeated.
    case 1: advance(past: 1, header & 1 == 1)
    default: throw KitError(.unsupportedFrame("has a block of a reserved type"))
    }
  }

  private mutating func advance(past left: Int, _ isLast: Bool) {
    state = left > 0 ? .body(left, isLast: isLast) : isLast ? .checksum(4) : .block
  }
}
