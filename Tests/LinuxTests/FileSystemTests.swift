import Linux
import Testing

/// A private folder that goes away with its owner.
private struct Scratch: ~Copyable {
  let path: String

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit { try? FileSystem.removeTree(path) }
}

@Suite struct FileSystemTests {
  @Test func writesAtomicallyAndReadsBack() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/file"
    try FileSystem.write(Array("one".utf8), to: path)
    try FileSystem.write(Array("two".utf8), to: path)
    #expect(try FileSystem.read(path) == Array("two".utf8))
    #expect(try Directory(scratch.path).entries().map(\.name) == ["file"])
  }

  @Test func readsAtAnOffsetWithoutMoving() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/file"
    try FileSystem.write(Array("abcdef".utf8), to: path)
    let file = try FileSystem.open(path)
    var buffer = Array("....".utf8)
    #expect(try file.read(at: 2, into: &buffer, count: 3) == 3)
    #expect(buffer == Array("cde.".utf8))
    #expect(try file.read(at: 5, into: &buffer, count: 4) == 1)
    #expect(try file.read(at: 9, into: &buffer, count: 4) == 0)
    #expect(throws: SystemError.self) { _ = try file.read(at: -1, into: &buffer, count: 1) }
    #expect(try file.readToEnd() == Array("abcdef".utf8))
  }

  @Test func removesTreesThatTheirOwnerLocked() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/a/b/c")
    try FileSystem.write([1], to: "\(scratch.path)/a/b/c/file")
    try FileSystem.makeSymlink("\(scratch.path)/a/out", to: "/etc")
    try FileSystem.setPermissions("\(scratch.path)/a/b", 0)
    try FileSystem.removeTree("\(scratch.path)/a")
    #expect(!FileSystem.exists("\(scratch.path)/a"))
    #expect(FileSystem.exists("/etc/passwd"))
  }

  @Test func removesTreesWithOddNamesAndDeepOnes() throws {
    let scratch = try Scratch()
    let steps = """
      mkdir odd && cd odd && touch "$(printf 'bad\\377name')" .cupel-removing-1 && mkdir "$(printf '\\376')"
      i=0; while [ $i -lt 1500 ]; do mkdir a b; touch file; cd a; i=$((i + 1)); done
      """
    try Command(["sh", "-c", steps], directory: scratch.path, timeout: 60).runChecked()
    try FileSystem.removeTree("\(scratch.path)/odd")
    #expect(!FileSystem.exists("\(scratch.path)/odd"))
  }

  @Test func opensBeneathWithoutFollowingSymlinks() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/in")
    try FileSystem.write([1], to: "\(scratch.path)/secret")
    try FileSystem.write([2], to: "\(scratch.path)/in/file")
    try FileSystem.makeSymlink("\(scratch.path)/in/link", to: "file")
    let directory = try Directory("\(scratch.path)/in")
    #expect(try directory.openBeneath("file").readToEnd() == [2])
    #expect(throws: SystemError.self) { _ = try directory.openBeneath("../secret") }
    #expect(throws: SystemError.self) { _ = try directory.openBeneath("link") }
    #expect(throws: SystemError.self) { _ = try directory.openBeneath("\(scratch.path)/secret") }
  }

  @Test func refusesNamesThatAreNotUTF8() throws {
    let scratch = try Scratch()
    try Command(
      ["sh", "-c", "touch $(printf 'bad\\377name')"], directory: scratch.path, timeout: 10
    )
    .runChecked()
    let directory = try Directory(scratch.path)
    #expect(throws: SystemError.self) { _ = try directory.entries() }
  }

  @Test func locksExcludeEachOther() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/lock"
    do {
      let held = try FileLock(path, .exclusive)
      #expect(try FileLock.attempt(path, .shared) == nil)
      _ = consume held
    }
    #expect(try FileLock.attempt(path, .exclusive) != nil)
  }

  @Test func renamesOnlyOntoFreeNames() throws {
    let scratch = try Scratch()
    try FileSystem.write([1], to: "\(scratch.path)/a")
    try FileSystem.write([2], to: "\(scratch.path)/b")
    let directory = try Directory(scratch.path)
    #expect(throws: SystemError.self) {
      try directory.rename("a", to: directory, as: "b", .onlyNew)
    }
    try directory.rename("a", to: directory, as: "b", .exchange)
    #expect(try FileSystem.read("\(scratch.path)/a") == [2])
  }
}
