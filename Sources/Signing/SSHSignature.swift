import Failing
import Linux

/// SSH signatures (OpenSSH, PROTOCOL.sshsig), made and checked by ssh-keygen(1).
public struct SSHSignature: Sendable {
  /// Most bytes of a signature's file.
  public static let sizeLimit = 64 << 10

  private let bytes: [UInt8]

  public static func isOne(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "-----BEGIN SSH SIGNATURE-----".utf8)
  }

  /// Reads a signature. `file` is for messages.
  public init(_ bytes: [UInt8], file: String) throws(SigningError) {
    guard bytes.count <= Self.sizeLimit else {
      throw .signature(file: file, .tooLarge(limit: Self.sizeLimit))
    }
    guard let pem = PEM(parsing: bytes), pem.label == "SSH SIGNATURE",
      pem.der.starts(with: "SSHSIG".utf8)
    else { throw .signature(file: file, .format("it is not exactly one SSH signature")) }
    self.bytes = bytes
  }

  /// Signs.
  ///
  /// ssh-keygen asks nobody for a passphrase here, unless SSH_ASKPASS names a program that does: a key
  /// that has one is used through ssh-agent(1).
  ///
  /// - Parameters:
  ///   - content: what to sign.
  ///   - key: the file of the private key, or of the public one if the agent has the private one.
  ///   - namespace: what the signature is for; it does not verify for anything else.
  /// - Returns: the signature, armored.
  /// - Throws: `SigningError.command` when ssh-keygen does not sign.
  public static func sign(
    _ content: [UInt8], key: String, namespace: String
  ) throws(SigningError) -> [UInt8] {
    let askpass = Machine.environment("SSH_ASKPASS") ?? "/bin/false"
    do throws(CommandError) {
      return try Command(
        [
          "env", "SSH_ASKPASS=\(askpass)", "SSH_ASKPASS_REQUIRE=force", "ssh-keygen", "-Y", "sign",
          "-f", key, "-n", namespace,
        ], input: content, timeout: 120, outputLimit: sizeLimit
      ).runChecked().standardOutput
    } catch {
      throw .command("signing with ssh-keygen", error)
    }
  }

  /// The line of the public key that belongs to what `sign` takes as `key`: of that file where it is a
  /// public key, else of the one beside it, else as ssh-keygen derives it.
  public static func publicKey(of key: String) throws(SigningError) -> String {
    let heads = ["ssh-", "ecdsa-", "sk-"]
    for path in [key, "\(key).pub"] where FileSystem.exists(path) {
      let text = String(decoding: try KeyFile.readPublic(path).prefix(4096), as: UTF8.self)
      if heads.contains(where: text.hasPrefix) { return firstLine(text) }
    }
    do throws(CommandError) {
      return firstLine(
        try Command(["ssh-keygen", "-y", "-P", "", "-f", key], timeout: 60).runChecked().text)
    } catch {
      throw .command("reading the public key of \(key.printable)", error)
    }
  }

  private static func firstLine(_ text: String) -> String {
    text.split(separator: "\n").first.map(String.init) ?? ""
  }

  /// Fails unless this is the signature of `content` by a key that `allowedSigners` gives to `identity`.
  ///
  /// - Parameters:
  ///   - content: what is to be signed.
  ///   - allowedSigners: a file as ssh-keygen(1) describes it ("ALLOWED SIGNERS").
  ///   - identity: whose signature it must be.
  ///   - namespace: what it must be for.
  ///   - file: what messages call the signature.
  /// - Returns: ssh-keygen's words for the key, such as `ED25519 key SHA256:…`.
  /// - Throws: `SigningError.refused` with what ssh-keygen says.
  public func verify(
    _ content: [UInt8], allowedSigners: String, identity: String, namespace: String, file: String
  ) throws(SigningError) -> String {
    // ssh-keygen says of a file that is not there what it says of a signature that is not good.
    _ = try SigningError.doing(
      "reading the allowed signers", try FileSystem.open(allowedSigners))
    let scratch = try SigningError.doing(
      "making a folder for ssh-keygen", try TemporaryFolder(prefix: "cupel-sign"))
    let signature = "\(scratch.path)/signature"
    try SigningError.doing("writing \(signature)", try FileSystem.write(bytes, to: signature))
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        [
          "ssh-keygen", "-Y", "verify", "-f", allowedSigners, "-I", identity, "-n", namespace, "-s",
          signature,
        ], input: content, timeout: 120, outputLimit: 64 << 10
      ).run()
    } catch {
      throw .command("verifying with ssh-keygen", error)
    }
    let words = output.text.split(separator: "\n")
    guard output.status == 0, let good = words.first(where: { $0.hasPrefix("Good \"") }),
      let key = good.firstRange(of: " with ")
    else {
      let said = words + output.errorText.split(separator: "\n")
      throw .refused(file: file, .ssh(said.joined(separator: "; ")))
    }
    return String(good[key.upperBound...])
  }
}
