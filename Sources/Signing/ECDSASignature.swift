/// The two ways in which ECDSA signatures are written.
enum ECDSASignature {
  /// The DER (RFC 3279, 2.2.3) of the two numbers of 32 bytes each; nil when there are not 64 bytes.
  static func der(ofRaw raw: [UInt8]) -> [UInt8]? {
    guard raw.count == 64 else { return nil }
    let numbers = integer(raw.prefix(32)) + integer(raw.suffix(32))
    return [0x30, UInt8(numbers.count)] + numbers
  }

  /// A DER integer: as short as possible, and not negative.
  private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(bytes.drop { $0 == 0 })
    if (digits.first ?? 0x80) & 0x80 != 0 { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
}
