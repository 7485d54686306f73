import Linux
import Testing

@Suite struct CopyTests {
  /// Copies what a script makes as `file`; says how large the copy is and how much it takes.
  private func copy(_ script: String) throws -> (isSame: Bool, size: Int64, taken: Int64) {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    try Command(["sh", "-ec", script], directory: folder, timeout: 60).runChecked()
    let copy = try FileSystem.create("\(folder)/copy")
    let size = try FileSystem.copyContents(from: FileSystem.open("\(folder)/file"), to: copy)
    let taken = try Command(["stat", "-c", "%b", "copy"], directory: folder, timeout: 10)
      .runChecked().text.dropLast()
    let same = try Command(["cmp", "file", "copy"], directory: folder, timeout: 60).run()
    return (same.status == 0, size, (Int64(taken) ?? -1) * 512)
  }

  @Test(arguments: [
    (": > file", 0), ("printf abc > file", 3), ("head -c 300000 /dev/urandom > file", 300_000),
  ])
  func everythingIsCopied(_ script: String, _ size: Int64) throws {
    let copy = try copy(script)
    #expect(copy.isSame)
    #expect(copy.size == size)
  }

  /// Data at the start, in the middle, at the end, and nowhere.
  @Test(arguments: [
    "printf start > file; truncate -s 200M file",
    "truncate -s 200M file; printf middle | dd of=file bs=1M seek=100 conv=notrunc status=none",
    "truncate -s 200M file; printf end >> file", "truncate -s 200M file",
  ])
  func holesStayHoles(_ script: String) throws {
    let copy = try copy(script)
    #expect(copy.isSame)
    #expect(copy.size >= 200 << 20)
    #expect(copy.taken < 1 << 20)
  }
}
