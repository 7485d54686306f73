import Failing
import Hashing
import Reading
import Testing

@Suite struct LockToolchainTests {
  static let key = "108F66205EAEB0AAA8DD5E1C85AB96E6FA1BE5FE"

  private func lock(_ toolchain: Lock.Toolchain?) throws -> Lock {
    var lock = try LockTests.lock(rootfs: Digest.hashing("tree"))
    lock.toolchain = toolchain
    return lock
  }

  private func read(_ text: String) throws -> Lock {
    try Lock(parsing: bytes(text), file: "cupel.lock")
  }

  private var signed: Lock.Toolchain {
    Lock.Toolchain(
      name: "rust-1.95.0", digest: Digest.hashing("rust"), version: "1.95.0",
      components: ["rustc", "cargo"], trust: .signed, signer: KeyFingerprint(Self.key))
  }

  @Test func standsBeforeThePackages() throws {
    let text = try lock(signed).render()
    #expect(
      text.contains(
        """
        digest = "\(Digest.hashing("tree"))"

        [toolchain]
        name = "rust-1.95.0"
        digest = "\(Digest.hashing("rust"))"
        version = "1.95.0"
        components = ["cargo", "rustc"]
        trust = "signed"
        signer = "\(Self.key)"

        [[package]]

        """))
  }

  @Test func survivesARoundTrip() throws {
    let unsigned = Lock.Toolchain(
      name: "mine", digest: Digest.hashing("rust"), version: "1.98.0-nightly", components: [],
      trust: .unsigned, signer: nil)
    let rootfs = Lock.Toolchain(
      name: "rootfs", digest: nil, version: "1.96.0", components: [], trust: .aptSigned,
      signer: nil)
    for toolchain in [signed, unsigned, rootfs, nil] {
      let lock = try lock(toolchain)
      let read = try read(lock.render())
      #expect(read.toolchain == toolchain)
      #expect(read.render() == lock.render())
    }
  }

  @Test(arguments: [
    ("name = \"rust-1.95.0\"", "name = \"../x\"", "not a toolchain's name"),
    (
      "name = \"rust-1.95.0\"", "name = \"rootfs\"",
      "the rootfs's toolchain has no digest, and every other has one"
    ),
    ("digest = \"sha256:", "digest = \"sha1:", "not sha256: and 64 lower-case hexadecimal digits"),
    ("version = \"1.95.0\"", "version = \"1 2\"", "not a version"),
    ("\"rustc\"]", "\"cargo\"]", "not a component, or listed twice"),
    ("\"rustc\"]", "\"\"]", "not a component, or listed twice"),
    ("trust = \"signed\"", "trust = \"unsigned\"", "a signed toolchain has a signer"),
    ("trust = \"signed\"", "trust = \"sealed\"", "it must be one of"),
    ("signer = \"108F", "signer = \"108", "not a key's fingerprint"),
    ("signer = ", "sign = ", "a signed toolchain has a signer"),
    ("signer = ", "more = \"\"\nsigner = ", "unknown key \"more\" in [toolchain]"),
  ])
  func refusesWhatIsNoToolchain(old: String, new: String, reason: String) throws {
    let good = try lock(signed).render()
    let start: Range<String.Index> = try #require(good.firstRange(of: "[toolchain]"))
    let table = good[start.lowerBound...].replacing(old, with: new, maxReplacements: 1)
    do throws(ReadingError) {
      _ = try Lock(
        parsing: bytes(String(good[..<start.lowerBound]) + String(table)), file: "cupel.lock")
      Issue.record("it was read")
    } catch {
      #expect(error.message.contains(reason), "\(error.message)")
      #expect(error.exitCode == .inputRejected)
    }
  }

  @Test func readsFingerprintsInEveryForm() {
    let spaced = "108F 6620 5EAE B0AA A8DD  5E1C 85AB 96E6 FA1B E5FE"
    #expect(KeyFingerprint(spaced)?.description == Self.key)
    #expect(KeyFingerprint(Self.key.lowercased())?.description == Self.key)
    #expect(KeyFingerprint(String(repeating: "0", count: 64)) != nil)
    for text in ["", "85AB96E6FA1BE5FE", Self.key + "0", "0x" + Self.key.dropFirst(2), "1\n"] {
      #expect(KeyFingerprint(text) == nil)
    }
  }
}
