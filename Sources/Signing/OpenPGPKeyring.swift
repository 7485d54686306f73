import Linux

/// Public OpenPGP keys, in the binary form that gpgv(1) reads.
public struct OpenPGPKeyring: Equatable, Sendable {
  /// Most bytes of a file with keys.
  public static let sizeLimit = 4 << 20

  public let bytes: [UInt8]

  /// Takes keys as they were exported, armored or not.
  public init(_ bytes: [UInt8]) throws(OpenPGPFault) {
    self.bytes =
      try ASCIIArmor.isArmored(bytes)
      ? ASCIIArmor.decode(bytes, title: "PUBLIC KEY BLOCK") : bytes
    // A public key packet (RFC 9580, 4.2 and 5.5.1.1), in the old or the new form.
    guard let first = self.bytes.first, first & 0xFC == 0x98 || first == 0xC6 else {
      throw OpenPGPFault("it does not begin with a public key")
    }
  }

  /// Reads a file with keys.
  public static func load(_ path: String) throws(SigningError) -> OpenPGPKeyring {
    let bytes = try SigningError.doing(
      "reading the key \(path)", try FileSystem.read(path, limit: sizeLimit))
    do throws(OpenPGPFault) {
      return try OpenPGPKeyring(bytes)
    } catch {
      throw .key(file: path, .openPGP(error.reason))
    }
  }
}
