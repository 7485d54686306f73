import Linux
import Reading
import Storing
import Testing

@testable import Fetching

@Suite struct PackageTests {
  /// Unpacks packages of our own into a folder, without any network.
  static func unpack(_ kinds: [String], in scratch: borrowing Scratch) throws {
    let root = "\(scratch.path)/root"
    try FileSystem.makeDirectories(root)
    let unpacker = Unpacker(root: root, recipe: try makeLock([]).recipe)
    for kind in kinds {
      let deb = "\(scratch.path)/\(kind).deb"
      try Command(
        ["python3", "\(LocalMirror.home)/makedeb.py", kind, deb], timeout: 30
      ).runChecked()
      try unpacker.unpack(deb, filename: "\(kind).deb")
    }
    try unpacker.finish()
  }

  @Test(arguments: [
    ("device", "./usr/null is a device"), ("block", "./usr/disk is a device"),
    ("fifo", "./usr/pipe is a fifo"),
    ("parent", "\"./usr/../../escaped\" is not a plain path below the root"),
    ("absolute", "\"/etc/../../escaped\" is not a plain path below the root"),
    ("behind", "./usr/out/escaped is in the way of, or behind, a file of another package"),
    ("hardout", "\"../../../etc/passwd\" is not a plain path below the root"),
    ("hardlink", "./usr/x is in the way of, or behind, a file of another package"),
    ("bytes", "a name is not UTF-8"),
    ("pax", "././@PaxHeader is an entry of the unknown kind 120"),
  ])
  func refusesHostilePackages(kind: String, reason: String) throws {
    let scratch = try Scratch()
    do {
      try Self.unpack([kind], in: scratch)
      Issue.record("the package \(kind) was unpacked")
    } catch FetchingError.badPackage(let filename, let found) {
      #expect(filename == "\(kind).deb")
      #expect(found == reason)
    }
    #expect(!FileSystem.exists("\(scratch.path)/escaped"))
    #expect(!FileSystem.exists("/tmp/escaped"))
  }

  @Test func refusesTwoPackagesWithOneFile() throws {
    let scratch = try Scratch()
    #expect(throws: FetchingError.self) { try Self.unpack(["plain", "same"], in: scratch) }
  }

  @Test func refusesWhatIsNoPackage() throws {
    let scratch = try Scratch()
    try FileSystem.write(Array("no package".utf8), to: "\(scratch.path)/x.deb")
    let unpacker = Unpacker(root: scratch.path, recipe: try makeLock([]).recipe)
    let deb = "\(scratch.path)/x.deb"
    let error = #expect(throws: FetchingError.self) {
      try unpacker.unpack(deb, filename: "x.deb")
    }
    #expect(error?.message.contains("unexpected end of file") == true)
  }

  @Test func recipesDoNotOverwritePackages() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/etc")
    try FileSystem.write([], to: "\(scratch.path)/etc/hosts")
    let unpacker = Unpacker(root: scratch.path, recipe: try makeLock([]).recipe)
    do {
      try unpacker.finish()
      Issue.record("a file of a package was overwritten")
    } catch FetchingError.occupied(let path) {
      #expect(path == "/etc/hosts")
    }
  }

  @Test(arguments: 1...9)
  func readsTarInPiecesOfAnySize(shift: Int) throws {
    let scratch = try Scratch()
    let deb = "\(scratch.path)/plain.deb"
    try Command(
      ["python3", "\(LocalMirror.home)/makedeb.py", "plain", deb], timeout: 30
    ).runChecked()
    let tar = try Command(["dpkg-deb", "--fsys-tarfile", deb], timeout: 30).runChecked()
      .standardOutput
    var reader = TarReader(filename: "x")
    var paths: [String] = []
    var bytes = 0
    var ends = 0
    for start in stride(from: 0, to: tar.count, by: 1 << (2 * shift)) {
      let piece = tar[start..<min(start + 1 << (2 * shift), tar.count)]
      try reader.feed(piece) { event in
        switch event {
        case .entry(let entry): paths.append(entry.path)
        case .contents(let contents): bytes += contents.count
        case .endOfFile: ends += 1
        }
      }
    }
    try reader.finish()
    #expect(paths.count == 11)
    #expect(ends == 5)
    #expect(bytes == 10 + 200_000 + 5 + 3)
    #expect(throws: FetchingError.self) {
      var short = TarReader(filename: "x")
      try short.feed(tar.prefix(tar.count / 2)) { _ in }
      try short.finish()
    }
    var broken = Array(tar)
    broken[0] ^= 1
    #expect(throws: FetchingError.self) {
      var reader = TarReader(filename: "x")
      try reader.feed(broken[...]) { _ in }
    }
  }
}
