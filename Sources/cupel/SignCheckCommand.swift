import ArgumentParser
import Failing
import Linux
import Reading
import Signing

extension SignCommand {
  /// `cupel sign check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Check the signature of a file against keys that you name.",
      discussion: """
        The format is that of the signature's file. No key counts that is not named here, whatever the
        signature brings along.

        Examples:
          cupel sign check rg --signature rg.minisig --key release.pub
          cupel sign check rg --signature rg.sshsig --allowed-signers signers --identity me@example.org
          cupel sign check rg --signature rg.asc --keyring keys.asc --fingerprint 108F6620…
        """)

    @Argument(help: "The file that is signed.")
    var file: String

    @Option(help: "The file with the signature.")
    var signature: String

    @Option(help: "A public key's file. Repeatable.")
    var key: [String] = []

    @Option(help: "How many of the keys must have signed, of an envelope.")
    var threshold = 1

    @Option(help: "What an envelope must say that the file is.")
    var payloadType: String?

    @Option(help: "For SSH: who may sign with which key (ssh-keygen(1), ALLOWED SIGNERS).")
    var allowedSigners: String?

    @Option(help: "For SSH: whose signature it must be.")
    var identity: String?

    @Option(help: "For SSH: what the signature must be for.")
    var namespace = "file"

    @Option(help: "For GPG: a file with public keys.")
    var keyring: String?

    @Option(help: "For GPG: the fingerprint of a key that counts. Repeatable.")
    var fingerprint: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let content = try read(file, limit: 1 << 30)
      let bytes = try read(signature, limit: Envelope.sizeLimit)
      let finding = try check(content, bytes)
      if json {
        StandardStream.output.write(finding.json.prettyBytes())
      } else {
        StandardStream.output.write(finding.words(file))
      }
    }

    private func read(_ path: String, limit: Int) throws -> [UInt8] {
      do throws(SystemError) {
        return try FileSystem.read(path, limit: limit)
      } catch {
        throw UsageError("checking a signature", cause: error)
      }
    }

    /// What was found good.
    private struct Finding {
      let format: SignCommand.Format
      let signers: [String]
      var trustedComment: String?
      var payloadType: String?
      var unverified: [String] = []

      var json: JSON {
        .object([
          ("schema", "cupel-signature/1"), ("format", .string(format.rawValue)),
          ("signers", .array(signers.map { .string($0) })),
          ("payloadType", payloadType.map { .string($0) } ?? .null),
          ("trustedComment", trustedComment.map { .string($0) } ?? .null),
          ("unverified", .array(unverified.map { .string($0) })),
        ])
      }

      func words(_ file: String) -> String {
        var lines = ["good \(format.rawValue) signature of \(file)"]
        lines += signers.map { "  by \($0)" }
        if let payloadType { lines.append("  payload type \(payloadType)") }
        if let trustedComment { lines.append("  trusted comment: \(trustedComment)") }
        lines += unverified.map { "  not verified: \($0)" }
        return lines.map { $0.printableLine + "\n" }.joined()
      }
    }

    private func check(_ content: [UInt8], _ bytes: [UInt8]) throws -> Finding {
      if SSHSignature.isOne(bytes) { return try checkSSH(content, bytes) }
      if OpenPGPSignature.isArmored(bytes) || keyring != nil {
        return try checkOpenPGP(content, bytes)
      }
      if key.isEmpty {
        throw UsageError("checking \(signature)", hint: "name the signer's public key with --key")
      }
      if MinisignSignature.isOne(bytes) { return try checkMinisign(content, bytes) }
      if bytes.first == UInt8(ascii: "{") {
        return try SigstoreBundle.isOne(bytes)
          ? checkBundle(content, bytes) : checkEnvelope(content, bytes)
      }
      if threshold != 1 { throw UsageError("checking \(signature): it is one key's signature") }
      guard bytes.count <= RawSignature.sizeLimit else {
        throw SigningError.signature(file: signature, .tooLarge(limit: RawSignature.sizeLimit))
      }
      let signer = try RawSignature.verify(bytes, of: content, by: keys(), file: signature)
      return Finding(format: .raw, signers: [signer.keyID])
    }

    private func keys() throws -> [VerificationKey] {
      try key.map { try VerificationKey.load($0) }
    }

    private func checkEnvelope(_ content: [UInt8], _ bytes: [UInt8]) throws -> Finding {
      let envelope = try Envelope.parse(bytes, file: signature)
      let verified = try envelope.verified(
        by: keys(), threshold: threshold, payloadType: payloadType ?? envelope.payloadType,
        file: signature)
      return try finding(verified, content, .dsse, unverified: envelope.unknownMembers)
    }

    private func checkBundle(_ content: [UInt8], _ bytes: [UInt8]) throws -> Finding {
      let bundle = try SigstoreBundle.parse(bytes, file: signature)
      if threshold != 1 { throw UsageError("checking \(signature): it is one key's signature") }
      switch bundle.content {
      case .envelope(let envelope):
        let verified = try bundle.verifiedPayload(
          by: keys(), payloadType: payloadType ?? envelope.payloadType, file: signature)
        return try finding(verified, content, .bundle, unverified: bundle.unverified)
      case .message:
        let signer = try bundle.verify(content, by: keys(), file: signature)
        return Finding(format: .bundle, signers: [signer.keyID], unverified: bundle.unverified)
      }
    }

    private func finding(
      _ verified: VerifiedPayload, _ content: [UInt8], _ format: SignCommand.Format,
      unverified: [String]
    ) throws -> Finding {
      guard verified.bytes == content else {
        throw SigningError.refused(file: signature, .otherPayload)
      }
      return Finding(
        format: format, signers: verified.signers.map(\.keyID), payloadType: verified.payloadType,
        unverified: unverified)
    }

    private func checkMinisign(_ content: [UInt8], _ bytes: [UInt8]) throws -> Finding {
      if threshold != 1 { throw UsageError("checking \(signature): it is one key's signature") }
      let parsed = try MinisignSignature(parsing: bytes, file: signature)
      let signer = try parsed.verify(
        content, by: key.map { try MinisignPublicKey.load($0) }, file: signature)
      return Finding(
        format: .minisign, signers: [signer.text], trustedComment: parsed.trustedComment)
    }

    private func checkSSH(_ content: [UInt8], _ bytes: [UInt8]) throws -> Finding {
      guard let allowedSigners, let identity else {
        throw UsageError(
          "checking \(signature): it is an SSH signature",
          hint: "say who may sign with --allowed-signers and --identity")
      }
      let key = try SSHSignature(bytes, file: signature).verify(
        content, allowedSigners: allowedSigners, identity: identity, namespace: namespace,
        file: signature)
      return Finding(format: .ssh, signers: ["\(identity), \(key)"])
    }

    private func checkOpenPGP(_ content: [UInt8], _ bytes: [UInt8]) throws -> Finding {
      guard let keyring, !fingerprint.isEmpty else {
        throw UsageError(
          "checking \(signature): it is an OpenPGP signature",
          hint: "name the signer's key with --keyring and --fingerprint")
      }
      let signers = try fingerprint.map { text in
        guard let signer = KeyFingerprint(text) else {
          throw UsageError(
            "reading the fingerprint `\(text)`", hint: "write all of its 40 hexadecimal digits")
        }
        return signer
      }
      let signer = try OpenPGPSignature(bytes, file: signature).verify(
        content, keyring: OpenPGPKeyring.load(keyring), signers: signers, file: signature)
      return Finding(format: .gpg, signers: [signer.description])
    }
  }
}
