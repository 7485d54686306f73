/// Reads a tar stream piece by piece: as dpkg-deb writes it (deb(5): the formats v7, ustar and GNU,
/// whose long names are entries of their own), or with the extended headers of pax (POSIX.1-2017, pax)
/// that layers of images have.
///
/// Strict: whatever dpkg-deb does not write, and whatever two readers could understand differently,
/// is an error.
struct TarReader {
  enum Kind: Equatable {
    case file(isExecutable: Bool)
    case directory
    case symlink(target: String)
    /// Another name for a file that came before.
    case hardLink(target: String)
    /// What no tree can hold, in words.
    case special(String)
  }

  struct Entry {
    let path: String
    let kind: Kind
    /// Bytes of contents that follow; 0 unless a file.
    let size: Int64
  }

  enum Event {
    case entry(Entry)
    case contents(ArraySlice<UInt8>)
    /// The contents of the last file are complete.
    case endOfFile
  }

  private enum State {
    case header
    case contents(left: Int64, padding: Int)
    case longText(left: Int64, padding: Int, isTarget: Bool)
    case records(left: Int64, padding: Int, isGlobal: Bool)
    case padding(left: Int)
    /// So many zero bytes of the end have come; nothing else may.
    case end(bytes: Int)
  }

  /// For messages.
  private let filename: String
  private static let blockSize = 512
  private static let longTextLimit: Int64 = 64 << 10
  private static let recordsLimit: Int64 = 1 << 20

  private let allowsExtensions: Bool
  private var state = State.header
  private var pending: [UInt8] = []
  private var longPath: String?
  private var longTarget: String?
  private var longSize: Int64?

  init(filename: String, allowsExtensions: Bool = false) {
    self.filename = filename
    self.allowsExtensions = allowsExtensions
  }

  private func malformed(_ reason: String) -> FetchingError {
    .badPackage(filename: filename, reason: reason)
  }

  /// Feeds the next piece of a program's output; what fails is kept, and the program is to be ended.
  ///
  /// - Returns: whether more is wanted.
  mutating func feed(
    _ piece: ArraySlice<UInt8>, keeping failure: inout FetchingError?,
    _ report: (Event) throws(FetchingError) -> Void
  ) -> Bool {
    do throws(FetchingError) {
      try feed(piece, report)
      return true
    } catch {
      failure = error
      return false
    }
  }

  /// Takes the next piece of the stream and reports what it holds.
  mutating func feed(
    _ piece: ArraySlice<UInt8>, _ report: (Event) throws(FetchingError) -> Void
  ) throws(FetchingError) {
    var rest = piece
    while !rest.isEmpty {
      switch state {
      case .end(let bytes):
        guard rest.allSatisfy({ $0 == 0 }) else { throw malformed("there is data after its end") }
        state = .end(bytes: bytes + rest.count)
        return
      case .header:
        let wanted = Self.blockSize - pending.count
        pending.append(contentsOf: rest.prefix(wanted))
        rest = rest.dropFirst(wanted)
        guard pending.count == Self.blockSize else { return }
        let header = pending
        pending = []
        guard let entry = try begin(header) else { continue }
        try report(.entry(entry))
        if case .file = entry.kind, entry.size == 0 { try report(.endOfFile) }
      case .contents(let left, let padding):
        let part = rest.prefix(Int(min(left, Int64(rest.count))))
        rest = rest.dropFirst(part.count)
        try report(.contents(part))
        if left == Int64(part.count) {
          state = .padding(left: padding)
          try report(.endOfFile)
        } else {
          state = .contents(left: left - Int64(part.count), padding: padding)
        }
      case .longText(let left, let padding, let isTarget):
        let part = rest.prefix(Int(min(left, Int64(rest.count))))
        rest = rest.dropFirst(part.count)
        pending.append(contentsOf: part)
        if left == Int64(part.count) {
          let text = try longText(pending[...])
          pending = []
          let twice = malformed("a name is given twice")
          if isTarget {
            try Self.set(&longTarget, text, twice)
          } else {
            try Self.set(&longPath, text, twice)
          }
          state = .padding(left: padding)
        } else {
          state = .longText(left: left - Int64(part.count), padding: padding, isTarget: isTarget)
        }
      case .records(let left, let padding, let isGlobal):
        let part = rest.prefix(Int(min(left, Int64(rest.count))))
        rest = rest.dropFirst(part.count)
        pending.append(contentsOf: part)
        if left == Int64(part.count) {
          try read(pending, isGlobal: isGlobal)
          pending = []
          state = .padding(left: padding)
        } else {
          state = .records(left: left - Int64(part.count), padding: padding, isGlobal: isGlobal)
        }
      case .padding(let left):
        let part = rest.prefix(left)
        rest = rest.dropFirst(part.count)
        state = part.count == left ? .header : .padding(left: left - part.count)
      }
    }
  }

  /// Fails unless the stream has come to its end.
  func finish() throws(FetchingError) {
    guard case .end(let bytes) = state, bytes >= 2 * Self.blockSize, longPath == nil,
      longTarget == nil, longSize == nil
    else {
      throw malformed("the archive ends too early")
    }
  }

  /// Offsets and lengths are those of the ustar header (POSIX.1-2017, pax, "ustar Interchange
  /// Format").
  private mutating func begin(
    _ header: [UInt8]
  ) throws(FetchingError) -> Entry? {
    if header.allSatisfy({ $0 == 0 }) {
      guard longPath == nil, longTarget == nil else {
        throw malformed("a long name belongs to no entry")
      }
      state = .end(bytes: Self.blockSize)
      return nil
    }
    let sum = header.indices.reduce(0) { sum, index in
      sum + ((148..<156).contains(index) ? 32 : Int64(header[index]))
    }
    guard try number(header[148..<156]) == sum else {
      throw malformed("a header's checksum is wrong")
    }
    let magic = header[257..<265]
    let isUstar = magic.elementsEqual("ustar\u{0}00".utf8)
    guard isUstar || magic.elementsEqual("ustar  \u{0}".utf8) || magic.allSatisfy({ $0 == 0 })
    else { throw malformed("a header is neither of ustar nor of GNU tar") }
    let mode = try number(header[100..<108])
    let written: Int64 = try number(header[124..<136])
    let size = longSize ?? written
    guard size == written || written == 0 else {
      throw malformed("two headers of an entry give two sizes")
    }
    longSize = nil
    let padding = Int((512 - size % 512) % 512)
    let kind = header[156]
    if allowsExtensions, kind == UInt8(ascii: "x") || kind == UInt8(ascii: "g") {
      guard size <= Self.recordsLimit else { throw malformed("an extended header is too long") }
      state =
        size == 0
        ? .header : .records(left: size, padding: padding, isGlobal: kind == UInt8(ascii: "g"))
      return nil
    }
    if kind == UInt8(ascii: "L") || kind == UInt8(ascii: "K") {
      guard size > 0, size <= Self.longTextLimit else { throw malformed("a name is too long") }
      guard (kind == UInt8(ascii: "L") ? longPath : longTarget) == nil else {
        throw malformed("one entry has two long names")
      }
      state = .longText(left: size, padding: padding, isTarget: kind == UInt8(ascii: "K"))
      return nil
    }
    var path = if let longPath { longPath } else { try text(header[0..<100]) }
    if longPath == nil, isUstar {
      let prefix: String = try text(header[345..<500])
      if !prefix.isEmpty { path = "\(prefix)/\(path)" }
    }
    let target = if let longTarget { longTarget } else { try text(header[157..<257]) }
    longPath = nil
    longTarget = nil
    switch kind {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      state = size == 0 ? .header : .contents(left: size, padding: padding)
      return Entry(path: path, kind: .file(isExecutable: mode & 0o111 != 0), size: size)
    case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "5"):
      guard size == 0 else { throw malformed("\(path) has contents but is no file") }
      state = .header
      let found: Kind =
        switch kind {
        case UInt8(ascii: "1"): .hardLink(target: target)
        case UInt8(ascii: "2"): .symlink(target: target)
        default: .directory
        }
      return Entry(path: path, kind: found, size: 0)
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
      guard size == 0 else { throw malformed("\(path) has contents but is no file") }
      state = .header
      let word = kind == UInt8(ascii: "6") ? "a fifo" : "a device"
      return Entry(path: path, kind: .special(word), size: 0)
    case UInt8(ascii: "S"): throw malformed("\(path) is a sparse file")
    case UInt8(ascii: "x"), UInt8(ascii: "g"):
      throw malformed("it holds an extended header of pax, which dpkg-deb does not write")
    default: throw malformed("\(path) is an entry of the unknown kind \(kind)")
    }
  }

  /// `LENGTH KEY=VALUE\n`, the length counting itself and the newline. Owners, times and extended
  /// attributes do not reach a tree; what would change how the rest is read is refused.
  private mutating func read(_ records: [UInt8], isGlobal: Bool) throws(FetchingError) {
    let bad = malformed("an extended header is malformed")
    var rest = records[...]
    while !rest.isEmpty {
      let digits = rest.prefix(while: isDecimal)
      guard (1...8).contains(digits.count),
        let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 2, length <= rest.count
      else { throw bad }
      let record = rest.prefix(length)
      rest = rest.dropFirst(length)
      let body = record.dropFirst(digits.count + 1).dropLast()
      guard record[digits.endIndex] == 0x20, record.last == UInt8(ascii: "\n"),
        let equals = body.firstIndex(of: UInt8(ascii: "=")),
        let key = String(validating: body[..<equals], as: UTF8.self)
      else { throw bad }
      let value = body[(equals + 1)...]
      let isName = key == "path" || key == "linkpath"
      if key.hasPrefix("GNU.sparse") || key == "hdrcharset" || isGlobal && (isName || key == "size")
      {
        throw malformed("an extended header holds \(key)")
      }
      let twice = malformed("an extended header gives \(key) twice")
      switch key {
      case "path": try Self.set(&longPath, whole(value), twice)
      case "linkpath": try Self.set(&longTarget, whole(value), twice)
      case "size":
        guard longSize == nil, value.count <= 18, value.allSatisfy(isDecimal),
          let size = Int64(String(decoding: value, as: UTF8.self))
        else { throw bad }
        longSize = size
      default: break
      }
    }
  }

  private static func set(
    _ place: inout String?, _ text: String, _ refusal: FetchingError
  ) throws(FetchingError) {
    guard place == nil else { throw refusal }
    place = text
  }

  private func isDecimal(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= byte }

  /// A name that must not end early.
  private func whole(_ value: ArraySlice<UInt8>) throws(FetchingError) -> String {
    if value.contains(0) { throw malformed("a name holds a zero byte") }
    return try text(value)
  }

  /// Octal digits, ended by spaces or NULs, perhaps after spaces.
  private func number(
    _ field: ArraySlice<UInt8>
  ) throws(FetchingError) -> Int64 {
    let trimmed = field.drop { $0 == UInt8(ascii: " ") }
    let digits = trimmed.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
    guard !digits.isEmpty,
      trimmed[digits.endIndex...].allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") })
    else { throw malformed("a header holds a number that is not octal") }
    return digits.reduce(0) { $0 << 3 | Int64($1 - UInt8(ascii: "0")) }
  }

  /// GNU's long name: text that may end with one NUL.
  private func longText(
    _ field: ArraySlice<UInt8>
  ) throws(FetchingError) -> String {
    let name = field.last == 0 ? field.dropLast() : field
    guard !name.isEmpty, !name.contains(0) else { throw malformed("a long name holds a NUL") }
    return try text(name)
  }

  private func text(
    _ field: ArraySlice<UInt8>
  ) throws(FetchingError) -> String {
    guard let text = String(validating: field.prefix { $0 != 0 }, as: UTF8.self) else {
      throw malformed("a name is not UTF-8")
    }
    return text
  }
}
