/// What a key signs with.
public enum KeyAlgorithm: String, CaseIterable, Sendable {
  /// Ed25519 (RFC 8032) over the bytes themselves; signatures are 64 bytes, and always the same.
  case ed25519
  /// ECDSA over the curve P-256 with SHA-256 (FIPS 186-5); signatures are DER (RFC 3279, 2.2.3), and
  /// never the same twice.
  case p256

  /// How a subject public key info (RFC 5280, 4.1.2.7) of it begins. What follows is the key: 32 bytes,
  /// or the two coordinates of a point that is not compressed.
  var publicKeyHead: [UInt8] {
    switch self {
    case .ed25519: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    case .p256:
      [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
        0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
      ]
    }
  }

  /// Bytes of the key behind that head.
  var publicKeyLength: Int { self == .ed25519 ? 32 : 64 }
}
