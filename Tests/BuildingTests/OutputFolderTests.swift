import Building
import Failing
import Linux
import Testing

@Suite struct OutputFolderTests {
  /// What a finished output is known by.
  private static func fill(_ path: String, _ text: String) throws {
    try FileSystem.write(Array("{}".utf8), to: "\(path)/plan.json")
    try FileSystem.write(Array(text.utf8), to: "\(path)/record.json")
  }

  private static func record(_ path: String) throws -> String {
    String(decoding: try FileSystem.read("\(path)/record.json"), as: UTF8.self)
  }

  private static func names(_ path: String) throws -> [String] {
    try Directory(path).entries().map(\.name)
  }

  @Test func aNewOneAppearsAsAWhole() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/a/b/out"
    var output = try OutputFolder(target)
    #expect(!FileSystem.exists(target))
    try Self.fill(output.path, "new")
    #expect(!FileSystem.exists(target))
    try output.publish()
    #expect(try Self.record(target) == "new")
    #expect(try Self.names("\(scratch.path)/a/b") == ["out"])
  }

  @Test func anOldOneIsReplacedAsAWhole() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/out"
    for (text, extra) in [("old", true), ("new", false)] {
      // A slash at the end is no other folder.
      var output = try OutputFolder(target + "/")
      try Self.fill(output.path, text)
      if extra { try FileSystem.makeDirectories("\(output.path)/artifacts-B/deep") }
      try output.publish()
    }
    #expect(try Self.record(target) == "new")
    #expect(try Self.names(target) == ["plan.json", "record.json"])
    #expect(try Self.names(scratch.path) == ["out"])
  }

  @Test func anAbandonedOneGoesAwayAndLeavesTheOld() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/out"
    var first = try OutputFolder(target)
    try Self.fill(first.path, "old")
    try first.publish()
    do {
      let abandoned = try OutputFolder(target)
      try Self.fill(abandoned.path, "half")
      #expect(try Self.names(scratch.path).count == 2)
    }
    #expect(try Self.record(target) == "old")
    #expect(try Self.names(scratch.path) == ["out"])
  }

  @Test func whatADeadRunLeftIsRemovedAndALiveOnesIsNot() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/out"
    var living = try OutputFolder(target)
    for name in [".out.new-dead", ".other.new-dead", ".out.newer", ".out.new"] {
      try FileSystem.makeDirectories("\(scratch.path)/\(name)/contents/legs/A")
      try FileSystem.write([], to: "\(scratch.path)/\(name)/lock")
    }
    var output = try OutputFolder(target)
    try Self.fill(output.path, "new")
    try output.publish()
    let names = try Self.names(scratch.path)
    #expect(!names.contains(".out.new-dead"))
    #expect([".other.new-dead", ".out.new", ".out.newer"].allSatisfy(names.contains))
    #expect(FileSystem.isDirectory(living.path))
    try Self.fill(living.path, "newer")
    try living.publish()
    #expect(try Self.record(target) == "newer")
  }

  /// A publication that fails at its rename.
  @Test func aFailedPublicationLeavesTheOld() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/out"
    var first = try OutputFolder(target)
    try Self.fill(first.path, "old")
    try first.publish()
    do {
      var second = try OutputFolder(target)
      try FileSystem.removeTree(second.path)
      #expect(throws: BuildingError.self) { try second.publish() }
    }
    #expect(try Self.record(target) == "old")
    #expect(try Self.names(scratch.path) == ["out"])
  }

  @Test func anEmptyFolderIsReplaced() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/out"
    try FileSystem.makeDirectory(target)
    var output = try OutputFolder(target)
    try Self.fill(output.path, "new")
    try output.publish()
    #expect(try Self.record(target) == "new")
  }

  /// `--out .` must not cost anybody a home folder.
  @Test func whatIsNoOutputIsNotReplaced() throws {
    let scratch = try Scratch()
    let folder = "\(scratch.path)/precious"
    try FileSystem.makeDirectory(folder)
    try FileSystem.write(Array("x".utf8), to: "\(folder)/thesis")
    try FileSystem.write(Array("x".utf8), to: "\(scratch.path)/file")
    try FileSystem.makeSymlink("\(scratch.path)/link", to: "precious")
    for name in ["precious", "file", "link", "precious/.", "precious/.."] {
      let error = #expect(throws: BuildingError.self) {
        _ = try OutputFolder("\(scratch.path)/\(name)")
      }
      #expect(error?.exitCode == .usage, "\(name)")
    }
    #expect(try Self.names(scratch.path) == ["file", "link", "precious"])
    #expect(try Self.names(folder) == ["thesis"])
  }

  @Test func whatAppearsMeanwhileIsNotReplacedEither() throws {
    let scratch = try Scratch()
    let target = "\(scratch.path)/out"
    do {
      var output = try OutputFolder(target)
      try Self.fill(output.path, "new")
      try FileSystem.makeDirectory(target)
      try FileSystem.write(Array("x".utf8), to: "\(target)/thesis")
      #expect(throws: BuildingError.self) { try output.publish() }
    }
    #expect(try Self.names(target) == ["thesis"])
    #expect(try Self.names(scratch.path) == ["out"])
  }
}
