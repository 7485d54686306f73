import Linux

/// Exactly what a commit holds: raw blobs, without filters, line-end conversion or export rules.
struct GitExport {
  /// One entry of the listing, with a path relative to the root of the export.
  struct Entry {
    enum Kind {
      case file(isExecutable: Bool), symlink, submodule
    }

    let kind: Kind
    let object: String
    /// In bytes; 0 for a submodule.
    let size: Int64
    let path: String
  }

  /// The repository and the folder in it to export.
  let git: Git

  /// Everything of HEAD beneath the folder, submodules as entries.
  func entries() throws(StagingError) -> [Entry] {
    let prefix = Array(try git.prefix().utf8)
    let output = try git.runChecked(
      ["ls-tree", "-r", "-l", "-z", "--full-tree", "HEAD"], "listing the commit of \(git.folder)")
    var entries: [Entry] = []
    for record in Git.records(output) {
      guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else { continue }
      let name = record[(tab + 1)...]
      guard name.starts(with: prefix) else { continue }
      guard let path = String(validating: name.dropFirst(prefix.count), as: UTF8.self) else {
        throw .nameNotText(path: String(decoding: name, as: UTF8.self))
      }
      let fields = record[..<tab].split(separator: UInt8(ascii: " "))
        .map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 4, let kind = Self.kind(ofMode: fields[0]) else {
        throw .unsupportedKind(path: path, what: "of the unknown mode \(fields.first ?? "")")
      }
      entries.append(
        Entry(kind: kind, object: fields[2], size: Int64(fields[3]) ?? 0, path: path))
    }
    return entries
  }

  /// Old versions of git also wrote 100664.
  private static func kind(ofMode mode: String) -> Entry.Kind? {
    switch mode {
    case "100644", "100664": .file(isExecutable: false)
    case "100755": .file(isExecutable: true)
    case "120000": .symlink
    case "160000": .submodule
    default: nil
    }
  }

  /// Hands each entry's contents to `receive`, in order, through the scratch file, which is
  /// overwritten.
  func contents(
    of entries: [Entry], scratch: String,
    receive: (Entry, inout BlobReader) throws(StagingError) -> Void
  ) throws(StagingError) {
    if entries.isEmpty { return }
    let operation = "reading the files of the commit"
    try git.run(
      ["cat-file", "--batch"], input: Array(entries.map { $0.object + "\n" }.joined().utf8),
      outputFile: scratch, operation)
    var reader = BlobReader(try doing(operation, try FileSystem.open(scratch)))
    for entry in entries {
      guard try reader.nextBlob(entry.object, size: entry.size) else {
        throw .gitFailed(
          operation: operation, words: "the repository lacks the object of \(entry.path)")
      }
      try receive(entry, &reader)
      try reader.finishBlob()
    }
  }
}

/// Reads the output of `git cat-file --batch` (git-cat-file(1), "Batch output") piece by piece.
struct BlobReader: ~Copyable {
  private let file: Descriptor
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)
  private var window = 0..<0
  /// Bytes of the current blob that were not taken yet.
  private(set) var left: Int64 = 0

  init(_ file: consuming Descriptor) {
    self.file = file
  }

  /// Reads `OBJECT blob SIZE\n`; false when git says something else.
  mutating func nextBlob(_ object: String, size: Int64) throws(StagingError) -> Bool {
    var line: [UInt8] = []
    while line.count < 256, let byte = try next() {
      if byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    left = size
    return line == Array("\(object) blob \(size)".utf8)
  }

  /// Reads the newline after a blob.
  mutating func finishBlob() throws(StagingError) {
    guard left == 0, try next() == UInt8(ascii: "\n") else {
      throw .gitFailed(operation: "reading the files of the commit", words: "they are cut off")
    }
  }

  /// The next piece of the current blob, never more than 256 KiB; nil at its end.
  mutating func piece() throws(StagingError) -> ArraySlice<UInt8>? {
    if left == 0 { return nil }
    guard try fill() else {
      throw .gitFailed(operation: "reading the files of the commit", words: "they are cut off")
    }
    let count = Int(min(Int64(window.count), left))
    let piece = buffer[window.lowerBound..<window.lowerBound + count]
    window = (window.lowerBound + count)..<window.upperBound
    left -= Int64(count)
    return piece
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
      throw .system("reading the files of the commit", error)
    }
    return !window.isEmpty
  }
}
