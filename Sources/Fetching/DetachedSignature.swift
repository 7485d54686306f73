import Linux
import Reading
import Signing

/// The signature of a toolchain's file, in a file of its own.
struct DetachedSignature {
  static let sizeLimit = OpenPGPSignature.sizeLimit

  private let signature: OpenPGPSignature

  /// Reads a signature, armored or not. `file` is for messages.
  init(_ bytes: [UInt8], file: String) throws(ToolchainError) {
    do throws(OpenPGPFault) {
      signature = try OpenPGPSignature(bytes)
    } catch {
      throw .badSignatureFile(file: file, reason: error.reason)
    }
  }

  /// Fails unless this is a good signature of `file` by one of `signers`, whose key is in `keyring`.
  ///
  /// `name` is what messages call the file; `scratch` is a folder of our own, for gpgv's arguments.
  ///
  /// - Returns: the primary key whose signature it is.
  func verify(
    _ file: String, name: String, keyring: PublicKeys, signers: [KeyFingerprint], scratch: String
  ) throws(ToolchainError) -> KeyFingerprint {
    do throws(OpenPGPSignature.GPGVError) {
      return try signature.signer(
        of: .file(file), keyring: keyring.keyring, among: signers, scratch: scratch)
    } catch {
      switch error {
      case .command(.notFound): throw .gpgvMissing
      case .command(let error): throw .command("verifying the signature of \(name)", error)
      case .system(let task, let error): throw .system(task, error)
      case .defect(let defect): throw .signature(file: name, defect)
      }
    }
  }
}
