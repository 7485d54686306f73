public import Reading
import Signing

/// The keys that toolchains may be signed by.
public struct PublicKeys: Sendable {
  /// The key that Rust's releases are signed with ("Rust Language (Tag and Release Signing Key)").
  public static let rustReleaseKey: KeyFingerprint = {
    let text = "108F 6620 5EAE B0AA A8DD  5E1C 85AB 96E6 FA1B E5FE"
    guard let key = KeyFingerprint(text) else { preconditionFailure("\(text) is no fingerprint") }
    return key
  }()

  /// Most bytes of a file with keys.
  public static let sizeLimit = OpenPGPKeyring.sizeLimit

  let keyring: OpenPGPKeyring

  /// Takes a key as it was exported, armored or not. `file` is for messages.
  public init(_ bytes: [UInt8], file: String) throws(ToolchainError) {
    do throws(OpenPGPFault) {
      keyring = try OpenPGPKeyring(bytes)
    } catch {
      throw .badKeyring(file: file, reason: error.reason)
    }
  }
}
