import Testing

@testable import Reading

@Suite struct CargoConfigTests {
  private func config(_ text: String) throws -> CargoConfig {
    try CargoConfig(parsing: bytes(text), file: ".cargo/config.toml")
  }

  static let vendored = """
    [source.crates-io]
    replace-with = "middle"

    [source.middle]
    registry = "https://example.invalid/mirror"
    replace-with = "vendored-sources"

    [source."git+https://example.invalid/tool?branch=next"]
    git = "https://example.invalid/tool"
    branch = "next"
    replace-with = "vendored-sources"

    [source.vendored-sources]
    directory = "../vendor"
    """

  @Test func followsSourceReplacement() throws {
    let config = try config(Self.vendored)
    let replacement = try config.replacement(of: "crates-io")
    #expect(replacement.chain == ["crates-io", "middle", "vendored-sources"])
    #expect(replacement.location == .directory("../vendor"))
    #expect(replacement.localPath == "../vendor")
  }

  @Test func findsTheReplacementOfALockedSource() throws {
    let config = try config(Self.vendored + "\n[registries.own]\nindex = \"https://own.invalid/i\"")
    let commit = String(repeating: "a", count: 40)
    #expect(
      try config.replacement(of: .registry(index: "https://any.invalid/i"))?.localPath
        == "../vendor")
    #expect(
      try config.replacement(of: .registry(index: "https://example.invalid/mirror"))?.chain
        == ["middle", "vendored-sources"])
    #expect(
      try config.replacement(
        of: .git(url: "https://example.invalid/tool", reference: .branch("next"), commit: commit)
      )?.localPath == "../vendor")
    #expect(
      try config.replacement(
        of: .git(url: "https://example.invalid/tool", reference: .defaultBranch, commit: commit))
        == nil)
    #expect(try config.replacement(of: .registry(index: "https://own.invalid/i")) == nil)
    #expect(try config.replacement(of: .path) == nil)
  }

  @Test func leavesAnUnreplacedRegistryWithoutPlace() throws {
    let replacement = try config("").replacement(of: "crates-io")
    #expect(replacement == CargoConfig.Replacement(chain: ["crates-io"], location: nil))
    #expect(replacement.localPath == nil)
  }

  @Test func findsALocalRegistry() throws {
    let config = try config(
      "[source]\ncrates-io = {replace-with = \"l\"}\nl = {local-registry = \"archives\"}")
    #expect(try config.replacement(of: "crates-io").location == .localRegistry("archives"))
  }

  @Test func refusesBrokenChains() {
    expectRefusal("reading .cargo/config.toml:3:1: crates-io -> b -> crates-io leads in a circle") {
      try config(
        """
        [source.crates-io]
        replace-with = "b"
        [source.b]
        replace-with = "crates-io"
        """
      ).replacement(of: "crates-io")
    }
    expectRefusal("reading .cargo/config.toml:1:1: crates-io -> b is not defined") {
      try config("[source.crates-io]\nreplace-with = \"b\"").replacement(of: "crates-io")
    }
  }

  @Test func readsFlagsInBothForms() throws {
    let config = try config(
      """
      [build]
      rustflags = "-C opt-level=3  --cfg x"
      target = "x86_64-unknown-linux-musl"
      incremental = false
      jobs = 2

      [target.x86_64-unknown-linux-gnu]
      rustflags = ["-C", "link-arg=-s"]
      linker = "clang"
      runner = "qemu -x"

      [target.'cfg(unix)']
      rustflags = "-g"

      [profile.release]
      lto = true
      [unstable]
      build-std = ["core"]
      """)
    #expect(config.build.rustflags == ["-C", "opt-level=3", "--cfg", "x"])
    #expect(config.build.targets == ["x86_64-unknown-linux-musl"])
    #expect(config.build.incremental == false)
    #expect(config.build.jobs == 2)
    #expect(config.targets.map(\.name) == ["x86_64-unknown-linux-gnu", "cfg(unix)"])
    #expect(config.targets[0].rustflags == ["-C", "link-arg=-s"])
    #expect(config.targets[0].linker == "clang")
    #expect(config.targets[0].runner == ["qemu", "-x"])
    #expect(config.profile?["release"] != nil)
    #expect(config.unstable?["build-std"] != nil)
    #expect(config.hindrances == [])
  }

  @Test func readsTheEnvironment() throws {
    let config = try config(
      """
      [env]
      A = "1"
      B = { value = "x", force = true, relative = true }
      """)
    #expect(config.environment.map(\.name) == ["A", "B"])
    #expect(config.environment[0].value == "1")
    #expect(!config.environment[0].force)
    #expect(config.environment[1].value == "x")
    #expect(config.environment[1].force)
    #expect(config.environment[1].isRelative)
  }

  @Test func namesWhatCannotWork() throws {
    let config = try config(
      """
      paths = ["/x"]
      include = "more.toml"
      [build]
      rustc = "/opt/rustc"
      rustc-wrapper = "sccache"
      rustc-workspace-wrapper = "clippy"
      target-dir = "/tmp/t"
      build-dir = "b"
      [target.a]
      linker = "/usr/bin/ld"
      runner = "/usr/bin/qemu"
      [target.b]
      linker = "../tools/ld"
      [target.c]
      linker = "lld"
      [registry]
      credential-provider = "x"
      [registries.own]
      credential-provider = "x"
      """)
    #expect(
      config.hindrances.map(\.key) == [
        "paths", "include", "build.rustc", "build.rustc-wrapper", "build.rustc-workspace-wrapper",
        "build.target-dir", "build.build-dir", "target.a.linker", "target.b.linker",
        "registry.credential-provider", "registries.own.credential-provider",
      ])
    #expect(config.hindrances[3].position == Position(line: 5, column: 1))
    #expect(
      config.hindrances[3].reason
        == "the sandbox holds no programs but those of its rootfs and toolchain")
  }

  @Test(arguments: [
    ("[build]\nrustflags = 1", "2:13: \"rustflags\" must be an array, found an integer"),
    ("[env]\nA = 1", "2:5: \"A\" must be a string or a table, found an integer"),
    ("[env]\nA = {force = true}", "2:5: missing key \"value\" in [env].A"),
    (
      "[source.a]\ndirectory = \"x\"\nregistry = \"y\"",
      "1:1: \"source\" is \"a\": only one of registry, directory, local-registry and git can be given"
    ),
    (
      "[source.a]\ngit = \"x\"\nbranch = \"y\"\ntag = \"z\"",
      "2:7: \"git\" is \"x\": only one of branch, tag and rev can be given"
    ),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading .cargo/config.toml:\(message)") { try config(content) }
  }
}
