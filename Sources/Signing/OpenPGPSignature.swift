public import Linux
public import Reading

/// The signature of a file, in a file of its own, made by gpg(1) and checked by gpgv(1).
public struct OpenPGPSignature: Sendable {
  /// Most bytes of a signature's file.
  public static let sizeLimit = 64 << 10

  /// What is signed.
  public enum Signed: Sendable {
    case file(String)
    case bytes([UInt8])
  }

  /// What stopped gpgv, or what it said.
  public enum GPGVError: Error {
    case system(String, SystemError)
    case command(CommandError)
    case defect(SignatureDefect)
  }

  /// The one signature packet.
  private let bytes: [UInt8]

  /// Reads a signature, armored or not.
  ///
  /// Exactly one signature packet: given a message that holds its own text, some programs verify that
  /// and not the file it is said to be for.
  public init(_ bytes: [UInt8]) throws(OpenPGPFault) {
    self.bytes =
      try ASCIIArmor.isArmored(bytes)
      ? ASCIIArmor.decode(bytes, title: "SIGNATURE") : bytes
    guard Self.isOneSignature(self.bytes) else {
      throw OpenPGPFault("it is not exactly one detached signature")
    }
  }

  /// The same. `file` is for messages.
  public init(_ bytes: [UInt8], file: String) throws(SigningError) {
    guard bytes.count <= Self.sizeLimit else {
      throw .signature(file: file, .tooLarge(limit: Self.sizeLimit))
    }
    do throws(OpenPGPFault) {
      try self.init(bytes)
    } catch {
      throw .signature(file: file, .format(error.reason))
    }
  }

  public static func isArmored(_ bytes: [UInt8]) -> Bool { ASCIIArmor.isArmored(bytes) }

  /// Packet headers: RFC 9580, 4.2.
  private static func isOneSignature(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, first & 0x80 != 0 else { return false }
    let isNew = first & 0x40 != 0
    guard (isNew ? first & 0x3F : (first & 0x3C) >> 2) == 2 else { return false }
    let rest = bytes.dropFirst()
    guard let second = rest.first else { return false }
    let width: Int
    if isNew {
      switch second {
      case ..<192: return rest.count == 1 + Int(second)
      case ..<224:
        return rest.count >= 2
          && rest.count == 2 + (Int(second) - 192) << 8 + Int(rest[rest.startIndex + 1]) + 192
      case 255: return rest.count >= 5 && rest.count == 5 + number(rest.dropFirst().prefix(4))
      default: return false
      }
    }
    switch first & 3 {
    case 0: width = 1
    case 1: width = 2
    case 2: width = 4
    default: return false
    }
    return rest.count >= width && rest.count == width + number(rest.prefix(width))
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  // MARK: Signing

  /// Signs with a key of the user's own gpg, whose agent asks for passphrases.
  ///
  /// - Parameters:
  ///   - content: what to sign.
  ///   - user: which key, in gpg's words (`--local-user`); nil is gpg's default.
  ///   - passphraseFile: where the key's passphrase is, if the agent is not to ask.
  /// - Returns: the signature, armored.
  /// - Throws: `SigningError.command` when gpg does not sign.
  public static func sign(
    _ content: [UInt8], user: String?, passphraseFile: String?
  ) throws(SigningError) -> [UInt8] {
    var words = ["gpg", "--batch", "--no-tty", "--armor", "--digest-algo", "SHA512"]
    if let user { words += ["--local-user", user] }
    if let passphraseFile {
      words += ["--pinentry-mode", "loopback", "--passphrase-file", passphraseFile]
    }
    words += ["--output", "-", "--detach-sign", "-"]
    do throws(CommandError) {
      return try Command(words, input: content, timeout: 300, outputLimit: sizeLimit)
        .runChecked().standardOutput
    } catch {
      throw .command("signing with gpg", error)
    }
  }

  /// The public key of what `sign` takes as `user`, as `gpg --export` writes it.
  public static func publicKey(of user: String) throws(SigningError) -> [UInt8] {
    do throws(CommandError) {
      return try Command(
        ["gpg", "--batch", "--no-tty", "--export", "--", user], timeout: 60,
        outputLimit: OpenPGPKeyring.sizeLimit
      ).runChecked().standardOutput
    } catch {
      throw .command("exporting the key of gpg", error)
    }
  }

  /// The fingerprint of the one primary key whose secret gpg has of `user`, in gpg's words.
  ///
  /// - Throws: `SigningError.openPGPUser` when there is none, or several.
  public static func fingerprint(of user: String) throws(SigningError) -> KeyFingerprint {
    let text: String
    do throws(CommandError) {
      // gpg fails where it finds none.
      text = try Command(
        ["gpg", "--batch", "--no-tty", "--with-colons", "--list-secret-keys", "--", user],
        timeout: 60
      ).run().text
    } catch {
      throw .command("looking for a key of gpg", error)
    }
    // doc/DETAILS of GnuPG: `fpr` records have the fingerprint in field 10, that of a primary key
    // follows its `sec`, those of others their `ssb`.
    var found: [KeyFingerprint] = []
    var isPrimary = false
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      switch fields[0] {
      case "sec": isPrimary = true
      case "ssb": isPrimary = false
      case "fpr":
        if isPrimary, fields.count > 9, let key = KeyFingerprint(fields[9]) { found.append(key) }
        isPrimary = false
      default: break
      }
    }
    guard found.count == 1 else { throw .openPGPUser(user, found) }
    return found[0]
  }

  // MARK: Verifying

  /// Fails unless this is a good signature by one of `signers`, whose key is in `keyring`; no other key
  /// of the machine counts.
  ///
  /// - Parameters:
  ///   - content: what is to be signed.
  ///   - keyring: where gpgv looks for the key.
  ///   - signers: the primary keys that count.
  ///   - file: what messages call the signature.
  /// - Returns: the primary key whose signature it is.
  /// - Throws: `SigningError.refused` with what is wrong with it.
  public func verify(
    _ content: [UInt8], keyring: OpenPGPKeyring, signers: [KeyFingerprint], file: String
  ) throws(SigningError) -> KeyFingerprint {
    let scratch = try SigningError.doing(
      "making a folder for gpgv", try TemporaryFolder(prefix: "cupel-sign"))
    do throws(GPGVError) {
      return try signer(
        of: .bytes(content), keyring: keyring, among: signers, scratch: scratch.path)
    } catch {
      switch error {
      case .system(let task, let error): throw .system(task, error)
      case .command(let error): throw .command("verifying with gpgv", error)
      case .defect(let defect): throw .refused(file: file, .openPGP(defect))
      }
    }
  }

  /// The same, with a folder of our own for gpgv's arguments: `keyring.gpg` and `signature.sig` are
  /// left in it.
  public func signer(
    of signed: Signed, keyring: OpenPGPKeyring, among signers: [KeyFingerprint], scratch: String
  ) throws(GPGVError) -> KeyFingerprint {
    let ring = "\(scratch)/keyring.gpg"
    let signature = "\(scratch)/signature.sig"
    for (path, bytes) in [(ring, keyring.bytes), (signature, bytes)] {
      do throws(SystemError) {
        try FileSystem.write(bytes, to: path)
      } catch {
        throw .system("writing \(path)", error)
      }
    }
    let (name, input): (String, [UInt8]?) =
      switch signed {
      case .file(let path): (path, nil)
      case .bytes(let bytes): ("-", bytes)
      }
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        ["gpgv", "--status-fd", "1", "--keyring", ring, "--", signature, name],
        environment: [
          ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("GNUPGHOME", scratch),
        ], input: input, timeout: 600
      ).run()
    } catch {
      throw .command(error)
    }
    do throws(SignatureDefect) {
      return try GnuPGStatus(output.text).signer(
        among: signers, exitStatus: output.status, words: output.errorText)
    } catch {
      throw .defect(error)
    }
  }
}

extension GnuPGStatus {
  /// Seconds that clocks may differ by.
  private static let clockTolerance: Int64 = 86400

  /// The key whose good signature of a file this is, the only one.
  fileprivate func signer(
    among signers: [KeyFingerprint], exitStatus: Int32, words: String
  ) throws(SignatureDefect) -> KeyFingerprint {
    if first("REVKEYSIG") != nil || first("KEYREVOKED") != nil { throw .revokedKey }
    if first("EXPKEYSIG") != nil { throw .expiredKey }
    if first("EXPSIG") != nil { throw .expiredSignature }
    if first("BADSIG") != nil { throw .mismatch }
    if let key = first("NO_PUBKEY")?.first { throw .unknownKey(key) }
    // Of a key of the future there is no status of its own.
    if first("ERRSIG") != nil, words.contains("in the future") { throw .inTheFuture }
    // VALIDSIG: fingerprint, date, time, expiry, version, reserved, algorithm, digest, class, primary
    // key. Of a good signature there is one, and nothing else.
    let valid = lines.filter { $0.keyword == "VALIDSIG" }.map(\.arguments)
    guard exitStatus == 0, lines.count(where: { $0.keyword == "NEWSIG" }) == 1,
      lines.count(where: { $0.keyword == "GOODSIG" }) == 1, first("ERRSIG") == nil,
      valid.count == 1, valid[0].count >= 9,
      let signer = KeyFingerprint(valid[0].count > 9 ? valid[0][9] : valid[0][0])
    else {
      throw .unverified(words: words.split(separator: "\n").joined(separator: "; "))
    }
    // gpgv accepts signatures of the future.
    guard let time = Int64(valid[0][2]), time < Machine.wallClockSeconds + Self.clockTolerance
    else { throw .inTheFuture }
    if let hash = Self.weakHash(valid[0][7]) { throw .weak("made with \(hash)") }
    guard valid[0][8] == "00" else { throw .weak("not one of a file's bytes") }
    guard signers.contains(signer) else { throw .otherKey(signer, accepted: signers) }
    return signer
  }
}
