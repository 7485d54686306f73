import Hashing
import Linux
import Reading
import Storing
import Testing

@testable import Staging

/// Ten thousand single bytes that change in locked inputs. Each is caught before a build, or
/// harmless: a lock is harmless when it is read as the same packages, with the same sources,
/// checksums and dependencies (a comment, white space, the version of its format).
@Suite struct FlippedByteTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// SplitMix64, so that a failure can be repeated.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64 = 4

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private func flipped(_ bytes: [UInt8], _ generator: inout Generator) -> ([UInt8], Int) {
    var bytes = bytes
    let index = Int.random(in: bytes.indices, using: &generator)
    bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
    return (bytes, index)
  }

  /// What a lock says, wherever in the file it does.
  private func meaning(_ lock: CargoLock) -> [[String]] {
    lock.packages.map { package in
      [
        package.name, package.version, package.sourceText ?? "", package.checksum?.hex ?? "",
        "\(package.dependencies)",
      ]
    }
  }

  private func layOut() throws -> (lock: CargoLock, bytes: [UInt8], archives: CrateArchives) {
    let one = try scratch.archive("first", "1.0.0", more: "add('data', bytes(range(256)) * 9)")
    let two = try scratch.archive("second", "2.3.4")
    try scratch.project(
      "p",
      [
        .init(name: "first", version: "1.0.0", checksum: one),
        .init(name: "second", version: "2.3.4", checksum: two),
      ])
    let file = "\(scratch.path)/p/Cargo.lock"
    let bytes = Array("# a comment that nobody reads\n".utf8) + (try FileSystem.read(file))
    return (
      try CargoLock(parsing: bytes, file: file), bytes,
      try CrateArchives(["\(scratch.path)/crates"], cache: nil, fetched: nil)
    )
  }

  @Test func inArchives() throws {
    let (lock, _, archives) = try layOut()
    var generator = Generator()
    for package in lock.packages.dropFirst() {
      let file = "\(scratch.path)/crates/\(package.name)-\(package.version).crate"
      let good = try FileSystem.read(file)
      let checksum = try #require(package.checksum)
      for _ in 0..<2500 {
        let (bytes, index) = flipped(good, &generator)
        try FileSystem.write(bytes, to: file)
        switch try archives.find(package, checksum: checksum, notice: { _ in }) {
        case .other(_, let digest): #expect(digest != checksum)
        case .archive, .nothing: Issue.record("byte \(index) of \(file) changed unseen")
        }
      }
      try FileSystem.write(good, to: file)
    }
  }

  @Test func inTheLock() throws {
    let (lock, good, archives) = try layOut()
    let manifests = try ProjectLocation.find("\(scratch.path)/p").manifests
    let wanted = meaning(lock)
    var generator = Generator()
    var harmless = 0
    for _ in 0..<4500 {
      let (bytes, index) = flipped(good, &generator)
      guard let read = try? CargoLock(parsing: bytes, file: "Cargo.lock"),
        (try? read.verify(file: "Cargo.lock", manifests: manifests, configurations: [])) != nil
      else { continue }
      if meaning(read) == wanted {
        harmless += 1
        continue
      }
      var isCaught = false
      for package in read.packages where package.source.isRegistry {
        guard let checksum = package.checksum else {
          isCaught = true
          continue
        }
        if case .archive = try archives.find(package, checksum: checksum, notice: { _ in }) {
          continue
        }
        isCaught = true
      }
      let line = String(decoding: bytes, as: UTF8.self)
      #expect(isCaught, "byte \(index) changed unseen:\n\(line)")
    }
    // About as many as there are bytes in the comment.
    #expect((50...1500).contains(harmless), "\(harmless)")
  }

  @Test func inVendoredFiles() throws {
    let (_, _, _) = try layOut()
    var request = scratch.request("p")
    request.crates = ["\(scratch.path)/crates"]
    request.vendor = "\(scratch.path)/p/vendor"
    _ = try VendorUpdate.run(request) { _ in }
    let survey = try LockedProject(request).survey
    let group = try #require(try survey.groups().first)
    let files = try Tree(reading: "\(scratch.path)/p/vendor").allFiles().map(\.path)
    var generator = Generator()
    for round in 0..<500 {
      let file = "\(scratch.path)/p/vendor/\(files[round % files.count])"
      let good = try FileSystem.read(file)
      let (bytes, index) = flipped(good, &generator)
      try FileSystem.write(bytes, to: file)
      let folder = try VendorFolder(onDisk: "\(scratch.path)/p/vendor")
      let verdicts = try survey.verdicts(group, in: folder) { _ in }
      // A folder that is another crate's now is left aside: the archive supplies what is missing.
      let isReplaced = verdicts.contains { $0.vendored == nil && $0.level == .archive }
      // An archive vouches for files whose names and hashes the checksum file has lost.
      let isAnchored = file.hasSuffix(".json") && verdicts.allSatisfy { $0.level == .archive }
      #expect(
        !verdicts.flatMap(\.findings).isEmpty || isReplaced || isAnchored,
        "byte \(index) of \(file) changed unseen")
      try FileSystem.write(good, to: file)
    }
  }
}
