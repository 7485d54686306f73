import Failing
import Hashing
import Reading
import Testing

/// The parts of a lock that say where its contents come from, and what differs between two.
@Suite struct LockChainTests {
  private static let key = String(repeating: "AB", count: 20)
  private static let index = "main/binary-amd64/Packages"

  private static func release(
    _ suite: String = "bookworm", date: String = "2026-07-11T10:16:37Z", list: String = "list",
    signers: [String] = [key]
  ) throws -> Lock.Release {
    Lock.Release(
      suite: suite, codename: "bookworm", date: try #require(UTCTime(iso: date)),
      validUntil: UTCTime(iso: "2026-07-18T10:16:37Z"), snapshot: nil,
      sha256: Digest.hashing(suite), signers: signers,
      indexes: [Lock.Release.Index(name: index, sha256: Digest.hashing(list))])
  }

  private static func package(
    _ name: String, _ version: String = "1.0-1", contents: String? = nil,
    suite: String = "bookworm",
    index: String? = index
  ) -> Lock.Package {
    Lock.Package(
      name: name, version: version, architecture: "amd64", size: 1234,
      sha256: Digest.hashing(contents ?? name + version), filename: "pool/\(name).deb",
      suite: suite,
      index: index)
  }

  private static func lock(
    _ packages: [Lock.Package] = [package("gcc"), package("make")], tree: String = "tree",
    releases: [Lock.Release]? = nil, recipe: String = RecipeTests.text
  ) throws -> Lock {
    Lock(
      recipe: try RecipeTests.recipe(recipe), architecture: "amd64", rootfs: Digest.hashing(tree),
      packages: packages, releases: try releases ?? [release()])
  }

  @Test func rendersTheChain() throws {
    let text = try Self.lock().render()
    #expect(
      text.contains(
        """
        '''

        [[release]]
        suite = "bookworm"
        codename = "bookworm"
        date = "2026-07-11T10:16:37Z"
        valid-until = "2026-07-18T10:16:37Z"
        sha256 = "\(Digest.hashing("bookworm").hex)"
        signed-by = ["\(Self.key)"]

        [[release.index]]
        name = "main/binary-amd64/Packages"
        sha256 = "\(Digest.hashing("list").hex)"

        [rootfs]
        """))
    #expect(text.hasSuffix("suite = \"bookworm\"\nindex = \"main/binary-amd64/Packages\"\n"))
    let read = try Lock(parsing: bytes(text), file: "cupel.lock")
    #expect(read == (try Self.lock()))
    #expect(read.render() == text)
  }

  @Test(arguments: [
    (
      "suite = \"bookworm\"\nindex", "suite = \"sid\"\nindex",
      "\"suite\" is \"sid\": no [[release]] is of this suite"
    ),
    (
      "index = \"main/", "index = \"other/",
      "\"index\" is \"other/binary-amd64/Packages\": the [[release]] of bookworm does not list it"
    ),
    ("\nindex = \"main/binary-amd64/Packages\"", "", "missing key \"index\" in [[package]]"),
    ("signed-by = [\"AB", "signed-by = [\"ab", "not a key's fingerprint"),
    ("2026-07-11T", "2026-07-41T", "\"date\" is \"2026-07-41T10:16:37Z\": not a date"),
    ("date = \"2026", "dat = \"2026", "missing key \"date\" in [[release]]"),
    ("[[release.index]]\nname = \"main/", "[[release.index]]\nname = \"../", "without . and .."),
    ("[[release.index]]", "[[release]]", "missing key \"suite\" in [[release]]"),
    ("[rootfs]", "[oci]\nmanifest = \"sha256:\"\n[rootfs]", "not sha256:"),
  ])
  func refusesBrokenChains(old: String, new: String, message: String) throws {
    let text = try Self.lock().render().replacing(old, with: new)
    let error = #expect(throws: ReadingError.self) {
      try Lock(parsing: bytes(text), file: "cupel.lock")
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.exitCode == .inputRejected)
  }

  static let pictured = """
    schema = 1
    name = "pictured"
    [oci]
    manifest = "\(Digest.hashing("m"))"
    reference = "one"
    [toolchain]
    rustc = "/usr/bin/rustc"
    cargo = "/usr/bin/cargo"
    version = "1.96.0"
    """

  private static func pictured(_ manifest: String = "m") throws -> Lock {
    Lock(
      recipe: try RecipeTests.recipe(pictured), architecture: "amd64",
      rootfs: Digest.hashing("tree"), packages: [],
      image: Lock.Image(
        manifest: Digest.hashing(manifest),
        layers: [Digest.hashing("a"), Digest.hashing("b")]))
  }

  @Test func imagesInsteadOfPackages() throws {
    let lock = try Self.pictured()
    #expect(lock.recipe.image?.manifest == Digest.hashing("m"))
    #expect(lock.recipe.image?.reference == "one")
    #expect(lock.recipe.toolchain?.version == "1.96.0")
    let text = lock.render()
    #expect(
      text.hasSuffix(
        """
        digest = "\(Digest.hashing("tree"))"

        [oci]
        manifest = "\(Digest.hashing("m"))"
        layers = [
          "\(Digest.hashing("a"))",
          "\(Digest.hashing("b"))",
        ]

        """))
    #expect(try Lock(parsing: bytes(text), file: "cupel.lock") == lock)
    let package = try #require(Self.lock().render().firstRange(of: "[[package]]"))
    let mixed = text + (try Self.lock().render()[package.lowerBound...])
    #expect(throws: ReadingError.self) { try Lock(parsing: bytes(mixed), file: "cupel.lock") }
    let bare = text.replacing(
      "[oci]\nmanifest = \"\(Digest.hashing("m"))\"\nlayers", with: "layers")
    #expect(throws: ReadingError.self) { try Lock(parsing: bytes(bare), file: "cupel.lock") }
  }

  @Test(arguments: [
    ("version = \"1.96.0\"", "", "missing key \"version\" in [toolchain]"),
    ("1.96.0", "stable", "\"version\" is \"stable\": not a version such as 1.96.0"),
    ("sha256:", "sha512:", "not sha256: and 64 lower-case hexadecimal digits"),
    ("[toolchain]", "[debian]\nsuites = []\n[toolchain]", "a recipe has this or [oci]"),
  ])
  func refusesBadImageRecipes(old: String, new: String, message: String) {
    let error = #expect(throws: ReadingError.self) {
      try RecipeTests.recipe(Self.pictured.replacing(old, with: new))
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  // MARK: Differences

  private static func words(_ old: Lock, _ new: Lock) -> [String] {
    RootfsDifference(from: old, to: new).changes.map { change in
      (change.kind.isAlarm ? "! " : "") + change.kind.rawValue
        + (change.name.isEmpty ? "" : " \(change.name)")
    }
  }

  @Test func differencesOfPackages() throws {
    let old = try Self.lock([
      Self.package("gcc"), Self.package("gone"), Self.package("moves"), Self.package("rebuilt"),
    ])
    let updates = try Self.release("updates")
    let new = try Self.lock(
      [
        Self.package("gcc", "1.1-1"), Self.package("moves", suite: "updates"),
        Self.package("new"), Self.package("rebuilt", contents: "other"),
      ], tree: "other", releases: [Self.release(date: "2026-07-12T00:00:00Z"), updates])
    #expect(
      Self.words(old, new) == [
        "tree", "newer bookworm", "release-added updates", "changed gcc", "removed gone",
        "moved moves", "added new", "! digest-changed rebuilt",
      ])
    #expect(RootfsDifference(from: old, to: new).isAlarming)
    #expect(Self.words(old, old).isEmpty)
  }

  @Test func differencesOfChains() throws {
    let old = try Self.lock()
    #expect(
      Self.words(old, try Self.lock(releases: [Self.release(date: "2026-07-10T00:00:00Z")]))
        == ["! older bookworm"])
    #expect(
      Self.words(old, try Self.lock(releases: [Self.release(list: "other")]))
        == ["! forked bookworm"])
    let stranger = String(repeating: "CD", count: 20)
    #expect(
      Self.words(old, try Self.lock(releases: [Self.release(signers: [stranger])]))
        == ["! signers-changed bookworm"])
    #expect(
      Self.words(old, try Self.lock(releases: [Self.release(signers: [stranger, Self.key])]))
        .isEmpty)
    let bare = try Self.lock(
      [Self.package("gcc", index: nil), Self.package("make", index: nil)], releases: [])
    #expect(Self.words(old, bare) == ["! chain-lost", "release-removed bookworm"])
    #expect(Self.words(bare, old) == ["chain-gained", "release-added bookworm"])
    #expect(Self.words(old, try Self.lock(tree: "other")) == ["! tree-changed"])
    #expect(
      Self.words(old, try Self.lock(tree: "other", recipe: RecipeTests.text + "\n"))
        == ["recipe", "tree"])
    #expect(Self.words(try Self.pictured(), try Self.pictured("n")) == ["image"])
    let other = Lock(
      recipe: try RecipeTests.recipe(Self.pictured), architecture: "amd64",
      rootfs: Digest.hashing("tree"), packages: [],
      image: Lock.Image(manifest: Digest.hashing("m"), layers: []))
    #expect(Self.words(try Self.pictured(), other) == ["! layers-changed"])
  }
}
