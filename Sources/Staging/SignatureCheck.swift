import Linux
import Reading

/// Checks a tag's signature as git-verify-tag(1) does, with gpg and ssh-keygen.
///
/// They are run here and not by git, because a repository's own configuration may name other
/// programs and other signers to be trusted (`gpg.program`, `gpg.ssh.allowedSignersFile`), and
/// because gpg would look for unknown keys on the network where its user has allowed that.
struct SignatureCheck {
  let git: Git
  /// A folder for the signature.
  let scratch: String

  private static let starts: [(line: String, format: TagSignature.Format)] = [
    ("-----BEGIN PGP SIGNATURE-----", .openpgp), ("-----BEGIN PGP MESSAGE-----", .openpgp),
    ("-----BEGIN SSH SIGNATURE-----", .ssh), ("-----BEGIN SIGNED MESSAGE-----", .x509),
  ]

  /// Checks the contents of a tag object.
  func run(_ tag: [UInt8]) throws(StagingError) -> TagSignature {
    guard let (start, format) = Self.signature(in: tag) else { return TagSignature(status: .none) }
    let file = "\(scratch)/signature"
    try doing("checking a signature", try FileSystem.write(Array(tag[start...]), to: file))
    let payload = Array(tag[..<start])
    switch format {
    case .openpgp: return try openPGP(payload, file)
    case .ssh: return try ssh(payload, file)
    case .x509: return TagSignature(status: .unchecked, format: .x509)
    }
  }

  /// Like git (parse_signed_buffer in gpg-interface.c), which takes the last line that starts one.
  private static func signature(
    in tag: [UInt8]
  ) -> (start: Int, format: TagSignature.Format)? {
    var found: (Int, TagSignature.Format)?
    var start = 0
    while start < tag.count {
      let rest = tag[start...]
      for candidate in starts where rest.starts(with: candidate.line.utf8) {
        found = (start, candidate.format)
      }
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { break }
      start = end + 1
    }
    return found
  }

  /// Nil where there is no such program.
  private func command(
    _ words: [String], input: [UInt8] = [], more: [(name: String, value: String)] = []
  ) throws(StagingError) -> Command.Output? {
    var environment: [(name: String, value: String)] = [("LC_ALL", "C"), ("TZ", "UTC")]
    environment += git.inherited.filter { ["PATH", "HOME", "GNUPGHOME"].contains($0.name) }
    do throws(CommandError) {
      return try Command(
        words, environment: environment + more, directory: scratch, input: input, timeout: 60,
        outputLimit: 1 << 20
      ).run()
    } catch {
      if case .notFound = error { return nil }
      throw .command(error)
    }
  }

  // MARK: OpenPGP

  /// By the status lines of gpg (its doc/DETAILS, "General status codes").
  private func openPGP(_ payload: [UInt8], _ file: String) throws(StagingError) -> TagSignature {
    let home = git.inherited.first { $0.name == "HOME" }.map { "\($0.value)/.gnupg" } ?? ""
    var more: [(name: String, value: String)] = []
    if !git.inherited.contains(where: { $0.name == "GNUPGHOME" }), !FileSystem.isDirectory(home) {
      // Or gpg would make the user a key ring.
      let empty = "\(scratch)/gnupg"
      try doing(
        "checking a signature", try FileSystem.makeDirectories(empty, permissions: 0o700))
      more = [("GNUPGHOME", empty)]
    }
    let output = try command(
      [
        "gpg", "--batch", "--no-tty", "--no-auto-key-retrieve", "--disable-dirmngr",
        // Trust decides nothing here, and its database would be made where there is none.
        "--trust-model=always", "--status-fd=1", "--verify", file, "-",
      ], input: payload, more: more)
    guard let output else { return TagSignature(status: .unchecked, format: .openpgp) }
    var results: [(word: String, fields: [String])] = []
    var fingerprint: String?
    for line in GnuPGStatus(output.text).lines {
      switch line.keyword {
      case "GOODSIG", "BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG":
        results.append((line.keyword, line.arguments))
      case "VALIDSIG":
        // The last field is the primary key's, where the signing key is a subkey.
        fingerprint = line.arguments.count > 9 ? line.arguments[9] : line.arguments.first
      default: continue
      }
    }
    // Of several signatures none is the tag's, says git too.
    guard results.count == 1, let (word, fields) = results.first else {
      return TagSignature(status: .bad, format: .openpgp)
    }
    var signature = TagSignature(
      status: .bad, format: .openpgp, fingerprint: fingerprint ?? fields.first,
      signer: fields.count > 1 ? fields.dropFirst().joined(separator: " ") : nil)
    switch word {
    case "GOODSIG":
      signature.status = fingerprint != nil && output.status == 0 ? .good : .bad
    case "EXPSIG", "EXPKEYSIG": signature.status = .expired
    case "REVKEYSIG": signature.status = .revoked
    case "ERRSIG":
      // KEYID ALGORITHM HASH CLASS TIME REASON FINGERPRINT
      let reason = fields.count > 5 ? fields[5] : ""
      signature.status = reason == "9" ? .unknownKey : .unchecked
      signature.signer = nil
      if fields.count > 6, fields[6] != "-" { signature.fingerprint = fields[6] }
    default: break
    }
    return signature
  }

  // MARK: SSH

  /// As git asks ssh-keygen(1) (verify_ssh_signed_buffer in gpg-interface.c).
  private func ssh(_ payload: [UInt8], _ file: String) throws(StagingError) -> TagSignature {
    var signature = TagSignature(status: .bad, format: .ssh)
    let novalidate = try command(
      ["ssh-keygen", "-Y", "check-novalidate", "-n", "git", "-s", file], input: payload)
    guard let novalidate else { return TagSignature(status: .unchecked, format: .ssh) }
    guard novalidate.status == 0 else { return signature }
    // Good "git" signature with ED25519 key SHA256:…
    signature.fingerprint = novalidate.text.split(whereSeparator: \.isWhitespace).last
      .map(String.init)
    signature.status = .unknownKey
    guard let signers = try git.userPaths("gpg.ssh.allowedSignersFile").first,
      FileSystem.exists(signers)
    else { return signature }
    let time = Self.time(of: payload).map { ["-Overify-time=\($0)"] } ?? []
    let found = try command(
      ["ssh-keygen", "-Y", "find-principals", "-f", signers, "-s", file] + time)
    guard let found, found.status == 0 else {
      if found?.errorText.contains("key has expired") == true { signature.status = .expired }
      return signature
    }
    for principal in found.text.split(separator: "\n").map(String.init) {
      let words =
        ["ssh-keygen", "-Y", "verify", "-n", "git", "-I", principal, "-f", signers, "-s", file]
        + time
      guard let verified = try command(words, input: payload), verified.status == 0 else {
        continue
      }
      signature.signer = principal
      signature.status = .good
      if let list = try git.userPaths("gpg.ssh.revocationFile").first, FileSystem.exists(list),
        try command(words + ["-r", list], input: payload)?.status != 0
      {
        signature.status = .revoked
      }
      return signature
    }
    return signature
  }

  /// When the tag says that it was made, as ssh-keygen takes it.
  private static func time(of payload: [UInt8]) -> String? {
    guard let tagger = GitHeader(payload)["tagger"],
      let end = tagger.utf8.lastIndex(of: UInt8(ascii: ">")),
      let seconds = tagger[tagger.utf8.index(after: end)...].split(separator: " ").first,
      let time = Int64(seconds), time >= 0, time < 253_402_300_800
    else { return nil }
    return calendarTime(time)
  }

  /// YYYYMMDDhhmmss in UTC, for the years 1970 to 9999 (Howard Hinnant, "chrono-Compatible Low-Level
  /// Date Algorithms", civil_from_days).
  static func calendarTime(_ seconds: Int64) -> String {
    // Days since 1 March of the year 0, so that leap days end a year and 400 years are an era.
    let days = seconds / 86_400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let time = seconds % 86_400
    func digits(_ value: Int64, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    return digits(year, 4) + digits(month, 2) + digits(day, 2) + digits(time / 3600, 2)
      + digits(time / 60 % 60, 2) + digits(time % 60, 2)
  }
}
