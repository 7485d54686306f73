import Failing

/// The entries of a `.crate`'s tar archive, read strictly.
///
/// Formats: ustar and pax (POSIX.1-2017, pax, "ustar Interchange Format", "pax Extended Header") and
/// GNU long names (GNU tar manual, "Basic Tar Format"). A crate is made of files, folders and rarely
/// symlinks beneath one folder; whatever else an archive could say, and whatever two readers could
/// understand differently, is refused.
struct TarArchive {
  enum Content: Equatable {
    /// Where the bytes are in the archive.
    case file(Range<Int>, isExecutable: Bool)
    case folder
    case symlink(target: String)
  }

  struct Entry: Equatable {
    /// Relative to the top folder.
    let path: String
    let content: Content
  }

  /// More entries than any crate needs.
  static let entryLimit = 100_000
  /// Bytes of one pax header or GNU long name.
  static let headerLimit = 1 << 20

  /// In the order of the archive, without the top folder itself.
  let entries: [Entry]

  /// Reads an uncompressed archive whose entries all stand beneath the folder `top`.
  init(parsing bytes: [UInt8], top: String) throws(TarError) {
    var reader = TarReader(bytes: bytes, top: top)
    try reader.read()
    entries = reader.entries
  }
}

/// Why an archive was refused.
struct TarError: Failure, Equatable {
  enum Fact: Equatable {
    case truncated
    case badChecksum
    case badNumber(field: String)
    case badFormat
    case badName(String)
    case notText
    case outsideTop(String, top: String)
    case duplicate(String)
    /// A file system that folds case, or Unicode, would hold only one of them.
    case collision(String, other: String)
    case beneathNonFolder(String, ancestor: String)
    case unsupportedKind(String, what: String)
    case badSymlink(String, target: String)
    case badExtendedHeader(String)
    case tooLargeHeader
    case tooManyEntries
    case missingEnd
    case trailingData
    case empty
  }

  /// Of the header block, in bytes from the archive's start.
  let offset: Int
  let fact: Fact

  var message: String { "reading the archive's entry at byte \(offset): \(text)" }
  var exitCode: ExitCode { .inputRejected }

  private var text: String {
    switch fact {
    case .truncated: "it is cut off"
    case .badChecksum: "the header's checksum is wrong"
    case .badNumber(let field): "the header's \(field) is not an octal number"
    case .badFormat: "neither a ustar nor a GNU header"
    case .badName(let name): "\"\(name)\" is not a name that a tree can hold"
    case .notText: "a name is not UTF-8"
    case .outsideTop(let name, let top): "\"\(name)\" is not beneath \(top)/"
    case .duplicate(let name): "\"\(name)\" comes twice"
    case .collision(let name, let other):
      "\"\(name)\" and \"\(other)\" differ only in case or in how they are encoded"
    case .beneathNonFolder(let name, let ancestor):
      "\"\(name)\" lies beneath \"\(ancestor)\", which is no folder"
    case .unsupportedKind(let name, let what): "\"\(name)\" is \(what)"
    case .badSymlink(let name, let target):
      "the symlink \"\(name)\" leads out of the crate, to \"\(target)\""
    case .badExtendedHeader(let reason): "the extended header \(reason)"
    case .tooLargeHeader: "the extended header is larger than \(TarArchive.headerLimit) bytes"
    case .tooManyEntries: "there are more than \(TarArchive.entryLimit) entries"
    case .missingEnd: "the two zero blocks at the end are missing"
    case .trailingData: "there is data after the end"
    case .empty: "there is no file in it"
    }
  }
}

private struct TarReader {
  private static let blockSize = 512

  let bytes: [UInt8]
  let top: String
  private(set) var entries: [TarArchive.Entry] = []
  private var offset = 0
  private var shape = TreeShape()
  private var extensions = Extensions()
  /// Paths and the folders above them, by what is left of them without case. Swift compares strings
  /// by canonical equivalence (Unicode Standard Annex 15), which is what is wanted here.
  private var folded: [String: String] = [:]

  /// What an extended header says about the entry that follows.
  private struct Extensions {
    var path: String?
    var linkTarget: String?
    var size: Int?

    var isEmpty: Bool { path == nil && linkTarget == nil && size == nil }
  }

  init(bytes: [UInt8], top: String) {
    self.bytes = bytes
    self.top = top
  }

  private func error(_ fact: TarError.Fact) -> TarError { TarError(offset: offset, fact: fact) }

  mutating func read() throws(TarError) {
    while try !isAtEnd() {
      try readEntry()
      if entries.count > TarArchive.entryLimit { throw error(.tooManyEntries) }
    }
    guard extensions.isEmpty else {
      throw error(.badExtendedHeader("belongs to no entry"))
    }
    if entries.isEmpty { throw error(.empty) }
    if let escape = shape.firstEscape {
      throw error(.badSymlink(escape.path, target: escape.target))
    }
  }

  /// Whether only the end is left: two zero blocks, then nothing but zeros.
  private func isAtEnd() throws(TarError) -> Bool {
    guard offset < bytes.count else { throw error(.missingEnd) }
    guard offset + Self.blockSize <= bytes.count else { throw error(.truncated) }
    guard bytes[offset..<offset + Self.blockSize].allSatisfy({ $0 == 0 }) else { return false }
    guard bytes.count - offset >= 2 * Self.blockSize else { throw error(.missingEnd) }
    guard bytes[offset...].allSatisfy({ $0 == 0 }) else { throw error(.trailingData) }
    return true
  }

  private mutating func readEntry() throws(TarError) {
    let header = bytes[offset..<offset + Self.blockSize]
    try verifyChecksum(of: header)
    let name = try self.name(in: header)
    let kind = header[header.startIndex + 156]
    let size = try contentSize(header, kind)
    let start = offset + Self.blockSize
    let (blocks, overflow) = size.addingReportingOverflow(Self.blockSize - 1)
    let padded = blocks / Self.blockSize * Self.blockSize
    guard !overflow, padded <= bytes.count - start else { throw error(.truncated) }
    let content = start..<start + size

    switch kind {
    case UInt8(ascii: "x"): try readExtensions(content)
    case UInt8(ascii: "g"): try readGlobalExtensions(content)
    case UInt8(ascii: "L"):
      let text = try longText(content)
      try Self.set(&extensions.path, text, offset)
    case UInt8(ascii: "K"):
      let text = try longText(content)
      try Self.set(&extensions.linkTarget, text, offset)
    case UInt8(ascii: "0"), 0:
      let permissions = try number(header, 100, 8, "mode")
      try add(
        extensions.path ?? name, .file(content, isExecutable: permissions & 0o100 != 0))
    case UInt8(ascii: "5"):
      guard size == 0 else { throw error(.badNumber(field: "size of a folder")) }
      var path = extensions.path ?? name
      if path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
      try add(path, .folder)
    case UInt8(ascii: "2"):
      guard size == 0 else { throw error(.badNumber(field: "size of a symlink")) }
      let target = try text(header, 157, 100)
      try add(extensions.path ?? name, .symlink(target: extensions.linkTarget ?? target))
    default:
      throw error(.unsupportedKind(extensions.path ?? name, what: Self.word(kind)))
    }
    offset = start + padded
  }

  private static func word(_ kind: UInt8) -> String {
    switch kind {
    case UInt8(ascii: "1"): "a hard link"
    case UInt8(ascii: "3"): "a character device"
    case UInt8(ascii: "4"): "a block device"
    case UInt8(ascii: "6"): "a fifo"
    case UInt8(ascii: "S"): "a sparse file"
    default: "of the unknown kind \(kind)"
    }
  }

  // MARK: Headers

  /// The sum of all bytes, those of the checksum itself taken for spaces.
  private func verifyChecksum(of header: ArraySlice<UInt8>) throws(TarError) {
    let written = try number(header, 148, 8, "checksum")
    var sum = 0
    for (index, byte) in header.enumerated() {
      sum += (148..<156).contains(index) ? 0x20 : Int(byte)
    }
    guard sum == written else { throw error(.badChecksum) }
  }

  private func name(in header: ArraySlice<UInt8>) throws(TarError) -> String {
    let magic = Array(header[(header.startIndex + 257)..<(header.startIndex + 265)])
    let name = try text(header, 0, 100)
    if magic == Array("ustar\u{0}00".utf8) {
      let prefix = try text(header, 345, 155)
      return prefix.isEmpty ? name : "\(prefix)/\(name)"
    }
    // Version 7 of Unix had no magic; what GNU keeps where ustar has the prefix are times.
    guard magic == Array("ustar  \u{0}".utf8) || magic.allSatisfy({ $0 == 0 }) else {
      throw error(.badFormat)
    }
    return name
  }

  /// A pax header may replace the size, but only that of a file: two readers that disagree about
  /// where the next header is would see two archives.
  private mutating func contentSize(
    _ header: ArraySlice<UInt8>, _ kind: UInt8
  ) throws(TarError) -> Int {
    let written = try number(header, 124, 12, "size")
    guard let size = extensions.size else { return written }
    guard kind == UInt8(ascii: "0"), written == size || written == 0 else {
      throw error(.badExtendedHeader("gives another size than the header"))
    }
    return size
  }

  /// Octal digits, ended by spaces or zero bytes. GNU's binary form is for sizes no crate has.
  private func number(
    _ header: ArraySlice<UInt8>, _ start: Int, _ count: Int, _ field: String
  ) throws(TarError) -> Int {
    let field = (field, header[(header.startIndex + start)..<(header.startIndex + start + count)])
    let trimmed = field.1.drop { $0 == 0x20 }
    let digits = trimmed.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
    guard trimmed[digits.endIndex...].allSatisfy({ $0 == 0x20 || $0 == 0 }) else {
      throw error(.badNumber(field: field.0))
    }
    return digits.reduce(0) { $0 << 3 | Int($1 - UInt8(ascii: "0")) }
  }

  private func text(
    _ header: ArraySlice<UInt8>, _ start: Int, _ count: Int
  ) throws(TarError) -> String {
    let field = header[(header.startIndex + start)..<(header.startIndex + start + count)]
    return try decode(field.prefix { $0 != 0 })
  }

  private func decode(_ bytes: ArraySlice<UInt8>) throws(TarError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw error(.notText) }
    return text
  }

  // MARK: Extended headers

  private static func set(
    _ place: inout String?, _ text: String, _ offset: Int
  ) throws(TarError) {
    guard place == nil else {
      throw TarError(offset: offset, fact: .badExtendedHeader("names one thing twice"))
    }
    place = text
  }

  /// GNU's long name: text that may end with one zero byte.
  private func longText(_ content: Range<Int>) throws(TarError) -> String {
    guard content.count <= TarArchive.headerLimit else { throw error(.tooLargeHeader) }
    let field = bytes[content]
    let end = field.firstIndex(of: 0) ?? field.endIndex
    guard end >= field.endIndex - 1, end > field.startIndex else {
      throw error(.badExtendedHeader("holds a zero byte"))
    }
    return try decode(field[..<end])
  }

  private mutating func readExtensions(_ content: Range<Int>) throws(TarError) {
    for (key, value) in try records(content) {
      switch key {
      case "path": try Self.set(&extensions.path, value, offset)
      case "linkpath": try Self.set(&extensions.linkTarget, value, offset)
      case "size":
        guard extensions.size == nil, let size = Int(value), size >= 0 else {
          throw error(.badExtendedHeader("gives a bad size"))
        }
        extensions.size = size
      default: try refuseMeaningful(key)
      }
    }
  }

  /// A global header changes every entry after it; only a comment does no harm.
  private func readGlobalExtensions(_ content: Range<Int>) throws(TarError) {
    for (key, _) in try records(content) {
      if ["path", "linkpath", "size"].contains(key) {
        throw error(.badExtendedHeader("gives \(key) for all entries"))
      }
      try refuseMeaningful(key)
    }
  }

  /// Owners and times do not reach a tree; sparse files and character sets would.
  private func refuseMeaningful(_ key: String) throws(TarError) {
    if key.hasPrefix("GNU.sparse") || key == "hdrcharset" || key == "charset" {
      throw error(.badExtendedHeader("holds \(key)"))
    }
  }

  /// `LENGTH KEY=VALUE\n`, the length counting itself and the newline.
  private func records(_ content: Range<Int>) throws(TarError) -> [(key: String, value: String)] {
    guard content.count <= TarArchive.headerLimit else { throw error(.tooLargeHeader) }
    let malformed = error(.badExtendedHeader("is malformed"))
    var records: [(key: String, value: String)] = []
    var rest = bytes[content]
    while !rest.isEmpty {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard (1...8).contains(digits.count),
        let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 2, length <= rest.count
      else { throw malformed }
      let record = rest.prefix(length)
      rest = rest.dropFirst(length)
      guard record[digits.endIndex] == 0x20, record.last == UInt8(ascii: "\n") else {
        throw malformed
      }
      let body = record[(digits.endIndex + 1)...].dropLast()
      guard let equals = body.firstIndex(of: UInt8(ascii: "=")) else { throw malformed }
      let value = body[(equals + 1)...]
      let key = try decode(body[..<equals])
      // Values such as extended attributes may be binary; those that name things may not.
      guard ["path", "linkpath", "size"].contains(key) else {
        records.append((key, ""))
        continue
      }
      records.append((key, try decode(value)))
    }
    return records
  }

  // MARK: Entries

  private mutating func add(_ path: String, _ content: TarArchive.Content) throws(TarError) {
    extensions = Extensions()
    if content == .folder, path.utf8.elementsEqual(top.utf8) { return }
    let prefix = Array("\(top)/".utf8)
    guard path.utf8.starts(with: prefix) else { throw error(.outsideTop(path, top: top)) }
    let inner = String(decoding: path.utf8.dropFirst(prefix.count), as: UTF8.self)
    let kind: TreeShape.Kind =
      switch content {
      case .file: .file
      case .folder: .folder
      case .symlink(let target): .symlink(target: target)
      }
    if case .symlink(let target) = content, target.isEmpty {
      throw error(.badSymlink(path, target: target))
    }
    switch shape.add(inner, kind) {
    case nil:
      try refuseCollision(inner)
      entries.append(TarArchive.Entry(path: inner, content: content))
    case .badComponent: throw error(.badName(path))
    case .duplicate: throw error(.duplicate(path))
    case .beneathNonFolder(let ancestor):
      throw error(.beneathNonFolder(path, ancestor: "\(top)/\(ancestor)"))
    }
  }

  private mutating func refuseCollision(_ path: String) throws(TarError) {
    var prefix = ""
    for component in LexicalPath.components(path) {
      prefix = LexicalPath.child(component, of: prefix)
      let other = folded.updateValue(prefix, forKey: prefix.lowercased())
      if let other, !other.utf8.elementsEqual(prefix.utf8) {
        throw error(.collision("\(top)/\(prefix)", other: "\(top)/\(other)"))
      }
    }
  }
}
