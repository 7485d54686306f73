internal import Failing

/// Bytes of a file with the numbers and texts in them. Reading outside is nil, never a trap.
struct Contents {
  let bytes: [UInt8]
  var isBigEndian = false

  var count: Int { bytes.count }

  /// The unsigned integer of `size` bytes, at most 8.
  func integer(at offset: Int, size: Int) -> UInt64? {
    guard offset >= 0, 1...8 ~= size, offset <= bytes.count - size else { return nil }
    var value: UInt64 = 0
    for index in 0..<size {
      value = value << 8 | UInt64(bytes[offset + (isBigEndian ? index : size - 1 - index)])
    }
    return value
  }

  /// The bytes from `offset` to a zero, which must follow; nil beyond `limit`.
  func string(at offset: Int, limit: Int = 4096) -> ArraySlice<UInt8>? {
    guard offset >= 0, offset < bytes.count else { return nil }
    let tail = bytes[offset..<min(bytes.count, offset + limit + 1)]
    return tail.firstIndex(of: 0).map { tail[..<$0] }
  }

  /// The bytes of `range` that exist.
  subscript(range: Range<Int>) -> ArraySlice<UInt8> {
    bytes[range.clamped(to: 0..<bytes.count)]
  }
}

/// How bytes are shown to people.
enum Excerpt {
  static let limit = 96

  /// As text where all of it can be seen, else in hexadecimal; shortened in the middle.
  static func show(_ bytes: some BidirectionalCollection<UInt8>) -> String {
    if !bytes.isEmpty, bytes.allSatisfy({ 0x20...0x7E ~= $0 }) { return text(bytes) }
    let shown = bytes.prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined(separator: " ")
    return bytes.count > 16 ? "\(shown) … (\(bytes.count) bytes)" : shown
  }

  static func text(_ bytes: some BidirectionalCollection<UInt8>) -> String {
    guard bytes.count > limit else {
      return String(decoding: bytes, as: UTF8.self).printable
    }
    return String(decoding: bytes.prefix(limit / 2), as: UTF8.self).printable + "…"
      + String(decoding: bytes.suffix(limit / 2), as: UTF8.self).printable
  }

  /// Names of symbols and parts: what is not ASCII as `\xNN`, so that names that differ in bytes
  /// are not alike in Unicode.
  static func name(_ bytes: some Collection<UInt8>) -> String {
    if bytes.allSatisfy({ 0x20...0x7E ~= $0 }) { return String(decoding: bytes, as: UTF8.self) }
    return bytes.map { byte in
      0x20...0x7E ~= byte
        ? String(UnicodeScalar(byte)) : "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    }.joined()
  }

  static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
