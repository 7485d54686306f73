import Hashing
import Linux
import Reading
import Storing

/// A folder of `.crate` files: flat, a cargo local registry, or cargo's own cache with one folder a
/// registry.
struct CrateArchives {
  /// Absolute.
  let folder: String
  private let folders: [String]

  /// Bytes of a `.crate`; crates.io accepts 10 MiB by default.
  static let archiveLimit = 256 << 20
  /// Bytes of its contents.
  static let contentsLimit = 512 << 20
  /// A crate may unpack to this many times its size. Deflate can reach 1032.
  static let ratioLimit = 200
  /// Small archives may have a larger ratio.
  static let contentsFloor = 32 << 20

  init(_ folder: String) throws(StagingError) {
    guard FileSystem.isDirectory(folder) else { throw .cratesFolderMissing(path: folder) }
    self.folder = try doing("looking for \(folder)", try FileSystem.realPath(folder))
    var folders = [self.folder]
    let entries = try doing("reading \(folder)", try Directory(self.folder).entries())
    for entry in entries where entry.kind == .directory && entry.name != "index" {
      folders.append("\(self.folder)/\(entry.name)")
    }
    self.folders = folders
  }

  /// Unpacks the archives of all packages into `draft`, each into NAME-VERSION/.
  func unpack(
    _ packages: [CargoLock.Package], into folder: String
  ) throws(StagingError) {
    var writer = TreeWriter(folder: folder)
    var findings: [ArchiveFinding] = []
    var seen: Set<String> = []
    for package in packages {
      guard let checksum = package.checksum else {
        throw .crateWithoutChecksum(crate: package.title)
      }
      guard seen.insert(package.title).inserted else { throw .sameCrateTwice(crate: package.title) }
      let archive: (path: String, bytes: [UInt8])
      switch try find(package, checksum) {
      case .success(let found): archive = found
      case .failure(let fact):
        findings.append(ArchiveFinding(crate: package.title, fact: fact.fact))
        continue
      }
      // Once something is wrong, the rest is only looked at.
      if findings.isEmpty {
        try Self.unpack(archive.bytes, from: archive.path, package, checksum, into: &writer)
      }
    }
    guard findings.isEmpty else {
      throw .archivesRejected(
        folder: self.folder, findings: Array(findings.prefix(10)), count: findings.count)
    }
    try writer.finish()
  }

  private struct Wrong: Error {
    let fact: ArchiveFinding.Fact
  }

  /// The archive with the right digest, wherever in the folders it is.
  private func find(
    _ package: CargoLock.Package, _ checksum: Digest
  ) throws(StagingError) -> Result<(path: String, bytes: [UInt8]), Wrong> {
    var wrong: Digest?
    for folder in folders {
      let path = "\(folder)/\(package.name)-\(package.version).crate"
      guard FileSystem.exists(path) else { continue }
      let bytes = try doing(
        "reading \(path)", try FileSystem.read(path, limit: Self.archiveLimit))
      let digest = Digest.hashing(bytes)
      if digest == checksum { return .success((path, bytes)) }
      wrong = digest
    }
    return .failure(
      Wrong(fact: wrong.map { .otherDigest(locked: checksum, found: $0) } ?? .missing))
  }

  private static func unpack(
    _ compressed: [UInt8], from path: String, _ package: CargoLock.Package, _ checksum: Digest,
    into writer: inout TreeWriter
  ) throws(StagingError) {
    let bytes = try expand(compressed, from: path)
    let top = "\(package.name)-\(package.version)"
    let archive: TarArchive
    do throws(TarError) {
      archive = try TarArchive(parsing: bytes, top: top)
    } catch {
      throw .archive(path, error)
    }
    var listed: [ChecksumFile.Entry] = []
    var symlinks: [(path: String, target: String)] = []
    var contents: [[UInt8]: Range<Int>] = [:]
    for entry in archive.entries where !isSkipped(entry.path) {
      switch entry.content {
      case .folder:
        try writer.makeFolder("\(top)/\(entry.path)")
      case .symlink(let target):
        try writer.symlink("\(top)/\(entry.path)", to: target)
        symlinks.append((entry.path, target))
      case .file(let range, let isExecutable):
        let content = Array(bytes[range])
        contents[Array(entry.path.utf8)] = range
        listed.append(ChecksumFile.Entry(path: entry.path, digest: Digest.hashing(content)))
        try writer.write(content, to: "\(top)/\(entry.path)", isExecutable: isExecutable)
      }
    }
    // Cargo lists a symlink to a file with the digest of that file.
    for (link, target) in symlinks {
      let place = LexicalPath.join("/" + LexicalPath.parent(of: "/\(link)"), target)
      if let range = contents[Array(place.utf8.dropFirst())] {
        listed.append(ChecksumFile.Entry(path: link, digest: Digest.hashing(Array(bytes[range]))))
      }
    }
    try writer.write(
      ChecksumFile.render(files: listed, package: checksum), to: "\(top)/\(ChecksumFile.name)")
  }

  /// What `cargo vendor` leaves out, wherever it stands (cargo, src/cargo/ops/vendor.rs,
  /// `vendor_this`; measured with cargo 1.95). An archive's own checksum file is refused later, as
  /// the second of its name.
  static func isSkipped(_ path: String) -> Bool {
    let name = LexicalPath.components(path).last
    return name == ".gitattributes" || name == ".gitignore" || name == ".git"
      || name == ".cargo-ok"
  }

  /// gzip(1) does it: it verifies the CRC and fails on what follows the end.
  private static func expand(_ bytes: [UInt8], from path: String) throws(StagingError) -> [UInt8] {
    let limit = min(contentsLimit, max(contentsFloor, ratioLimit * bytes.count))
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        ["gzip", "-dc"], input: bytes, timeout: 300, outputLimit: limit + 1
      ).run()
    } catch {
      throw .command(error)
    }
    guard output.standardOutput.count <= limit else {
      throw .archiveTooLarge(archive: path, limit: limit)
    }
    guard output.status == 0 else {
      let words = output.errorText.split(separator: "\n").joined(separator: "; ")
      throw .archiveUnreadable(archive: path, words: words.isEmpty ? "gzip failed" : words)
    }
    return output.standardOutput
  }

  // MARK: Comparing

  /// How a committed vendor folder differs from what the archives hold, crate by crate.
  ///
  /// Executable bits are not compared, and not the files that some version of `cargo vendor` leaves
  /// out: `*.orig` and `*.rej` before cargo 1.89.
  static func compare(
    _ committed: VendorFolder, with unpacked: VendorFolder, _ packages: [CargoLock.Package]
  ) -> [VendorFinding] {
    var findings: [VendorFinding] = []
    for wanted in packages {
      // A crate that was never committed is no difference: it comes from its archive.
      guard let ours = unpacked.package(wanted), let theirs = committed.package(wanted) else {
        continue
      }
      func note(_ path: [UInt8], _ how: VendorFinding.Difference) {
        let path = String(decoding: path, as: UTF8.self)
        findings.append(
          VendorFinding(crate: wanted.title, fact: .differs(path: path, how: how)))
      }
      let paths = Set(ours.files.keys).union(theirs.files.keys)
        .union(ours.symlinks).union(theirs.symlinks)
        .sorted { $0.lexicographicallyPrecedes($1) }
      for path in paths where path != Array(ChecksumFile.name.utf8) {
        let shown = String(decoding: path, as: UTF8.self)
        switch (ours.files[path], theirs.files[path]) {
        case (let ours?, let theirs?):
          if ours.digest != theirs.digest { note(path, .changed) }
        case (_?, nil):
          if !shown.hasSuffix(".orig"), !shown.hasSuffix(".rej") { note(path, .removed) }
        case (nil, _?): note(path, .added)
        case (nil, nil):
          if ours.symlinks.contains(path) != theirs.symlinks.contains(path) {
            note(path, ours.symlinks.contains(path) ? .removed : .added)
          }
        }
      }
    }
    return findings
  }
}
