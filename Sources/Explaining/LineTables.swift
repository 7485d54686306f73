/// Where the names of folders and files stand in `.debug_line`: in the header of each unit, before
/// the line number program, whose bytes look like text by chance (DWARF 5, 6.2.4; DWARF 2 to 4).
struct LineTables {
  /// Without the zero behind each, ascending.
  private(set) var names: [Range<Int>] = []

  /// Nil for what breaks the rules, or is of another version.
  init?(_ contents: Contents) {
    var cursor = Cursor(contents)
    while cursor.offset < contents.count {
      guard readUnit(&cursor) != nil else { return nil }
    }
  }

  /// The name that holds the whole range, an empty one at a name's end too.
  func name(around range: Range<Int>) -> Range<Int>? {
    var low = 0
    var high = names.count
    while low < high {
      let middle = (low + high) / 2
      if names[middle].upperBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    guard low < names.count, names[low].lowerBound <= range.lowerBound,
      range.upperBound <= names[low].upperBound
    else { return nil }
    return names[low]
  }

  /// A gap that holds as many names of one table as of the other, cut at their ends.
  static func split(
    _ gap: BlockAlignment.Gap, _ a: (tables: LineTables, contents: Contents),
    _ b: (tables: LineTables, contents: Contents)
  ) -> [BlockAlignment.Gap] {
    let (firsts, seconds) = (a.tables.names(in: gap.first), b.tables.names(in: gap.second))
    guard firsts.count == seconds.count else { return [gap] }
    var pieces: [BlockAlignment.Gap] = []
    var (x, y) = (gap.first.lowerBound, gap.second.lowerBound)
    func add(_ end: Int, _ other: Int) {
      let piece = BlockAlignment.Gap(first: x..<end, second: y..<other)
      if !a.contents[piece.first].elementsEqual(b.contents[piece.second]) { pieces.append(piece) }
      (x, y) = (end, other)
    }
    for (first, second) in zip(firsts, seconds) {
      add(first.lowerBound, second.lowerBound)
      add(first.upperBound, second.upperBound)
    }
    add(gap.first.upperBound, gap.second.upperBound)
    return pieces
  }

  /// What lies in the range of the names.
  private func names(in range: Range<Int>) -> [Range<Int>] {
    var low = 0
    var high = names.count
    while low < high {
      let middle = (low + high) / 2
      if names[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return names[low...].prefix { $0.lowerBound < range.upperBound }
      .map { $0.clamped(to: range) }
  }

  // MARK: Units

  private mutating func readUnit(_ cursor: inout Cursor) -> Void? {
    guard let length = cursor.length() else { return nil }
    let end = cursor.offset + length
    guard end <= cursor.contents.count, let version = cursor.integer(2), 2...5 ~= version else {
      return nil
    }
    // Sizes of addresses and segments.
    if version == 5 { guard cursor.integer(2) != nil else { return nil } }
    guard let headerLength = cursor.offsetInto() else { return nil }
    let program = cursor.offset + headerLength
    guard program <= end, cursor.skip(version < 4 ? 4 : 5), let base = cursor.integer(1), base > 0,
      cursor.skip(Int(base) - 1)
    else { return nil }
    let isRead =
      version == 5
      ? readEntries(&cursor) && readEntries(&cursor)
      : readNames(&cursor, numbers: 0) && readNames(&cursor, numbers: 3)
    guard isRead, cursor.offset <= program else { return nil }
    cursor.offset = end
    return ()
  }

  /// Names, each with as many numbers behind it, up to an empty one.
  private mutating func readNames(_ cursor: inout Cursor, numbers: Int) -> Bool {
    while let name = cursor.string() {
      if name.isEmpty { return true }
      names.append(name)
      for _ in 0..<numbers where cursor.number() == nil { return false }
    }
    return false
  }

  /// Entries whose form is written before them.
  private mutating func readEntries(_ cursor: inout Cursor) -> Bool {
    guard let count = cursor.integer(1) else { return false }
    var forms: [UInt64] = []
    for _ in 0..<count {
      guard cursor.number() != nil, let form = cursor.number() else { return false }
      forms.append(form)
    }
    guard let entries = cursor.number(), entries == 0 || !forms.isEmpty,
      entries <= cursor.contents.count
    else { return false }
    for _ in 0..<entries {
      for form in forms where !readValue(form, &cursor) { return false }
    }
    return true
  }

  /// One value (DWARF 5, 7.5.6).
  private mutating func readValue(_ form: UInt64, _ cursor: inout Cursor) -> Bool {
    switch form {
    case 0x08:
      guard let name = cursor.string() else { return false }
      if !name.isEmpty { names.append(name) }
      return true
    case 0x0B: return cursor.skip(1)
    case 0x05: return cursor.skip(2)
    case 0x06: return cursor.skip(4)
    case 0x07: return cursor.skip(8)
    case 0x1E: return cursor.skip(16)
    case 0x0F: return cursor.number() != nil
    case 0x09:
      guard let count = cursor.number(), count <= cursor.contents.count else { return false }
      return cursor.skip(Int(count))
    case 0x0E, 0x1F: return cursor.offsetInto() != nil
    default: return false
    }
  }

  /// Reads on; nil beyond the end.
  private struct Cursor {
    let contents: Contents
    var offset = 0
    /// Whether the unit is one of the 64-bit format (DWARF 5, 7.4).
    private var isWide = false

    init(_ contents: Contents) { self.contents = contents }

    mutating func integer(_ size: Int) -> UInt64? {
      guard let value = contents.integer(at: offset, size: size) else { return nil }
      offset += size
      return value
    }

    mutating func skip(_ count: Int) -> Bool {
      guard count <= contents.count - offset else { return false }
      offset += count
      return true
    }

    /// Of a unit, which says of which format it is.
    mutating func length() -> Int? {
      guard let short = integer(4) else { return nil }
      isWide = short == 0xFFFF_FFFF
      guard let length = isWide ? integer(8) : short, length <= contents.count else { return nil }
      return Int(length)
    }

    /// A size or an offset, no larger than the section when it is a size that is used.
    mutating func offsetInto() -> Int? {
      integer(isWide ? 8 : 4).map { Int(clamping: min($0, UInt64(UInt32.max))) }
    }

    /// LEB128.
    mutating func number() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 70, by: 7) {
        guard let byte = integer(1) else { return nil }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
      }
      return nil
    }

    mutating func string() -> Range<Int>? {
      guard let text = contents.string(at: offset, limit: contents.count) else { return nil }
      offset = text.endIndex + 1
      return text.indices
    }
  }
}
