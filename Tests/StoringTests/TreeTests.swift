import Failing
import Hashing
import Linux
import Storing
import Testing

@Suite struct TreeTests {
  /// What an independent implementation says.
  static func oracle(_ path: String) throws -> String {
    let script = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let output = try Command(["python3", "\(script)/oracle.py", path], timeout: 60).runChecked()
    return String(output.text.prefix(64))
  }

  static func makeOddFolder(_ path: String) throws {
    try FileSystem.makeDirectories("\(path)/empty")
    try FileSystem.makeDirectories("\(path)/a/b/c/d")
    try FileSystem.write([], to: "\(path)/nothing")
    try FileSystem.write(Array("x".utf8), to: "\(path)/a/program", permissions: 0o755)
    try FileSystem.write([UInt8](repeating: 7, count: 300_000), to: "\(path)/a/b/large")
    for (index, name) in ["line\nbreak", "two words", "e\u{301}", "\u{e9}", "-", "a.b", "a b", "Z"]
      .enumerated()
    {
      try FileSystem.write(Array("file \(index)".utf8), to: "\(path)/a/b/\(name)")
    }
    try FileSystem.makeSymlink("\(path)/loop", to: "loop")
    try FileSystem.makeSymlink("\(path)/a/up", to: "..")
    try FileSystem.makeSymlink("\(path)/outside", to: "/etc/shadow")
  }

  @Test func emptyFolder() throws {
    let scratch = try Scratch()
    // SHA-256 of nothing: an empty Directory message has no bytes.
    #expect(
      try Tree(reading: scratch.path).digest.hex
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func agreesWithAnIndependentImplementation() throws {
    let scratch = try Scratch()
    try Self.makeOddFolder(scratch.path)
    let tree = try Tree(reading: scratch.path)
    #expect(try tree.digest.hex == Self.oracle(scratch.path))
    #expect(tree.fileCount == 11)
    #expect(tree.byteCount == 300_000 + 1 + 8 * 6)
  }

  @Test func agreesAboutRealSources() throws {
    let sources = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Sources"
    #expect(try Tree(reading: sources).digest.hex == Self.oracle(sources))
  }

  @Test func manyFilesInOneFolder() throws {
    let scratch = try Scratch()
    for index in 0..<1000 {
      try FileSystem.write(Array("\(index)".utf8), to: "\(scratch.path)/\(index)")
    }
    let tree = try Tree(reading: scratch.path)
    #expect(try tree.digest.hex == Self.oracle(scratch.path))
    #expect(tree.files.map(\.name).prefix(4) == ["0", "1", "10", "100"])
  }

  @Test func canonicallyEquivalentNamesStayDistinct() throws {
    let scratch = try Scratch()
    try FileSystem.write([1], to: "\(scratch.path)/e\u{301}")
    try FileSystem.write([2], to: "\(scratch.path)/\u{e9}")
    let tree = try Tree(reading: scratch.path)
    #expect(tree.files.map { Array($0.name.utf8) } == [[0x65, 0xcc, 0x81], [0xc3, 0xa9]])
  }

  @Test func timesOwnersAndPermissionsDoNotMatter() throws {
    let scratch = try Scratch()
    for name in ["one", "two"] {
      try FileSystem.makeDirectories("\(scratch.path)/\(name)/sub")
      try FileSystem.write([1], to: "\(scratch.path)/\(name)/sub/file")
    }
    try FileSystem.setPermissions("\(scratch.path)/two/sub/file", 0o600)
    try FileSystem.setPermissions("\(scratch.path)/two/sub", 0o700)
    try Directory("\(scratch.path)/two/sub").setTimes("file", seconds: 1)
    let one = try Tree(reading: "\(scratch.path)/one")
    #expect(try Tree(reading: "\(scratch.path)/two").digest == one.digest)
    try FileSystem.setPermissions("\(scratch.path)/two/sub/file", 0o700)
    #expect(try Tree(reading: "\(scratch.path)/two").digest != one.digest)
  }

  @Test func whatIsExcludedIsNotLookedAt() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/target/deep")
    try Command(["mkfifo", "\(scratch.path)/target/fifo"], timeout: 10).runChecked()
    try FileSystem.write([1], to: "\(scratch.path)/kept")
    let tree = try Tree(reading: scratch.path) { path, kind in
      path == "target" && kind == .directory
    }
    #expect(tree.allFiles().map(\.path) == ["kept"])
    #expect(tree.subtrees.isEmpty)
  }

  @Test func refusesAFifoByName() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/sub")
    try Command(["mkfifo", "\(scratch.path)/sub/pipe"], timeout: 10).runChecked()
    do {
      _ = try Tree(reading: scratch.path)
      Issue.record("a fifo was hashed")
    } catch StoringError.unsupportedKind(let path, let kind) {
      #expect(path == "\(scratch.path)/sub/pipe")
      #expect(kind == .fifo)
    }
  }

  @Test func refusesNamesThatAreNotText() throws {
    let scratch = try Scratch()
    try Command(
      ["sh", "-c", "touch $(printf 'bad\\377name')"], directory: scratch.path, timeout: 10
    ).runChecked()
    do {
      _ = try Tree(reading: scratch.path)
      Issue.record("a name that is not UTF-8 was accepted")
    } catch {
      #expect(error.exitCode == .inputRejected)
      #expect(error.chain.contains("not UTF-8"))
    }
  }

  @Test func refusesFoldersNestedTooDeep() throws {
    let scratch = try Scratch()
    let steps = "i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i + 1)); done"
    try Command(["sh", "-c", steps], directory: scratch.path, timeout: 30).runChecked()
    do {
      _ = try Tree(reading: scratch.path)
      Issue.record("300 levels were accepted")
    } catch StoringError.tooDeep(_, let limit) {
      #expect(limit == Tree.depthLimit)
    }
  }
}
