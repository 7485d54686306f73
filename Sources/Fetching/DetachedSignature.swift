import Linux
import Reading

/// The signature of a file, in a file of its own, checked by gpgv(1).
struct DetachedSignature {
  /// Most bytes of a signature's file.
  static let sizeLimit = 64 << 10

  /// The one signature packet.
  private let bytes: [UInt8]

  /// Reads a signature, armored or not.
  ///
  /// Exactly one signature packet: given a message that holds its own text, some programs verify that
  /// and not the file it is said to be for.
  init(_ bytes: [UInt8], file: String) throws(ToolchainError) {
    if ASCIIArmor.isArmored(bytes) {
      do throws(ASCIIArmor.Defect) {
        self.bytes = try ASCIIArmor.decode(bytes, title: "SIGNATURE")
      } catch {
        throw .badSignatureFile(file: file, reason: error.reason)
      }
    } else {
      self.bytes = bytes
    }
    guard Self.isOneSignature(self.bytes) else {
      throw .badSignatureFile(file: file, reason: "it is not exactly one detached signature")
    }
  }

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

  /// Fails unless this is a good signature of `file` by one of `signers`, whose key is in `keyring`.
  ///
  /// `name` is what messages call the file; `scratch` is a folder of our own, for gpgv's arguments.
  ///
  /// - Returns: the primary key whose signature it is.
  func verify(
    _ file: String, name: String, keyring: PublicKeys, signers: [KeyFingerprint], scratch: String
  ) throws(ToolchainError) -> KeyFingerprint {
    let ring = "\(scratch)/keyring.gpg"
    let signature = "\(scratch)/signature.sig"
    try ToolchainError.doing("writing \(ring)", try FileSystem.write(keyring.bytes, to: ring))
    try ToolchainError.doing("writing \(signature)", try FileSystem.write(bytes, to: signature))
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        ["gpgv", "--status-fd", "1", "--keyring", ring, "--", signature, file],
        environment: [
          ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("GNUPGHOME", scratch),
        ], timeout: 600
      ).run()
    } catch {
      if case .notFound = error { throw .gpgvMissing }
      throw .command("verifying the signature of \(name)", error)
    }
    let status = GnuPGStatus(output.text)
    do throws(SignatureDefect) {
      return try status.signer(among: signers, exitStatus: output.status, words: output.errorText)
    } catch {
      throw .signature(file: name, error)
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
