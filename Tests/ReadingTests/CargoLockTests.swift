import Failing
import Hashing
import Reading
import Testing

@Suite struct CargoLockTests {
  static let zeros = String(repeating: "0", count: 64)
  static let index = "registry+https://example.invalid/index"

  private func lock(_ text: String) throws -> CargoLock {
    try CargoLock(parsing: bytes(text), file: "Cargo.lock")
  }

  @Test func readsVersion3() throws {
    let lock = try lock(
      """
      version = 3

      [[package]]
      name = "app"
      version = "0.1.0"
      dependencies = ["dep 1.0.0", "dep 2.0.0 (\(Self.index))", "tool"]

      [[package]]
      name = "dep"
      version = "1.0.0"
      source = "\(Self.index)"
      checksum = "\(Self.zeros)"

      [[package]]
      name = "dep"
      version = "2.0.0"
      source = "\(Self.index)"
      checksum = "\(Self.zeros)"

      [[package]]
      name = "tool"
      version = "0.3.0-rc.1+b"
      source = "git+https://example.invalid/tool?branch=next#\(String(repeating: "a", count: 40))"
      """)
    #expect(lock.version == 3)
    #expect(
      lock.packages.map(\.title) == ["app 0.1.0", "dep 1.0.0", "dep 2.0.0", "tool 0.3.0-rc.1+b"])
    #expect(lock.packages[0].source == .path)
    #expect(lock.packages[0].position == Position(line: 3, column: 1))
    #expect(lock.packages[1].source == .registry(index: "https://example.invalid/index"))
    #expect(lock.packages[1].source.isRegistry)
    #expect(lock.packages[1].checksum == Digest(hex: Self.zeros))
    #expect(
      lock.packages[3].source
        == .git(
          url: "https://example.invalid/tool", reference: .branch("next"),
          commit: String(repeating: "a", count: 40)))
    #expect(lock.packages[3].source.isGit)
    let found = lock.packages[0].dependencies.map { lock.package(for: $0)?.title }
    #expect(found == ["dep 1.0.0", "dep 2.0.0", "tool 0.3.0-rc.1+b"])
  }

  @Test func readsSparseSourcesAndEncodedReferencesOfVersion4() throws {
    let commit = String(repeating: "b", count: 40)
    let lock = try lock(
      """
      version = 4
      [[package]]
      name = "a"
      version = "1.0.0"
      source = "sparse+https://example.invalid/i/"
      checksum = "\(Self.zeros)"
      [[package]]
      name = "b"
      version = "1.0.0"
      source = "git+https://example.invalid/b?tag=v1%2B2#\(commit)"
      """)
    #expect(lock.version == 4)
    #expect(lock.packages[0].source == .sparse(index: "sparse+https://example.invalid/i/"))
    #expect(
      lock.packages[1].source
        == .git(url: "https://example.invalid/b", reference: .tag("v1+2"), commit: commit))
  }

  @Test func readsVersion2() throws {
    let lock = try lock(
      """
      [[package]]
      name = "a"
      version = "1.0.0"
      source = "\(Self.index)"
      checksum = "\(Self.zeros)"
      """)
    #expect(lock.version == 2)
  }

  @Test func takesTheChecksumsOfVersion1FromTheMetadata() throws {
    let lock = try lock(
      """
      [root]
      name = "app"
      version = "0.1.0"
      dependencies = ["a 1.0.0 (\(Self.index))"]

      [[package]]
      name = "a"
      version = "1.0.0"
      source = "\(Self.index)"

      [[package]]
      name = "b"
      version = "1.0.0"
      source = "git+https://example.invalid/b#\(String(repeating: "b", count: 40))"

      [metadata]
      "checksum a 1.0.0 (\(Self.index))" = "\(Self.zeros)"
      "checksum b 1.0.0 (git+https://example.invalid/b#\(String(repeating: "b", count: 40)))" = "<none>"
      """)
    #expect(lock.version == 1)
    #expect(lock.packages.map(\.name) == ["app", "a", "b"])
    #expect(lock.packages[1].checksum == Digest(hex: Self.zeros))
    #expect(lock.packages[2].checksum == nil)
  }

  @Test func knowsDebiansPlaceholder() throws {
    let lock = try lock(
      """
      [[package]]
      name = "a"
      version = "1.0.0"
      source = "\(Self.index)"
      checksum = "Could not get crate checksum"
      """)
    #expect(lock.packages[0].checksum == nil)
    #expect(lock.packages[0].hasPlaceholderChecksum)
  }

  @Test(arguments: [
    ("version = 9", "1:11: version 9 is not supported, only lock file versions 1 to 4"),
    (
      "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"",
      "4:1: package a 1.0.0 is listed twice"
    ),
    (
      "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"ABC\"",
      "4:12: \"checksum\" is \"ABC\": not 64 lower-case hexadecimal digits"
    ),
    (
      "[[package]]\nname = \"../a\"\nversion = \"1.0.0\"",
      "2:8: \"name\" is \"../a\": not a package name"
    ),
    (
      "[[package]]\nname = \"a\"\nversion = \"1/0\"",
      "3:11: \"version\" is \"1/0\": not a version"
    ),
    (
      "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"ftp+x\"",
      "4:10: \"source\" is \"ftp+x\": not a registry, sparse or git source"
    ),
    (
      "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"git+https://x#main\"",
      "4:10: \"source\" is \"git+https://x#main\": not a git source with a full commit id"
    ),
    ("[[package]]\nname = \"a\"", "1:1: missing key \"version\" in [[package]]"),
    ("[package]\nname = \"a\"", "1:1: \"package\" must be an array of tables, found a table"),
    (
      "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n\"b (x)\"]",
      "5:1: \"dependencies\" is \"b (x)\": not NAME [VERSION [(SOURCE)]]"
    ),
    (
      "[metadata]\n\"checksum a 1 (x)\" = \"y\"",
      "2:1: \"metadata\" is \"checksum a 1 (x)\": no such package is locked"
    ),
    ("a = ", "1:5: expected a value, found the end of the file"),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading Cargo.lock:\(message)", exitCode: .inputRejected) { try lock(content) }
  }
}
