import Hashing
import Linux
import Reading
import Storing

/// One `.crate`, whose SHA-256 is known to be the one in Cargo.lock, expanded in memory.
struct CrateArchive {
  struct File {
    let range: Range<Int>
    let isExecutable: Bool
    let digest: Digest
  }

  let path: String
  let checksum: Digest
  /// The one folder in it: NAME-VERSION.
  let top: String
  /// By path, without what `cargo vendor` leaves out.
  let files: [[UInt8]: File]
  let symlinks: [[UInt8]: String]
  private let folders: [String]
  private let bytes: [UInt8]

  /// Bytes of a `.crate`; crates.io accepts 10 MiB by default.
  static let archiveLimit = 256 << 20
  /// Bytes of its contents.
  static let contentsLimit = 512 << 20
  /// A crate may unpack to this many times its size. Deflate can reach 1032.
  static let ratioLimit = 200
  /// Small archives may have a larger ratio.
  static let contentsFloor = 32 << 20

  init(
    path: String, compressed: [UInt8], of package: CargoLock.Package, checksum: Digest
  ) throws(StagingError) {
    let bytes = try Self.expand(compressed, from: path)
    let top = "\(package.name)-\(package.version)"
    let archive: TarArchive
    do throws(TarError) {
      archive = try TarArchive(parsing: bytes, top: top)
    } catch {
      throw .archive(path, error)
    }
    var files: [[UInt8]: File] = [:]
    var symlinks: [[UInt8]: String] = [:]
    var folders: [String] = []
    for entry in archive.entries where !Self.isSkipped(entry.path) {
      switch entry.content {
      case .folder: folders.append(entry.path)
      case .symlink(let target): symlinks[Array(entry.path.utf8)] = target
      case .file(let range, let isExecutable):
        files[Array(entry.path.utf8)] = File(
          range: range, isExecutable: isExecutable, digest: Digest.hashing(Array(bytes[range])))
      }
    }
    guard files[Array(ChecksumFile.name.utf8)] == nil,
      symlinks[Array(ChecksumFile.name.utf8)] == nil
    else { throw .archiveHoldsChecksumFile(archive: path) }
    self.path = path
    self.checksum = checksum
    self.top = top
    self.files = files
    self.symlinks = symlinks
    self.folders = folders
    self.bytes = bytes
  }

  func contents(_ file: File) -> [UInt8] { Array(bytes[file.range]) }

  /// Writes what `cargo vendor --versioned-dirs` would, into the folder `place`.
  func unpack(into writer: inout TreeWriter, as place: String) throws(StagingError) {
    for folder in folders { try writer.makeFolder("\(place)/\(folder)") }
    var listed: [ChecksumFile.Entry] = []
    for (path, file) in files.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let path = String(decoding: path, as: UTF8.self)
      listed.append(ChecksumFile.Entry(path: path, digest: file.digest))
      try writer.write(
        contents(file), to: "\(place)/\(path)", isExecutable: file.isExecutable)
    }
    for (link, target) in symlinks.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try writer.symlink("\(place)/\(String(decoding: link, as: UTF8.self))", to: target)
      // Cargo lists a symlink to a file with the digest of that file.
      if let file = self.target(of: link) {
        listed.append(
          ChecksumFile.Entry(path: String(decoding: link, as: UTF8.self), digest: file.digest))
      }
    }
    try writer.write(
      ChecksumFile.render(files: listed, package: checksum), to: "\(place)/\(ChecksumFile.name)")
  }

  /// The file that a symlink leads to at once.
  private func target(of link: [UInt8]) -> File? {
    guard let target = symlinks[link] else { return nil }
    let folder = LexicalPath.parent(of: "/\(String(decoding: link, as: UTF8.self))")
    return files[Array(LexicalPath.join(folder, target).utf8.dropFirst())]
  }

  /// How a vendored copy of the crate differs, by path.
  ///
  /// Executable bits are not compared, and not the files that some version of `cargo vendor` leaves
  /// out: `*.orig` and `*.rej` before cargo 1.89. It copies what symlinks lead to.
  func differences(
    from package: VendorFolder.Package, read: (String) throws(StagingError) -> [UInt8]
  ) throws(StagingError) -> [CrateDifference] {
    var differences: [CrateDifference] = []
    let paths = Set(files.keys).union(symlinks.keys)
      .union(package.files.keys).union(package.symlinks.keys)
    let own = Array(ChecksumFile.name.utf8)
    for key in paths.sorted(by: { $0.lexicographicallyPrecedes($1) }) where key != own {
      let path = String(decoding: key, as: UTF8.self)
      let archived: CrateDifference.Item? =
        files[key].map { .file($0.digest) } ?? symlinks[key].map { .symlink(target: $0) }
      let vendored: CrateDifference.Item? =
        package.files[key].map { .file($0.digest) }
        ?? package.symlinks[key].map { .symlink(target: $0) }
      if archived == vendored { continue }
      if case .symlink? = archived, case .file(let digest)? = vendored,
        target(of: key)?.digest == digest
      {
        continue
      }
      if vendored == nil, path.hasSuffix(".orig") || path.hasSuffix(".rej") { continue }
      var lines: [String] = []
      if let file = files[key], package.files[key] != nil {
        lines = LineDifference.lines(from: contents(file), to: try read(path))
      }
      differences.append(
        CrateDifference(path: path, archived: archived, vendored: vendored, lines: lines))
    }
    return differences
  }

  /// What `cargo vendor` leaves out, wherever it stands (cargo, src/cargo/ops/vendor.rs,
  /// `vendor_this`; measured with cargo 1.95).
  static func isSkipped(_ path: String) -> Bool {
    let name = LexicalPath.components(path).last
    return name == ".gitattributes" || name == ".gitignore" || name == ".git"
      || name == ".cargo-ok"
  }

  /// gzip(1) does it: it verifies the CRC and fails on what follows the end.
  private static func expand(_ bytes: [UInt8], from path: String) throws(StagingError) -> [UInt8] {
    let limit = min(contentsLimit, max(contentsFloor, ratioLimit * bytes.count))
    let (contents, output) = try gunzip(bytes, limit: limit)
    guard contents.count <= limit else {
      throw .archiveTooLarge(archive: path, limit: limit)
    }
    guard output.status == 0 else {
      let words = output.errorText.split(separator: "\n").joined(separator: "; ")
      throw .archiveUnreadable(archive: path, words: words.isEmpty ? "gzip failed" : words)
    }
    // Readers disagree about what follows the first member: gzip(1) goes on, cargo stops. The last
    // four bytes are the size of the last member (RFC 1952), so one that held only a part shows.
    let size = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size == contents.count, try !beginsWithNothing(bytes) else {
      throw .archiveInParts(archive: path)
    }
    return contents
  }

  /// Expands to just over `limit` bytes at most, however far the archive would go on.
  private static func gunzip(
    _ bytes: [UInt8], limit: Int
  ) throws(StagingError) -> (contents: [UInt8], output: Command.Output) {
    var contents: [UInt8] = []
    do throws(CommandError) {
      let output = try Command(["gzip", "-dc"], input: bytes, timeout: 300).run { piece in
        contents.append(contentsOf: piece)
        return contents.count <= limit
      }
      return (contents, output)
    } catch {
      throw .command(error)
    }
  }

  /// Whether a member without contents stands before others, which the size at the end does not
  /// show. It ends with the zeros of its CRC and size, and the next one begins behind them
  /// (RFC 1952, 2.3); where that is mere chance, what comes before is no gzip file.
  private static func beginsWithNothing(_ bytes: [UInt8]) throws(StagingError) -> Bool {
    let border: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0x1F, 0x8B, 0x08]
    var candidates = 0
    var zeros = 0
    for index in bytes.indices {
      if bytes[index] == 0 {
        zeros += 1
        continue
      }
      if zeros >= 8, bytes[index...].starts(with: border[8...]) {
        candidates += 1
        // Nobody means so many borders.
        if candidates > 64 { return true }
        let (contents, output) = try gunzip(Array(bytes[..<index]), limit: 0)
        if contents.isEmpty, output.status == 0 { return true }
      }
      zeros = 0
    }
    return false
  }
}
