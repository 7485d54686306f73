/// Base64 (RFC 4648), strictly: padded, without white space, and with unused bits zero, so that of
/// each alphabet one text stands for each sequence of bytes.
public enum Base64 {
  /// RFC 4648, 4: with `+` and `/`.
  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text of bytes, in the standard alphabet with padding.
  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for position in 0..<4 {
        let digit = Int(bits >> UInt32(18 - 6 * position) & 63)
        text.append(position <= group.count ? standard[digit] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text in the standard alphabet; nil for anything else.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    decode(text, last: (UInt8(ascii: "+"), UInt8(ascii: "/")))
  }

  /// The bytes of a text in the standard alphabet or in the one for URLs (RFC 4648, 5), not in a
  /// mixture; nil for anything else.
  public static func decodeEither(_ text: some Collection<UInt8>) -> [UInt8]? {
    decode(text) ?? decode(text, last: (UInt8(ascii: "-"), UInt8(ascii: "_")))
  }

  private static func decode(
    _ text: some Collection<UInt8>, last: (UInt8, UInt8)
  ) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    var padding = 0
    for digit in text {
      if digit == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let value = value(of: digit, last) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    return padding <= 2 && bits == 0 ? bytes : nil
  }

  private static func value(of digit: UInt8, _ last: (UInt8, UInt8)) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case last.0: 62
    case last.1: 63
    default: nil
    }
  }
}
