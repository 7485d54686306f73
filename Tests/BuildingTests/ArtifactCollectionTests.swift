import Failing
import Linux
import Testing

@testable import Building

/// What is taken out of a target folder, and what is not.
@Suite struct ArtifactCollectionTests {
  private static func file(_ path: String) -> ArtifactFile {
    ArtifactFile(kind: .bin, target: nil, path: path)
  }

  /// Collects files of a target folder that a script has made; the copies are in `out`.
  private func collect(
    _ scratch: borrowing Scratch, _ script: String, _ paths: [String], limit: Int64 = 1 << 20
  ) throws -> [CollectedArtifact] {
    let target = "\(scratch.path)/target"
    try FileSystem.makeDirectories("\(target)/release/deps")
    try Command(["sh", "-ec", script], directory: target, timeout: 60).runChecked()
    var collection = ArtifactCollection(
      leg: "A", folder: "\(scratch.path)/out", sizeLimit: limit)
    return try collection.collect(paths.map(Self.file), from: Directory(target))
  }

  private func refusal(_ script: String, _ paths: [String], limit: Int64 = 1 << 20) throws -> String
  {
    let scratch = try Scratch()
    do {
      _ = try collect(scratch, script, paths, limit: limit)
      return "none"
    } catch let error as BuildingError {
      #expect(error.exitCode == .buildFailed)
      #expect(error.chain.printable == error.chain)
      return error.chain
    }
  }

  @Test func onlyBytesAndTheExecutableBitAreCopied() throws {
    let scratch = try Scratch()
    let collected = try collect(
      scratch,
      """
      echo program > release/x; chmod 7777 release/x; touch -d @1000 release/x
      echo data > release/y.so; chmod 0604 release/y.so
      python3 -c 'import os; os.setxattr("release/x", "user.mark", b"here")' || :
      """, ["release/y.so", "release/x"])
    #expect(collected.map(\.name) == ["x", "y.so"])
    let program = try FileSystem.status("\(scratch.path)/out/x")
    #expect(program.permissions & 0o7022 == 0)
    #expect(program.isExecutable)
    #expect(program.linkCount == 1)
    #expect(program.modified > 1000)
    #expect(try !FileSystem.status("\(scratch.path)/out/y.so").isExecutable)
    let attributes = Command(
      ["python3", "-c", "import os; print(os.listxattr('out/x'))"], directory: scratch.path,
      timeout: 10)
    #expect(try attributes.runChecked().text == "[]\n")
  }

  /// As cargo makes them: one name to be found and one in deps.
  @Test func hardLinksInsideAreFine() throws {
    let scratch = try Scratch()
    let collected = try collect(
      scratch, "echo x > release/deps/x-12; ln release/deps/x-12 release/x; ln release/x z",
      ["release/x"])
    #expect(collected.map(\.name) == ["x"])
    #expect(try FileSystem.status("\(scratch.path)/out/x").linkCount == 1)
  }

  @Test func aHardLinkToAFileOutsideIsRefused() throws {
    let chain = try refusal("echo secret > ../file; ln ../file release/x", ["release/x"])
    #expect(chain.contains("a name outside of the target folder"))
  }

  @Test(arguments: [
    ("mkfifo release/x", "release/x", "not a regular file"),
    ("mkdir release/x", "release/x", "not a regular file"),
    ("ln -s /etc/passwd release/x", "release/x", "symbolic links"),
    ("ln -s y release/x; echo y > release/y", "release/x", "symbolic links"),
    ("ln -s /etc release/etc", "release/etc/passwd", "symbolic links"),
    (":", "release/none", "no such file"),
    ("echo x > ../x", "../x", "mislead"),
    ("echo x > release/x", "release/../release/x", "mislead"),
    ("echo x > release/x", "release//x", "mislead"),
    ("echo x > release/x", "/etc/passwd", "mislead"),
    ("echo x > release/x", "", "mislead"),
    ("echo x > release/x", ".", "mislead"),
    ("echo x > 'release/a\nb'", "release/a\nb", "mislead"),
    ("printf x > \"$(printf 'release/a\\033[2Jb')\"", "release/a\u{1b}[2Jb", "mislead"),
    ("printf x > 'release/a\u{202e}b'", "release/a\u{202e}b", "mislead"),
    ("head -c 1048577 /dev/zero > release/x", "release/x", "larger"),
    ("truncate -s 9E release/x 2> /dev/null || truncate -s 7T release/x", "release/x", "larger"),
  ])
  func whatIsNoPlainFileIsRefused(_ script: String, _ path: String, _ words: String) throws {
    let chain = try refusal(script, [path])
    #expect(chain.lowercased().contains(words), "\(chain)")
  }

  /// A socket cannot be opened, and a device is on no file system of a sandbox's.
  @Test func aSocketIsRefused() throws {
    let chain = try refusal(
      "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"release/x\")'",
      ["release/x"])
    #expect(chain.contains("collecting release/x"))
  }

  @Test func allTogetherAreLimited() throws {
    let script = "head -c 700000 /dev/zero > release/x; ln release/x release/y"
    #expect(try refusal(script, ["release/x", "release/y"]).contains("larger"))
    #expect(try refusal(script, ["release/x", "release/y"], limit: 1_400_000) == "none")
  }

  @Test func twoOfOneNameAreRefused() throws {
    let chain = try refusal(
      "echo x > release/x; echo y > release/deps/x", ["release/x", "release/deps/x"])
    #expect(chain.contains("same name"))
  }

  @Test func aFloodIsRefused() throws {
    let paths = (0...CargoSession.mostArtifacts).map { "release/\($0)" }
    #expect(try refusal(":", paths).contains("more than"))
  }

  @Test func aHoleCostsNothing() throws {
    let scratch = try Scratch()
    let collected = try collect(
      scratch, "truncate -s 500M release/x; echo x >> release/x", ["release/x"], limit: 1 << 30)
    #expect(collected.count == 1)
    let blocks = try Command(
      ["stat", "-c", "%b", "out/x"], directory: scratch.path, timeout: 10
    ).runChecked().text.dropLast()
    #expect(try #require(Int(blocks)) < 2048)
  }
}
