import Failing
public import Hashing
public import Reading

/// Why an archive, or one state of it, is not to be trusted.
public enum ArchiveFault: Sendable, Equatable {
  // As apt found.
  /// The time until which a Release file is valid has passed, by this machine's clock.
  case outdated(words: String)
  /// A Release file is of the future, by this machine's clock.
  case notYetValid(words: String)
  case unsigned(words: String)
  /// Signed, but by no key of the keyring.
  case unknownKey(words: String)
  /// The text is not what was signed.
  case badSignature(words: String)
  /// The key had expired or was revoked.
  case lapsedKey(words: String)
  /// A list of packages is not the one that the Release file names.
  case alteredIndex(words: String)

  // As found afterwards, in what apt accepted.
  /// gpgv finds no good signature in it; `status` is what it said.
  case notVerified(suite: String, status: String)
  case malformedRelease(suite: String, reason: String)
  /// The Release file names no list of packages of this name, or not this one.
  case indexMismatch(suite: String, index: String, expected: Digest?, actual: Digest)
  /// No list of packages names the package that apt chose, as apt describes it.
  case untraceable(package: String)
  /// Two packages have one name, version and architecture.
  case ambiguous(package: String, first: Digest, second: Digest)
  /// The lock that is to be replaced knows a later state of the suite.
  case older(suite: String, date: UTCTime, known: UTCTime)
  /// The lock that is to be replaced knows another state of the suite with the same date.
  case forked(suite: String, date: UTCTime)
  /// What came as a snapshot was made after the time that was asked for.
  case afterSnapshot(suite: String, date: UTCTime, snapshot: UTCTime)

  /// From the messages of `apt-get update`; nil where they are of something else, such as the
  /// network.
  init?(aptSaid text: String) {
    let lines = text.split(separator: "\n").map(String.init)
    func line(_ words: String...) -> String? {
      lines.first { line in words.contains { line.contains($0) } }
    }
    // What is wrong with a signature stands in a warning; the error says only that there is none.
    if let words = line("NO_PUBKEY", "No public key", "Missing key") {
      self = .unknownKey(words: words)
    } else if let words = line("BADSIG", "Bad signature") {
      self = .badSignature(words: words)
    } else if let words = line("EXPKEYSIG", "REVKEYSIG", "EXPSIG", "KEYEXPIRED") {
      self = .lapsedKey(words: words)
    } else if let words = line("is not valid yet", "Not live until") {
      self = .notYetValid(words: words)
    } else if let words = line("is expired") {
      self = .outdated(words: words)
    } else if let words = line("Hash Sum mismatch", "unexpected size") {
      self = .alteredIndex(words: words)
    } else if let words = line("is not signed", "Clearsigned file") {
      self = .unsigned(words: words)
    } else {
      return nil
    }
  }

  var message: String {
    switch self {
    case .outdated(let words): "checking the age of the archive: apt says: \(words.printable)"
    case .notYetValid(let words):
      "checking the date of the archive: apt says: \(words.printable)"
    case .unsigned(let words): "looking for the archive's signature: apt says: \(words.printable)"
    case .unknownKey(let words):
      "checking whose key signed the archive: apt says: \(words.printable)"
    case .badSignature(let words): "checking the archive's signature: apt says: \(words.printable)"
    case .lapsedKey(let words): "checking the archive's key: apt says: \(words.printable)"
    case .alteredIndex(let words):
      "checking the archive's lists of packages: apt says: \(words.printable)"
    case .notVerified(let suite, let status):
      "verifying the Release file of \(suite) once more: gpgv finds no good signature"
        + (status.isEmpty ? "" : " (\(status.printable))")
    case .malformedRelease(let suite, let reason):
      "reading the Release file of \(suite): \(reason.printable)"
    case .indexMismatch(let suite, let index, let expected, let actual):
      "checking \(index.printable) of \(suite): the Release file "
        + (expected.map { "says \($0)" } ?? "does not name it") + ", apt has \(actual)"
    case .untraceable(let package):
      "tracing \(package): no list of packages names it as apt describes it"
    case .ambiguous(let package, let first, let second):
      "tracing \(package): two packages have this name, \(first) and \(second)"
    case .older(let suite, let date, let known):
      "checking the age of \(suite): it is of \(date.text), the lock knows it of \(known.text)"
    case .forked(let suite, let date):
      "checking \(suite) of \(date.text): its lists of packages are not those that the lock knows"
    case .afterSnapshot(let suite, let date, let snapshot):
      "checking the snapshot \(snapshot.snapshotName) of \(suite): it is of \(date.text)"
    }
  }

  var hint: String {
    switch self {
    case .outdated:
      "the mirror is stale or hostile, or the clock of this machine is wrong; to use it on purpose, "
        + "see --snapshot and --allow-outdated of `cupel lock`"
    case .notYetValid: "the clock of this machine is behind, or the mirror is hostile"
    case .unknownKey, .unsigned:
      "use a mirror of the archive itself, or name the keyring of your own with --keyring"
    case .lapsedKey: "update the keyring of this machine (debian-archive-keyring)"
    case .badSignature, .alteredIndex, .notVerified, .malformedRelease, .indexMismatch,
      .untraceable, .ambiguous:
      "the mirror may be damaged or hostile; try another one with --mirror"
    case .older, .forked:
      "the mirror may be stale or hostile; to go back on purpose, use --snapshot or remove the lock"
    case .afterSnapshot: "the mirror gives something else than was asked for; try another one"
    }
  }
}
