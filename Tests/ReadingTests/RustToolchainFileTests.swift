import Reading
import Testing

@Suite struct RustToolchainFileTests {
  private func file(_ text: String, name: String = "rust-toolchain") throws -> RustToolchainFile {
    try RustToolchainFile(parsing: bytes(text), file: name)
  }

  @Test(
    arguments: [
      ("1.63.0", .release(minor: "1.63", patch: "0")),
      ("1.63\n", .release(minor: "1.63", patch: nil)),
      ("stable", .stable),
      ("beta-2026-05-19", .beta(date: "2026-05-19")),
      ("nightly", .nightly(date: nil)),
      ("nightly-2026-05-19\n", .nightly(date: "2026-05-19")),
      ("nightly-2026-05-19-x86_64-unknown-linux-gnu", .nightly(date: "2026-05-19")),
      ("stable-x86_64-unknown-linux-gnu", .stable),
      ("1.63.0-x86_64-unknown-linux-gnu", .release(minor: "1.63", patch: "0")),
      ("my-own", .custom("my-own")),
    ] as [(String, RustToolchainFile.Channel)])
  func readsChannels(text: String, channel: RustToolchainFile.Channel) throws {
    #expect(try file(text).channel == channel)
    let name = text.split(whereSeparator: \.isWhitespace).joined()
    let toml = try file("[toolchain]\nchannel = \"\(name)\"", name: "rust-toolchain.toml")
    #expect(toml.channel == channel)
    #expect(toml.channelText == name)
  }

  @Test func readsTheTable() throws {
    let file = try file(
      """
      [toolchain]
      channel = "1.70.0"
      components = ["rustfmt"]
      targets = ["wasm32-unknown-unknown"]
      profile = "minimal"
      """)
    #expect(file.components == ["rustfmt"])
    #expect(file.targets == ["wasm32-unknown-unknown"])
    #expect(file.profile == "minimal")
    #expect(file.position == Position(line: 2, column: 11))
  }

  @Test(
    arguments: [
      ("1.63.0", "1.63.0", .yes), ("1.63.0", "1.63.1", .no), ("1.63", "1.63.1", .yes),
      ("1.6", "1.63.0", .no), ("1.63", "1.63.0-nightly", .no), ("stable", "1.96.0", .yes),
      ("stable", "1.96.0-nightly", .no), ("beta", "1.97.0-beta.2", .yes), ("beta", "1.96.0", .no),
      ("nightly", "1.98.0-nightly", .yes), ("nightly", "1.98.0", .no),
      ("nightly-2026-05-19", "1.98.0-nightly", .unknowable), ("nightly-2026-05-19", "1.98.0", .no),
      ("my-own", "1.96.0", .unknowable),
    ] as [(String, String, RustToolchainFile.Satisfaction)])
  func knowsWhatSatisfies(
    channel: String, version: String, answer: RustToolchainFile.Satisfaction
  ) throws {
    #expect(try file(channel).satisfied(by: version) == answer)
  }

  @Test func cannotKnowAPath() throws {
    #expect(try file("[toolchain]\npath = \"/x\"").satisfied(by: "1.96.0") == .unknowable)
    #expect(try file("[toolchain]\ntargets = []").satisfied(by: "1.96.0") == .yes)
  }

  @Test(arguments: [
    ("", "1:1: missing key \"toolchain\" in the file"),
    ("[toolchain]\nchannel = \"\"", "2:11: \"channel\" is \"\": not a channel"),
    ("../x", "1:1: \"channel\" is \"../x\": not a channel"),
    (
      "[toolchain]\nchannel = \"stable\"\npath = \"/x\"",
      "3:8: \"path\" is \"/x\": channel and path cannot both be given"
    ),
    ("one\ntwo", "1:4: expected '=', found the end of the line"),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading rust-toolchain:\(message)") { try file(content) }
  }
}
