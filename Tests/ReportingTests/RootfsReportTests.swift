import Hashing
import Reading
import Reporting
import Testing

/// What `cupel rootfs show` and `cupel rootfs diff` print.
@Suite struct RootfsReportTests {
  private static let key = String(repeating: "AB", count: 20)

  private static func lock(
    contents: String = "gcc", version: String = "12-1", isChained: Bool = true
  ) throws -> Lock {
    let recipe = """
      schema = 1
      name = "small"
      [debian]
      suites = ["bookworm"]
      components = ["main"]
      packages = ["gcc"]
      """
    let index = "main/binary-amd64/Packages"
    let release = Lock.Release(
      suite: "bookworm", codename: "bookworm", date: UTCTime(seconds: 1_783_764_997),
      validUntil: nil, snapshot: UTCTime(seconds: 1_793_491_200), sha256: Digest.hashing("release"),
      signers: [key], indexes: [Lock.Release.Index(name: index, sha256: Digest.hashing("list"))])
    return Lock(
      recipe: try Recipe(parsing: Array(recipe.utf8), file: "small.toml"), architecture: "amd64",
      rootfs: Digest.hashing("tree"),
      packages: [
        Lock.Package(
          name: "gcc", version: version, architecture: "amd64", size: 2048,
          sha256: Digest.hashing(contents), filename: "pool/gcc.deb", suite: "bookworm",
          index: isChained ? index : nil)
      ], releases: isChained ? [release] : [])
  }

  @Test func aChainIsShown() throws {
    let lock = try Self.lock()
    #expect(
      RootfsReport(lock).words == """
        recipe  small  \(lock.recipe.digest)
        tree    \(Digest.hashing("tree"))  amd64

        bookworm (bookworm) of 2026-07-11T10:16:37Z, snapshot 20261101T000000Z
          InRelease  \(Digest.hashing("release"))
          signed by  \(Self.key)
          main/binary-amd64/Packages  \(Digest.hashing("list"))

        gcc  12-1  bookworm  \(Digest.hashing("gcc"))
        1 package, \(ByteCount(bytes: 2048).rounded)

        """)
    let json = RootfsReport(lock).json
    #expect(json["chain"] == "signed")
    #expect(json["releases"]?[0]?["signedBy"]?[0]?.stringValue == Self.key)
    #expect(json["packages"]?[0]?["index"] == "main/binary-amd64/Packages")
  }

  @Test func aLockWithoutAChainIsSaidToHaveNone() throws {
    let lock = try Self.lock(isChained: false)
    #expect(
      RootfsReport(lock).words.contains(
        "chain   none: the lock does not say who vouches for its packages\n"))
    #expect(RootfsReport(lock).json["chain"] == "none")
  }

  @Test func alarmsStandOut() throws {
    let old = try Self.lock()
    let update = RootfsDifferenceReport(
      RootfsDifference(from: old, to: try Self.lock(contents: "new", version: "12-2")))
    #expect(update.words == "      changed  gcc 12-1 -> 12-2\n1 difference, 0 alarming\n")
    let rebuilt = RootfsDifferenceReport(
      RootfsDifference(from: old, to: try Self.lock(contents: "evil")))
    #expect(
      rebuilt.words == """
        ALARM gcc has another digest under the same version
                  old \(Digest.hashing("gcc"))
                  new \(Digest.hashing("evil"))
        1 difference, 1 alarming

        """)
    #expect(rebuilt.json["alarming"] == true)
    #expect(rebuilt.json["changes"]?[0]?["change"] == "digest-changed")
  }
}
