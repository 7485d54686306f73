/// The fingerprint of an OpenPGP key, which tells it from all others: 40 hexadecimal digits for a key
/// of version 4 (RFC 4880, 12.2), 64 for one of version 6 (RFC 9580, 5.5.4).
public struct KeyFingerprint: Hashable, Sendable, CustomStringConvertible {
  /// Upper-case digits without spaces.
  public let description: String

  /// Takes digits of either case, with spaces wherever they stand; nil for anything else.
  public init?(_ text: some StringProtocol) {
    var digits: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: " "): continue
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"):
        digits.append(byte)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(byte - 0x20)
      default: return nil
      }
    }
    guard digits.count == 40 || digits.count == 64 else { return nil }
    description = String(decoding: digits, as: UTF8.self)
  }
}
