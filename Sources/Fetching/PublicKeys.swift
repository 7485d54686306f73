public import Reading

/// Public keys, in the binary form that gpgv(1) reads.
public struct PublicKeys: Sendable {
  /// The key that Rust's releases are signed with ("Rust Language (Tag and Release Signing Key)").
  public static let rustReleaseKey: KeyFingerprint = {
    let text = "108F 6620 5EAE B0AA A8DD  5E1C 85AB 96E6 FA1B E5FE"
    guard let key = KeyFingerprint(text) else { preconditionFailure("\(text) is no fingerprint") }
    return key
  }()

  /// Most bytes of a file with keys.
  public static let sizeLimit = 4 << 20

  let bytes: [UInt8]

  /// Takes a key as it was exported, armored or not. `file` is for messages.
  public init(_ bytes: [UInt8], file: String) throws(ToolchainError) {
    if ASCIIArmor.isArmored(bytes) {
      do throws(ASCIIArmor.Defect) {
        self.bytes = try ASCIIArmor.decode(bytes, title: "PUBLIC KEY BLOCK")
      } catch {
        throw .badKeyring(file: file, reason: error.reason)
      }
    } else {
      self.bytes = bytes
    }
    // A public key packet (RFC 9580, 4.2 and 5.5.1.1), in the old or the new form.
    guard let first = self.bytes.first, first & 0xFC == 0x98 || first == 0xC6 else {
      throw .badKeyring(file: file, reason: "it does not begin with a public key")
    }
  }
}
