import Linux

/// A program that signs in our place.
struct SignerCommand {
  let command: String
  let publicKey: VerificationKey
  /// Seconds.
  let timeout: Double

  func sign(_ bytes: [UInt8]) throws(SigningError) -> [UInt8] {
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        ["/bin/sh", "-c", command], input: bytes, timeout: timeout, outputLimit: 64 << 10
      ).runChecked()
    } catch {
      throw .command("signing with another program", error)
    }
    var signature = output.standardOutput
    // Tokens give the two numbers as they are (PKCS #11 3.1, 2.3.1).
    if publicKey.algorithm == .p256, let der = ECDSASignature.der(ofRaw: signature) {
      signature = der
    }
    guard publicKey.verify(signature, of: bytes) else {
      throw .badSigner(command: command, key: publicKey.keyID)
    }
    return signature
  }
}
