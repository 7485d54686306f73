/// A SHA-256 digest (FIPS 180-4): 32 bytes, printed as lower-case hexadecimal.
public struct Digest: Hashable, Sendable {
  /// The 32 bytes in order.
  public let bytes: [UInt8]

  init(trusted bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Nil unless `bytes` holds exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// Parses 64 lower-case hexadecimal digits; nil for anything else.
  public init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = Self.nibble(digits[index]), let low = Self.nibble(digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// Parses `sha256:` followed by 64 lower-case hexadecimal digits; nil for anything else.
  public init?(prefixed text: some StringProtocol) {
    guard text.hasPrefix("sha256:") else { return nil }
    self.init(hex: text.dropFirst(7))
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String { hexadecimal(bytes) }

  /// The digest of `bytes`.
  public static func hashing(_ bytes: [UInt8]) -> Digest {
    var hasher = Hasher()
    hasher.update(bytes)
    return hasher.finish()
  }

  /// The digest of `text` encoded as UTF-8.
  public static func hashing(_ text: String) -> Digest {
    hashing(Array(text.utf8))
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

extension Digest: Comparable {
  public static func < (left: Digest, right: Digest) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension Digest: CustomStringConvertible {
  /// `sha256:` and the hexadecimal digits.
  public var description: String { "sha256:\(hex)" }
}
