import Hashing
import Reading
import Testing

@Suite struct RecipeTests {
  static let text = """
    schema = 1
    name = "small"
    description = "a test"
    drop = ["/usr/share/doc/**"]

    [debian]
    suites = ["bookworm", "bookworm-security"]
    components = ["main"]
    packages = ["gcc", "libstdc++6"]

    [toolchain]
    rustc = "/usr/bin/rustc"
    cargo = "/usr/bin/cargo"

    [[link]]
    path = "/bin"
    target = "usr/bin"

    [[file]]
    path = "/etc/passwd"
    content = "root:x:0:0::/:/bin/sh\\n"

    [[file]]
    path = "/usr/bin/hello"
    content = "#!/bin/sh\\n"
    executable = true

    [[directory]]
    path = "/tmp"

    """

  static func recipe(_ text: String) throws -> Recipe {
    try Recipe(parsing: bytes(text), file: "small.toml")
  }

  @Test func readsEverything() throws {
    let recipe = try Self.recipe(Self.text)
    #expect(recipe.name == "small")
    #expect(recipe.description == "a test")
    #expect(recipe.suites == ["bookworm", "bookworm-security"])
    #expect(recipe.components == ["main"])
    #expect(recipe.packages == ["gcc", "libstdc++6"])
    #expect(recipe.toolchain?.cargo == "/usr/bin/cargo")
    #expect(recipe.links.map(\.path) == ["/bin"])
    #expect(recipe.links.map(\.target) == ["usr/bin"])
    #expect(recipe.files.map(\.isExecutable) == [false, true])
    #expect(recipe.files[0].content == "root:x:0:0::/:/bin/sh\n")
    #expect(recipe.directories == ["/tmp"])
    #expect(recipe.drop == ["/usr/share/doc/**"])
    #expect(recipe.text == Self.text)
    #expect(recipe.digest == Digest.hashing(Self.text))
  }

  @Test func needsNoMoreThanPackages() throws {
    let recipe = try Self.recipe(Self.minimal())
    #expect(recipe.toolchain == nil)
    #expect(recipe.drop.isEmpty)
  }

  static func minimal(_ more: String = "", packages: String = "\"gcc\"") -> String {
    """
    schema = 1
    name = "x"
    [debian]
    suites = ["s"]
    components = ["main"]
    packages = [\(packages)]
    \(more)
    """
  }

  @Test(arguments: [
    ("name = \"x\"", "1:1: missing key \"schema\" in the file"),
    ("schema = 2", "1:10: version 2 is not supported, only schema 1"),
    (
      "schema = 1\nname = \"a/b\"",
      "2:8: \"name\" is \"a/b\": only letters, digits, '-', '.' and '_' may be used"
    ),
    ("schema = 1\nname = \"x\"", "1:1: missing key \"debian\" in the file"),
    (minimal(packages: ""), "6:12: \"packages\" is \"[]\": at least one is needed"),
    (minimal(packages: "\"Gcc\""), "6:13: \"packages\" is \"Gcc\": not a package name"),
    (minimal(packages: "\"gcc\", \"gcc\""), "6:20: packages entry gcc is listed twice"),
    (
      minimal("[[link]]\npath = \"bin\"\ntarget = \"x\""),
      "8:8: \"path\" is \"bin\": it must be an absolute path"
    ),
    (
      minimal("[[link]]\npath = \"/a/../b\"\ntarget = \"x\""),
      "8:8: \"path\" is \"/a/../b\": it must be normalised, without . and .."
    ),
    (
      minimal("[[directory]]\npath = \"/a/\""),
      "8:8: \"path\" is \"/a/\": it must be normalised, without empty parts"
    ),
    (
      minimal("[[directory]]\npath = \"/a\"\n[[directory]]\npath = \"/a\""),
      "9:1: path /a is listed twice"
    ),
    (minimal("[[file]]\npath = \"/a\""), "7:1: missing key \"content\" in [[file]]"),
    (
      minimal("[[file]]\npath = \"/a\\u0000\"\ncontent = \"\""),
      "8:8: \"path\" is \"/a\\u{0}\": it holds a NUL byte"
    ),
    (minimal("[toolchain]\nrustc = \"/r\""), "7:1: missing key \"cargo\" in [toolchain]"),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading small.toml:\(message)") { try Self.recipe(content) }
  }

  @Test func suggestsTheKeyThatWasMeant() {
    expectRefusal(
      "reading small.toml:7:1: unknown key \"dops\" in [debian]"
    ) { try Self.recipe(Self.minimal("dops = 1")) }
    expectRefusal(
      "reading small.toml:7:1: unknown key \"compnents\" in [debian]",
      hint: "did you mean \"components\"?"
    ) { try Self.recipe(Self.minimal("compnents = 1")) }
    expectRefusal(
      "reading small.toml:7:2: unknown key \"toolchian\" in the file",
      hint: "did you mean \"toolchain\"?"
    ) { try Self.recipe(Self.minimal("[toolchian]")) }
  }
}
