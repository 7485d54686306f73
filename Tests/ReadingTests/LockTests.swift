import Failing
import Hashing
import Reading
import Testing

@Suite struct LockTests {
  static func package(
    _ name: String, version: String = "1.0-1", architecture: String = "amd64"
  ) -> Lock.Package {
    Lock.Package(
      name: name, version: version, architecture: architecture, size: 1234,
      sha256: Digest.hashing(name), filename: "pool/main/\(name)_\(version).deb", suite: "bookworm")
  }

  static func lock(recipe: String = RecipeTests.text, rootfs: Digest? = nil) throws -> Lock {
    Lock(
      recipe: try RecipeTests.recipe(recipe), architecture: "amd64", rootfs: rootfs,
      packages: [package("zlib1g"), package("gcc"), package("gcc", architecture: "all")])
  }

  private func read(_ text: String) throws -> Lock {
    try Lock(parsing: bytes(text), file: "cupel.lock")
  }

  @Test func rendersSorted() throws {
    let text = try Self.lock(rootfs: Digest.hashing("tree")).render()
    #expect(text.hasPrefix("# The environment"))
    #expect(text.contains("name = \"small\"\ndigest = \"sha256:"))
    #expect(
      text.hasSuffix(
        """
        [rootfs]
        architecture = "amd64"
        digest = "\(Digest.hashing("tree"))"

        [[package]]
        name = "gcc"
        version = "1.0-1"
        architecture = "all"
        size = 1234
        sha256 = "\(Digest.hashing("gcc").hex)"
        filename = "pool/main/gcc_1.0-1.deb"
        suite = "bookworm"

        [[package]]
        name = "gcc"
        version = "1.0-1"
        architecture = "amd64"
        size = 1234
        sha256 = "\(Digest.hashing("gcc").hex)"
        filename = "pool/main/gcc_1.0-1.deb"
        suite = "bookworm"

        [[package]]
        name = "zlib1g"
        version = "1.0-1"
        architecture = "amd64"
        size = 1234
        sha256 = "\(Digest.hashing("zlib1g").hex)"
        filename = "pool/main/zlib1g_1.0-1.deb"
        suite = "bookworm"

        """))
  }

  /// Every byte of a lock changed: it is refused, or it says the same (a comment, white space), or
  /// it says something else, and then its canonical text, whose digest stands in the plan, is another.
  @Test func flippedBytesAreFound() throws {
    let lock = try Self.lock(rootfs: Digest.hashing("tree"))
    let good = Array(lock.render().utf8)
    var refused = 0
    var harmless = 0
    for index in good.indices {
      for change in [UInt8(1), 0x20, 0x80] {
        var bytes = good
        bytes[index] ^= change
        guard let read = try? Lock(parsing: bytes, file: "cupel.lock") else {
          refused += 1
          continue
        }
        if read == lock { harmless += 1 }
        #expect((read == lock) == read.render().utf8.elementsEqual(good), "byte \(index)")
        #expect(read.recipe.digest == lock.recipe.digest, "byte \(index)")
      }
    }
    // Two of three changes of each byte of the comment, and little else.
    #expect(refused > good.count && (150...300).contains(harmless), "\(refused), \(harmless)")
  }

  /// Recipes with every kind of text that could break out of the string they are kept in.
  @Test(arguments: [
    "", "# it's 'quoted' and \"quoted\"\n", "# '''\n", "# \"\"\" '''\n", "# \\u0041 \\\n# '''\n",
    "# tab\there\r\n", "# '", "# '''\u{301} \u{85}\n",
  ])
  func survivesARoundTrip(comment: String) throws {
    let line = comment.isEmpty || comment.hasSuffix("\n") ? comment : comment + "\n"
    for recipe in [line + RecipeTests.text, RecipeTests.text + comment, "\n" + RecipeTests.text] {
      let lock = try Self.lock(recipe: recipe, rootfs: Digest.hashing("tree"))
      let read = try read(lock.render())
      // The digest covers every byte of the text.
      #expect(read.recipe.digest == lock.recipe.digest)
      #expect(read.recipe.links == lock.recipe.links)
      #expect(read.packages == lock.packages)
      #expect(read.rootfs == lock.rootfs)
      #expect(read.architecture == "amd64")
      #expect(read.render() == lock.render())
    }
  }

  @Test func leavesTheRootfsOpen() throws {
    #expect(try read(try Self.lock().render()).rootfs == nil)
  }

  @Test func refusesAChangedRecipe() throws {
    let text = try Self.lock().render().replacing("\"gcc\", ", with: "\"gdb\", ")
    let changed = RecipeTests.text.replacing("\"gcc\", ", with: "\"gdb\", ")
    expectRefusal(
      "reading cupel.lock:8:8: the recipe has digest \(Digest.hashing(changed)), "
        + "expected \(Digest.hashing(RecipeTests.text))", exitCode: .inputRejected
    ) { try read(text) }
  }

  @Test func refusesWhatIsNotALock() throws {
    let good = try Self.lock().render()
    let line = good.split(separator: "\n", omittingEmptySubsequences: false).count
    func refuse(
      _ old: String, _ new: String, _ message: String, hint: String? = nil,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      expectRefusal(
        "reading cupel.lock:\(message)", hint: hint, exitCode: .inputRejected,
        sourceLocation: sourceLocation
      ) { try read(good.replacing(old, with: new)) }
    }
    // The last package begins eight lines before the end.
    let last = line - 8
    refuse(
      "zlib1g\"\nversion", "gcc\"\nversion", "\(last):1: package gcc:amd64 is listed twice")
    refuse(
      Digest.hashing("zlib1g").hex, "00",
      "\(last + 5):10: \"sha256\" is \"00\": not 64 lower-case hexadecimal digits")
    refuse(
      "pool/main/zlib1g", "../zlib1g",
      "\(last + 6):12: \"filename\" is \"../zlib1g_1.0-1.deb\": "
        + "it must be normalised, without . and ..")
    refuse(
      "name = \"zlib1g\"", "nam = \"zlib1g\"",
      "\(last):1: missing key \"name\" in [[package]]")
    refuse(
      "schema = 1\n\n[recipe]", "schema = 3\n\n[recipe]",
      "3:10: version 3 is not supported, only schema 1")
    refuse(
      "schema = 1\n\n[recipe]", "schema = 1\n\n[recipes]",
      "1:1: missing key \"recipe\" in the file")
    refuse(
      "[recipe]\nname = \"small\"", "[recipe]\nname = \"big\"",
      "6:8: \"name\" is \"big\": the recipe calls itself \"small\"")
    refuse(
      "digest = \"sha256:", "digest = \"",
      "7:10: \"digest\" is \"\(Digest.hashing(RecipeTests.text).hex)\": "
        + "not sha256: and 64 lower-case hexadecimal digits")
  }
}
