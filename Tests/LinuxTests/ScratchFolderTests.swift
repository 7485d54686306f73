import Linux
import Testing

@Suite struct ScratchFolderTests {
  private let parent: String

  init() throws {
    parent = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  private func names() throws -> [String] { try Directory(parent).entries().map(\.name) }

  private func finish() throws { try FileSystem.removeTree(parent) }

  @Test func itGoesAwayWithItsOwner() throws {
    do {
      let folder = try ScratchFolder.make(in: parent, prefix: "x")
      try FileSystem.write([1], to: "\(folder.path)/file")
      #expect(try names().count == 1)
    }
    #expect(try names() == [])
    try finish()
  }

  @Test func theLivingOnesStay() throws {
    let folder = try ScratchFolder.make(in: parent, prefix: "x")
    #expect(try ScratchFolder.removeAbandoned(in: parent, prefix: "x") == 0)
    #expect(FileSystem.isDirectory(folder.path))
    try finish()
  }

  /// Remnants of a maker, or of a remover, that died after each of its steps.
  @Test(arguments: [
    "mkdir x-1", "mkdir x-1; : > x-1/lock", "mkdir -p x-1/contents/deep; : > x-1/lock",
    "mkdir -p x-1/contents/deep; : > x-1/contents/file",
    "mkdir -p x-1/contents; chmod 0 x-1/contents",
  ])
  func theAbandonedOnesGo(_ script: String) throws {
    try Command(["sh", "-ec", "\(script); mkdir -p x x.y y-1/a; : > x-file"], directory: parent)
      .runChecked()
    #expect(try ScratchFolder.removeAbandoned(in: parent, prefix: "x") == 1)
    #expect(try names() == ["x", "x-file", "x.y", "y-1"])
    try finish()
  }

  /// A lock is given up by death alone, and counts in whatever process namespace its holder is: here
  /// in one of its own, where it has number 1.
  @Test func aLockOfAnotherProcessNamespaceCounts() throws {
    let namespaces = Machine.userID == 0 ? ["--pid"] : ["--user", "--pid"]
    let script = """
      mkdir -p x-1/contents
      "$@" --fork --kill-child flock x-1/lock sh -c 'echo held > held; exec sleep 60' \
        < /dev/null > /dev/null 2>&1 &
      echo $! > pid
      i=0
      while [ ! -s held ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done
      """
    try Command(
      ["sh", "-ec", script, "sh", "unshare"] + namespaces, directory: parent, timeout: 30
    )
    .runChecked()
    try #require(FileSystem.exists("\(parent)/held"))
    #expect(try ScratchFolder.removeAbandoned(in: parent, prefix: "x") == 0)
    #expect(FileSystem.exists("\(parent)/x-1/contents"))
    try Command(["sh", "-ec", "kill -9 $(cat pid)"], directory: parent, timeout: 10).runChecked()
    var removed = 0
    for _ in 0..<100 where removed == 0 {
      removed = try ScratchFolder.removeAbandoned(in: parent, prefix: "x")
      try Command(["sleep", "0.05"], timeout: 10).runChecked()
    }
    #expect(removed == 1)
    #expect(try names() == ["held", "pid"])
    try finish()
  }

  /// Makers and removers at once: no maker loses its folder.
  @Test func makersAndRemoversDoNotMeet() throws {
    let parent = parent
    let losses = try Workers.map(Array(0..<400), threads: 4) { (number: Int) throws(SystemError) in
      if number % 2 == 0 {
        try ScratchFolder.removeAbandoned(in: parent, prefix: "x")
        return false
      }
      let folder = try ScratchFolder.make(in: parent, prefix: "x")
      try FileSystem.write([1], to: "\(folder.path)/file")
      return !FileSystem.exists("\(folder.path)/file")
    }
    #expect(!losses.contains(true))
    #expect(try names() == [])
    try finish()
  }
}
