import Failing
import Hashing
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
    ("pax", "it holds an extended header of pax, which dpkg-deb does not write"),
    ("global", "it holds an extended header of pax, which dpkg-deb does not write"),
    ("root", "\"/etc/passwd\" is not a plain path below the root"),
    ("dots", "\"./usr/./x\" is not a plain path below the root"),
    ("twice", "./usr/x comes twice"), ("folders", "./usr/x/ comes twice"),
    ("sparse", "./usr/x is a sparse file"),
    ("unknown", "./usr/x is an entry of the unknown kind 90"),
    ("later", "./usr/x is a hard link to ./usr/y, which is not there"),
    ("full", "./usr/x/ has contents but is no file"),
    ("bomb", "it unpacks to far more than its own size"),
    ("copies", "it unpacks to far more than its own size"),
    ("cut", "the archive ends too early"), ("endless", "the archive ends too early"),
    ("halfend", "the archive ends too early"),
    ("trailing", "there is data after its end"), ("second", "there is data after its end"),
    ("gzips", "there is data after its end"),
    ("checksum", "a header's checksum is wrong"),
    ("longs", "one entry has two long names"), ("lonely", "a long name belongs to no entry"),
    ("cutgzip", "dpkg-deb"), ("bentgzip", "dpkg-deb"),
  ])
  func refusesHostilePackages(kind: String, reason: String) throws {
    let scratch = try Scratch()
    do {
      try Self.unpack([kind], in: scratch)
      Issue.record("the package \(kind) was unpacked")
    } catch let error as FetchingError {
      #expect(error.exitCode == .inputRejected)
      #expect(error.hint != nil)
      #expect(error.message.hasPrefix("unpacking \(kind).deb: \(reason)"), "\(error.message)")
    }
    #expect(!FileSystem.exists("\(scratch.path)/escaped"))
    #expect(!FileSystem.exists("/tmp/escaped"))
  }

  @Test func keepsNamesApartThatDifferInCaseOrForm() throws {
    let scratch = try Scratch()
    try Self.unpack(["cases", "gzip"], in: scratch)
    #expect(try Directory("\(scratch.path)/root/usr").entries().count == 5)
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

  /// Two thousand single bytes that change in a package at hand: none is used, each is removed.
  @Test func flippedBytesAreFound() throws {
    let scratch = try Scratch()
    let made = "\(scratch.path)/made.deb"
    try Command(
      ["python3", "\(LocalMirror.home)/makedeb.py", "gzip", made], timeout: 30
    ).runChecked()
    let good = try FileSystem.read(made)
    let package = Lock.Package(
      name: "x", version: "1", architecture: "all", size: Int64(good.count),
      sha256: .hashing(good), filename: "pool/x.deb", suite: "small")
    let downloads = Downloads(folder: scratch.path, packages: [package])
    let path = downloads.path(of: package)
    try FileSystem.write(good, to: path)
    #expect(try downloads.check(package))
    for round in 0..<2000 {
      var bytes = good
      bytes[round * 7919 % good.count] ^= UInt8(1 + round % 255)
      try FileSystem.write(bytes, to: path)
      #expect(try !downloads.check(package), "round \(round)")
      #expect(!FileSystem.exists(path))
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
