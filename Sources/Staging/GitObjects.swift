import Hashing
import Linux

/// The objects of a repository, each one hashed again and compared with its id.
///
/// `git cat-file` checks that an object can be inflated and that its size is right; whether its
/// contents are those of its name is what only git-fsck(1) looks at, for a whole repository. Hashing
/// here what is used, as it is read, costs less and leaves no time between check and use. Every id
/// but the first is taken from an object that was checked, so the commit's id vouches for all.
struct GitObjects {
  enum Kind: String {
    case commit, tree, blob, tag
  }

  let git: Git
  /// A file that may be overwritten with what git prints.
  let scratch: String

  /// Commits, tags and trees are never larger: the tree of 500,000 files in one folder would be.
  private static let smallObjectLimit: Int64 = 32 << 20
  /// Bytes that git prints into the scratch file at once, unless a single object is larger.
  private static let batchLimit: Int64 = 256 << 20

  /// The kind and the size in bytes of each object, in order.
  func describe(_ ids: [String]) throws(StagingError) -> [(kind: Kind, size: Int64)] {
    if ids.isEmpty { return [] }
    let output = try git.run(["cat-file", "--batch-check", "--buffer"], input: Self.lines(ids))
    guard output.status == 0 else { throw failure(output) }
    let answers = output.text.split(separator: "\n")
    guard answers.count == ids.count else { throw damaged("git described only some of them") }
    var found: [(kind: Kind, size: Int64)] = []
    for (id, answer) in zip(ids, answers) {
      let fields = answer.split(separator: " ")
      guard fields.count == 3, fields[0] == id, let kind = Kind(rawValue: String(fields[1])),
        let size = Int64(fields[2]), size >= 0
      else { throw .objectMissing(object: id, folder: git.folder) }
      found.append((kind, size))
    }
    return found
  }

  /// The contents of small objects of one kind, in order.
  func read(_ ids: [String], as kind: Kind) throws(StagingError) -> [[UInt8]] {
    var sizes: [Int64] = []
    for (id, found) in zip(ids, try describe(ids)) {
      guard found.kind == kind else {
        throw damaged("\(id) is a \(found.kind.rawValue) where a \(kind.rawValue) is to be")
      }
      guard found.size <= Self.smallObjectLimit else {
        throw damaged("the \(kind.rawValue) \(id) has \(found.size) bytes")
      }
      sizes.append(found.size)
    }
    var contents: [[UInt8]] = []
    try read(ids, as: kind, sizes: sizes) { (_, reader) throws(StagingError) in
      var bytes: [UInt8] = []
      while let piece = try reader.piece() { bytes.append(contentsOf: piece) }
      contents.append(bytes)
    }
    return contents
  }

  /// Hands each object's contents to `receive`, in order, with its place in `ids`. Contents are
  /// known to be right only when this returns.
  func read(
    _ ids: [String], as kind: Kind, sizes: [Int64],
    receive: (Int, inout ObjectReader) throws(StagingError) -> Void
  ) throws(StagingError) {
    var start = 0
    while start < ids.count {
      var end = start
      var bytes: Int64 = 0
      while end < ids.count, end == start || bytes + sizes[end] <= Self.batchLimit {
        bytes += sizes[end]
        end += 1
      }
      let output = try git.run(
        ["cat-file", "--batch", "--buffer"], input: Self.lines(ids[start..<end]),
        outputFile: scratch)
      guard output.status == 0 else { throw failure(output) }
      var reader = ObjectReader(
        try doing("reading the objects of \(git.folder)", try FileSystem.open(scratch)),
        folder: git.folder)
      for index in start..<end {
        try reader.begin(ids[index], kind, size: sizes[index])
        try receive(index, &reader)
        try reader.finish()
      }
      start = end
    }
  }

  private static func lines(_ ids: some Sequence<String>) -> [UInt8] {
    Array(ids.map { $0 + "\n" }.joined().utf8)
  }

  private func failure(_ output: Command.Output) -> StagingError {
    let failure = git.failure(output, "reading the objects of \(git.folder)")
    if case .foreignRepository = failure { return failure }
    return damaged(Git.lastWords(output))
  }

  private func damaged(_ words: String) -> StagingError {
    .objectsDamaged(folder: git.folder, words: words)
  }
}

/// Reads the output of `git cat-file --batch` (git-cat-file(1), "Batch output") piece by piece, and
/// hashes it.
struct ObjectReader: ~Copyable {
  private let file: Descriptor
  private let folder: String
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)
  private var window = 0..<0
  private var id = ""
  private var hash = MessageDigest(.sha1)
  /// Bytes of the current object that were not taken yet.
  private var left: Int64 = 0

  init(_ file: consuming Descriptor, folder: String) {
    self.file = file
    self.folder = folder
  }

  /// Reads `ID KIND SIZE\n`.
  fileprivate mutating func begin(
    _ id: String, _ kind: GitObjects.Kind, size: Int64
  ) throws(StagingError) {
    var line: [UInt8] = []
    while line.count < 256, let byte = try next() {
      if byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    guard line == Array("\(id) \(kind.rawValue) \(size)".utf8) else {
      throw .objectMissing(object: id, folder: folder)
    }
    self.id = id
    left = size
    // An id is the hash of the header and the contents (gitformat-loose-object(5)).
    hash = MessageDigest(id.utf8.count == 40 ? .sha1 : .sha256)
    hash.update(Array("\(kind.rawValue) \(size)\0".utf8))
  }

  /// Skips what was not taken, reads the newline after it, and compares the hash with the id.
  fileprivate mutating func finish() throws(StagingError) {
    while try piece() != nil {}
    guard try next() == UInt8(ascii: "\n") else { throw cutOff }
    var hash = MessageDigest(.sha1)
    swap(&hash, &self.hash)
    let found = hexadecimal(hash.finish())
    guard found == id else { throw .objectDamaged(object: id, found: found, folder: folder) }
  }

  /// The next piece of the current object, never more than 256 KiB; nil at its end.
  mutating func piece() throws(StagingError) -> ArraySlice<UInt8>? {
    if left == 0 { return nil }
    guard try fill() else { throw cutOff }
    let count = Int(min(Int64(window.count), left))
    let piece = buffer[window.lowerBound..<window.lowerBound + count]
    window = (window.lowerBound + count)..<window.upperBound
    left -= Int64(count)
    hash.update(piece)
    return piece
  }

  private var cutOff: StagingError {
    .objectsDamaged(folder: folder, words: "the contents of \(id) are cut off")
  }

  private mutating func next() throws(StagingError) -> UInt8? {
    guard try fill() else { return nil }
    defer { window = (window.lowerBound + 1)..<window.upperBound }
    return buffer[window.lowerBound]
  }

  private mutating func fill() throws(StagingError) -> Bool {
    if !window.isEmpty { return true }
    do throws(SystemError) {
      window = 0..<(try file.read(into: &buffer))
    } catch {
      throw .system("reading the objects of \(folder)", error)
    }
    return !window.isEmpty
  }
}
