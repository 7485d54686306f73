/// Reads a TOML document: statements, keys, tables and containers. Strings are read in
/// TOMLParser+Strings.swift, numbers and dates in TOMLScalar.swift.
struct TOMLParser {
  static let depthLimit = 128

  struct Key {
    let text: String
    let position: Position
  }

  let bytes: [UInt8]
  private let file: String
  private let role: ReadingError.Role
  var offset = 0
  private var counter = PositionCounter()
  private let root = TOMLNode(origin: .header, position: .start, depth: 0)

  init(bytes: [UInt8], file: String, role: ReadingError.Role) {
    self.bytes = bytes
    self.file = file
    self.role = role
  }

  // MARK: Statements

  mutating func document() throws(ReadingError) -> TOML.Table {
    if let invalid = firstInvalidUTF8(in: bytes) { throw error(.notUTF8, at: invalid) }
    var current = root
    while true {
      skipBlanks()
      switch peek {
      case nil: return root.table
      case UInt8(ascii: "["): current = try header()
      case UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
      default: try keyValue(into: current)
      }
      try endOfLine()
    }
  }

  private mutating func endOfLine() throws(ReadingError) {
    skipBlanks()
    try skipComment()
    guard peek != nil else { return }
    guard takeNewline() else { throw expected("the end of the line") }
  }

  private mutating func header() throws(ReadingError) -> TOMLNode {
    let start = position
    offset += 1
    let isArray = take("[")
    skipBlanks()
    let keys = try dottedKey()
    guard take("]"), !isArray || take("]") else { throw expected(isArray ? "']]'" : "']'") }
    var node = root
    for key in keys.dropLast() { node = try passThrough(key, of: node, at: start) }
    guard let last = keys.last else { throw expected("a key") }
    return isArray
      ? try openElement(last, of: node, at: start) : try openTable(last, of: node, at: start)
  }

  /// A part of a header before its last: an existing table, the newest element of an array of
  /// tables, or a new table.
  private func passThrough(
    _ key: Key, of parent: TOMLNode, at start: Position
  ) throws(ReadingError) -> TOMLNode {
    switch parent[key.text] {
    case nil: return try addTable(key, to: parent, origin: .passedThrough, at: start)
    case .table(let node) where node.origin != .inline: return node
    case .tables(let nodes):
      guard let last = nodes.last else { throw overwriting(key) }
      return last
    case .table, .value: throw overwriting(key)
    }
  }

  private func openTable(
    _ key: Key, of parent: TOMLNode, at start: Position
  ) throws(ReadingError) -> TOMLNode {
    switch parent[key.text] {
    case nil: return try addTable(key, to: parent, origin: .header, at: start)
    case .table(let node) where node.origin == .passedThrough:
      node.origin = .header
      return node
    case .table, .tables, .value: throw overwriting(key)
    }
  }

  private func openElement(
    _ key: Key, of parent: TOMLNode, at start: Position
  ) throws(ReadingError) -> TOMLNode {
    let node = try node(origin: .header, depth: parent.depth + 2, at: start)
    switch parent[key.text] {
    case nil: parent.append(.tables([node]), key: key, position: start)
    case .tables: parent.appendElement(node, key: key.text)
    case .table, .value: throw overwriting(key)
    }
    return node
  }

  private mutating func keyValue(into table: TOMLNode) throws(ReadingError) {
    let keys = try dottedKey()
    var node = table
    for key in keys.dropLast() {
      switch node[key.text] {
      case nil: node = try addTable(key, to: node, origin: .dottedKey, at: key.position)
      case .table(let next) where next.origin == .dottedKey || next.origin == .passedThrough:
        next.origin = .dottedKey
        node = next
      case .table, .tables, .value: throw overwriting(key)
      }
    }
    guard let last = keys.last, take("=") else { throw expected("'='") }
    guard node[last.text] == nil else { throw overwriting(last) }
    skipBlanks()
    let start = position
    node.append(try value(depth: node.depth), key: last, position: start)
  }

  private func addTable(
    _ key: Key, to parent: TOMLNode, origin: TOMLNode.Origin, at start: Position
  ) throws(ReadingError) -> TOMLNode {
    let node = try node(origin: origin, depth: parent.depth + 1, at: start)
    parent.append(.table(node), key: key, position: start)
    return node
  }

  private func node(
    origin: TOMLNode.Origin, depth: Int, at position: Position
  ) throws(ReadingError) -> TOMLNode {
    guard depth <= Self.depthLimit else {
      throw error(.tooDeep(limit: Self.depthLimit), at: position)
    }
    return TOMLNode(origin: origin, position: position, depth: depth)
  }

  private func overwriting(_ key: Key) -> ReadingError {
    error(.duplicateKey(key.text), at: key.position)
  }

  // MARK: Keys

  /// The parts of `a . "b" . c`, with the blanks after the last.
  private mutating func dottedKey() throws(ReadingError) -> [Key] {
    var keys: [Key] = []
    repeat {
      skipBlanks()
      let start = position
      keys.append(Key(text: try simpleKey(), position: start))
      skipBlanks()
    } while take(".")
    return keys
  }

  private mutating func simpleKey() throws(ReadingError) -> String {
    switch peek {
    case UInt8(ascii: "\""): return try basicString()
    case UInt8(ascii: "'"): return try literalString()
    default:
      let start = offset
      while let byte = peek, isBareKeyByte(byte) { offset += 1 }
      guard offset > start else { throw expected("a key") }
      return text(bytes[start..<offset])
    }
  }

  private func isBareKeyByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(ReadingError) -> TOMLNode.Child {
    switch peek {
    case UInt8(ascii: "\""):
      return .value(.string(try startsWith("\"\"\"") ? multilineBasicString() : basicString()))
    case UInt8(ascii: "'"):
      return .value(.string(try startsWith("'''") ? multilineLiteralString() : literalString()))
    case UInt8(ascii: "["): return .value(.array(try array(depth: depth + 1)))
    case UInt8(ascii: "{"): return .table(try inlineTable(depth: depth + 1))
    default: return .value(try scalar())
    }
  }

  private mutating func array(depth: Int) throws(ReadingError) -> [TOML.Item] {
    let open = offset
    guard depth <= Self.depthLimit else { throw error(.tooDeep(limit: Self.depthLimit), at: open) }
    offset += 1
    var items: [TOML.Item] = []
    while true {
      try skipBlanksNewlinesAndComments()
      if take("]") { return items }
      let start = position
      switch try value(depth: depth) {
      case .value(let value): items.append(TOML.Item(value: value, position: start))
      case .table(let node):
        items.append(TOML.Item(value: .table(node.table), position: start))
      case .tables: break
      }
      try skipBlanksNewlinesAndComments()
      if take("]") { return items }
      guard take(",") else {
        throw peek == nil
          ? error(.syntax("the array is not closed"), at: open) : expected("',' or ']'")
      }
    }
  }

  private mutating func inlineTable(depth: Int) throws(ReadingError) -> TOMLNode {
    let table = try node(origin: .inline, depth: depth, at: position)
    offset += 1
    skipBlanks()
    if take("}") { return table }
    while true {
      try keyValue(into: table)
      skipBlanks()
      if take("}") { return table }
      guard take(",") else { throw expected("',' or '}'") }
    }
  }

  /// A number, date or word: everything up to the next delimiter, judged as a whole.
  private mutating func scalar() throws(ReadingError) -> TOML.Value {
    let start = offset
    skipScalar()
    // A date may be followed by one space and a time (RFC 3339 section 5.6, note).
    if offset - start == 10, bytes[start + 4] == UInt8(ascii: "-"), peek == 0x20,
      offset + 1 < bytes.count, isDigit(bytes[offset + 1])
    {
      offset += 1
      skipScalar()
    }
    guard offset > start else { throw expected("a value") }
    let literal = Array(bytes[start..<offset])
    guard let value = TOMLScalar.value(of: literal) else {
      throw error(.syntax("'\(text(literal))' is not a value"), at: start)
    }
    return value
  }

  private mutating func skipScalar() {
    while let byte = peek,
      isLetterOrDigit(byte) || "+-_.:".utf8.contains(byte)
    { offset += 1 }
  }

  // MARK: Bytes

  var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  var position: Position {
    mutating get { counter.position(at: offset, in: bytes) }
  }

  func startsWith(_ text: String) -> Bool {
    var index = offset
    for byte in text.utf8 {
      guard index < bytes.count, bytes[index] == byte else { return false }
      index += 1
    }
    return true
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  /// A newline is LF or CRLF; a CR alone is not one.
  mutating func takeNewline() -> Bool {
    if take("\n") { return true }
    guard startsWith("\r\n") else { return false }
    offset += 2
    return true
  }

  mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 { offset += 1 }
  }

  private mutating func skipBlanksNewlinesAndComments() throws(ReadingError) {
    repeat {
      skipBlanks()
      try skipComment()
    } while takeNewline()
  }

  private mutating func skipComment() throws(ReadingError) {
    guard take("#") else { return }
    while let byte = peek, byte != UInt8(ascii: "\n") {
      guard !isControl(byte) else {
        if startsWith("\r\n") { return }
        throw error(.syntax("\(shown(byte)) is not allowed in a comment"), at: offset)
      }
      offset += 1
    }
  }

  func error(_ fact: ReadingError.Fact, at position: Position) -> ReadingError {
    ReadingError(file: file, position: position, role: role, fact: fact)
  }

  func error(_ fact: ReadingError.Fact, at offset: Int) -> ReadingError {
    var counter = PositionCounter()
    return error(fact, at: counter.position(at: offset, in: bytes))
  }

  func expected(_ what: String) -> ReadingError {
    error(.syntax("expected \(what), found \(shown(peek))"), at: offset)
  }
}

/// A control character that TOML allows nowhere outside an escape: all but the tab.
func isControl(_ byte: UInt8) -> Bool {
  byte < 0x20 && byte != 0x09 || byte == 0x7F
}

func isLetterOrDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
  default: isDigit(byte)
  }
}
