import Failing
import Hashing
import Linux
import Reading
import Storing
import Testing

@testable import Fetching

/// From a package to the key that vouches for it, on an archive of our own.
@Suite struct ChainTests {
  private static func recipe() throws -> Recipe { try makeLock([]).recipe }

  @Test(.timeLimit(.minutes(2))) func aLockSaysWhoVouchesForEachPackage() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let package = try mirror.add("plain")
    let keyring = try mirror.publish("valid=86400")
    let lock = try Rootfs.lock(
      recipe: Self.recipe(), mirrors: [mirror.uri()], keyring: keyring)

    let release = try #require(lock.releases.first)
    #expect(lock.releases.count == 1)
    #expect(release.suite == "bookworm")
    #expect(release.codename == "bookworm")
    #expect(release.snapshot == nil)
    #expect(release.sha256 == Digest.hashing(try mirror.file("dists/bookworm/InRelease")))
    #expect((3_500...3_800).contains(Machine.wallClockSeconds - release.date.seconds))
    #expect(release.validUntil?.seconds == release.date.seconds + 90_000)
    #expect(release.signers == [try mirror.fingerprint()])
    let name = "main/binary-\(try LocalMirror.architecture())/Packages"
    let digest = Digest.hashing(try mirror.file("dists/bookworm/\(name)"))
    #expect(release.indexes == [Lock.Release.Index(name: name, sha256: digest)])
    let locked = try #require(lock.packages.first)
    #expect(locked.index == name)
    #expect(locked.sha256 == package.sha256)
    #expect(locked.filename == package.filename)

    let text = lock.render()
    #expect(try Lock(parsing: Array(text.utf8), file: "cupel.lock") == lock)
    #expect(!text.contains(mirror.uri().split(separator: "/")[1]), "no mirror's name is in a lock")
    let store = try Store.open(path: "\(scratch.path)/store")
    let tree = try Rootfs.fetch(lock: lock, store: store, mirrors: [mirror.uri()])
    #expect(tree.fileCount == 7)
    #expect(try Rootfs.find(lock.recipe, in: store)?.lock.releases == lock.releases)
    let again = try Rootfs.lock(
      recipe: Self.recipe(), mirrors: [mirror.uri()], keyring: keyring, replacing: lock)
    #expect(again == lock)
  }

  /// What a hostile or stale mirror could serve, and a machine whose clock is wrong.
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      ("valid=-60", "checking the age of the archive: apt says: E: "),
      ("date=86400", "checking the date of the archive: apt says: E: "),
      ("sign=no", "looking for the archive's signature: apt says: E: "),
      ("key=stranger", "checking whose key signed the archive: apt says: W: "),
      ("alter=release", "checking the archive's signature: apt says: W: "),
      ("alter=index", "checking the archive's lists of packages: apt says: E: "),
      ("twice=yes", "tracing plain 1+2~3: two packages have this name, sha256:"),
    ])
  func refusesBadArchives(setting: String, message: String) throws {
    let mirror = try LocalMirror()
    _ = try mirror.add("plain")
    let keyring = try mirror.publish(setting)
    let (recipe, uri) = (try Self.recipe(), mirror.uri())
    let error = try #require(throws: FetchingError.self) {
      try Rootfs.lock(recipe: recipe, mirrors: [uri], keyring: keyring)
    }
    #expect(error.message.hasPrefix(message), "\(error.message)")
    #expect(error.exitCode == .inputRejected)
    #expect(error.hint != nil)
    if ["date", "valid"].contains(setting.prefix { $0 != "=" }) {
      let lock = try Rootfs.lock(
        recipe: recipe, mirrors: [uri], keyring: keyring, allowOutdated: true)
      #expect(lock.releases.count == 1)
    }
  }

  @Test(.timeLimit(.minutes(2))) func refusesAnArchiveThatIsOlderThanTheLock() throws {
    let mirror = try LocalMirror()
    _ = try mirror.add("plain")
    let keyring = try mirror.publish("date=-3600")
    let lock = try Rootfs.lock(
      recipe: Self.recipe(), mirrors: [mirror.uri()], keyring: keyring)
    let known = try #require(lock.releases.first)
    // Another state, well signed.
    _ = try mirror.add("other")
    _ = try mirror.publish("date=-7200")
    let uri = mirror.uri()
    let error = try #require(throws: FetchingError.self) {
      try Rootfs.lock(recipe: lock.recipe, mirrors: [uri], keyring: keyring, replacing: lock)
    }
    #expect(error.message.hasPrefix("checking the age of bookworm: it is of "))
    #expect(error.message.hasSuffix("the lock knows it of \(known.date.text)"))
    #expect(error.exitCode == .inputRejected)
  }

  @Test func oneDateHasOneState() throws {
    func release(_ contents: String) -> Lock.Release {
      Lock.Release(
        suite: "s", codename: "s", date: UTCTime(seconds: 0), validUntil: nil, snapshot: nil,
        sha256: Digest.hashing(contents), signers: [],
        indexes: [Lock.Release.Index(name: "x", sha256: Digest.hashing(contents))])
    }
    try ReleaseChain.check([release("a")], replace: [release("a")])
    let error = #expect(throws: FetchingError.self) {
      try ReleaseChain.check([release("a")], replace: [release("b")])
    }
    #expect(error?.exitCode == .inputRejected)
  }

  @Test(.timeLimit(.minutes(2))) func aSnapshotIsTheArchiveOfThen() throws {
    let mirror = try LocalMirror()
    _ = try mirror.add("plain")
    // A state that is valid no more is what a snapshot is for.
    let keyring = try mirror.publish("date=-864000", "valid=-432000")
    try mirror.copy(to: "archive/20201101T000000Z")
    let early = try #require(UTCTime(snapshot: "2020-11-01"))
    let late = try #require(UTCTime(snapshot: "20990101T000000Z"))
    try mirror.copy(to: "archive/20990101T000000Z")
    let (recipe, uri) = (try Self.recipe(), mirror.uri("good/archive/{date}"))
    let lock = try Rootfs.lock(recipe: recipe, mirrors: [uri], keyring: keyring, snapshot: late)
    #expect(lock.releases.first?.snapshot == late)
    #expect(lock.render().contains("snapshot = \"20990101T000000Z\""))
    // A server that gives what it has, whatever was asked for.
    let error = try #require(throws: FetchingError.self) {
      try Rootfs.lock(recipe: recipe, mirrors: [uri], keyring: keyring, snapshot: early)
    }
    #expect(error.message.hasPrefix("checking the snapshot 20201101T000000Z of bookworm: it is"))
    #expect(error.exitCode == .inputRejected)
    let scratch = try Scratch()
    let tree = try Rootfs.fetch(
      lock: lock, store: Store.open(path: "\(scratch.path)/store"),
      mirrors: [uri])
    #expect(tree.fileCount == 7)
  }

  @Test func aSnapshotNeedsAMirrorThatKeepsThem() throws {
    let time = try #require(UTCTime(snapshot: "2026-11-01"))
    let error = #expect(throws: FetchingError.self) {
      _ = try Mirrors(given: ["http://m.example/debian"], suites: ["bookworm"], snapshot: time)
    }
    #expect(error?.message == "looking for a mirror of the snapshot 20261101T000000Z")
    #expect(error?.exitCode == .usage)
    let mirrors = try Mirrors(
      given: ["http://m.example/archive/debian/{date}/"],
      suites: ["bookworm", "bookworm-security"], snapshot: time)
    #expect(
      mirrors.uris(for: "bookworm") == ["http://m.example/archive/debian/20261101T000000Z/"])
    #expect(
      mirrors.uris(for: "bookworm-security")
        == ["http://m.example/archive/debian-security/20261101T000000Z/"])
    for bad in ["http://m/{date}x", "http://m/x{date}/", "http://m/{date}/{date}/"] {
      #expect(throws: FetchingError.self) { _ = try Mirror(bad) }
    }
    // A present mirror stays first for a lock of a snapshot.
    let both = try Mirrors(
      given: ["http://n.example/debian", "http://m.example/{date}"], suites: ["bookworm"],
      snapshots: ["bookworm": time])
    #expect(
      both.uris(for: "bookworm")
        == ["http://n.example/debian/", "http://m.example/20261101T000000Z/"])
  }

  @Test(.timeLimit(.minutes(2))) func keyringsAreBinary() throws {
    let mirror = try LocalMirror()
    _ = try mirror.add("plain")
    let keyring = try mirror.publish()
    #expect(try Keyring(given: keyring).path == keyring)
    let error = #expect(throws: FetchingError.self) {
      _ = try Keyring(given: keyring.replacing(".gpg", with: ".asc"))
    }
    #expect(error?.exitCode == .usage)
  }

  @Test func signaturesAreWhatGpgvSaysOfThem() {
    let key = String(repeating: "AB", count: 20)
    let good = """
      [GNUPG:] PLAINTEXT 74 0
      [GNUPG:] NEWSIG
      [GNUPG:] GOODSIG 1234 Somebody
      [GNUPG:] VALIDSIG 5678 2026-11-20 1795140695 0 4 0 1 8 01 \(key)
      """
    #expect(SignatureStatus(good).signers == [key])
    #expect(!SignatureStatus(good).isBroken)
    for (old, new) in [
      ("GOODSIG", "EXPKEYSIG"), ("GOODSIG", "REVKEYSIG"), ("GOODSIG", "EXPSIG"),
      ("GOODSIG", "ERRSIG"), (" 1 8 01", " 1 2 01"),
    ] {
      #expect(SignatureStatus(good.replacing(old, with: new)).signers.isEmpty)
    }
    // One more signature, of a key that is not at hand, does no harm; a bad one does.
    let more = good + "\n[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 99 1 8 01 1795140695 9 -"
    #expect(SignatureStatus(more).signers == [key])
    #expect(!SignatureStatus(more).isBroken)
    #expect(SignatureStatus(good + "\n[GNUPG:] NEWSIG\n[GNUPG:] BADSIG 99 Somebody").isBroken)
    #expect(SignatureStatus(good + "\n[GNUPG:] PLAINTEXT 74 0").isBroken)
    #expect(SignatureStatus("").isBroken)
  }

  @Test(arguments: [
    ("Date: yesterday", "it has no date"), ("nothing", "a line is no field"),
    ("Date: Sat, 11 Jul 2026 10:16:37 UTC", "it has no codename"),
    ("Suite: a\nSuite: b", "the field Suite comes twice"),
    ("SHA256:\n 00 1 main/x", "a line of its SHA256 field is no digest, size and name"),
    (
      "SHA256:\n \(Digest.hashing("a").hex) 1 main/x\n \(Digest.hashing("b").hex) 1 main/x",
      "it gives two digests for main/x"
    ),
  ])
  func refusesMalformedReleaseFiles(text: String, reason: String) {
    let error = #expect(throws: FetchingError.self) {
      try ReleaseFile(
        suite: "s", digest: Digest.hashing(text), signers: [], text: Array(text.utf8))
    }
    #expect(error?.message == "reading the Release file of s: \(reason)")
  }
}
