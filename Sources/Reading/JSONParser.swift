/// A recursive-descent reader of RFC 8259.
struct JSONParser {
  static let depthLimit = 128

  private let bytes: [UInt8]
  private let file: String
  private let role: ReadingError.Role
  private var offset = 0

  init(bytes: [UInt8], file: String, role: ReadingError.Role) {
    self.bytes = bytes
    self.file = file
    self.role = role
  }

  mutating func document() throws(ReadingError) -> JSON {
    if let invalid = firstInvalidUTF8(in: bytes) { throw error(.notUTF8, at: invalid) }
    skipWhitespace()
    let value = try value(depth: 0)
    skipWhitespace()
    guard offset == bytes.count else {
      throw error(.syntax("\(shown(peek)) follows the value"), at: offset)
    }
    return value
  }

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func error(_ fact: ReadingError.Fact, at offset: Int) -> ReadingError {
    var counter = PositionCounter()
    let position = counter.position(at: offset, in: bytes)
    return ReadingError(file: file, position: position, role: role, fact: fact)
  }

  private func expected(_ what: String) -> ReadingError {
    error(.syntax("expected \(what), found \(shown(peek))"), at: offset)
  }

  private mutating func skipWhitespace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      offset += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(ReadingError) -> JSON {
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw expected("a value")
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(ReadingError) -> JSON {
    guard bytes[offset...].starts(with: word.utf8) else { throw expected(word) }
    offset += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(ReadingError) -> JSON {
    try check(depth)
    offset += 1
    var object = JSON.Object()
    var keys: Set<ExactString> = []
    skipWhitespace()
    if take("}") { return .object(object) }
    while true {
      skipWhitespace()
      let start = offset
      guard peek == UInt8(ascii: "\"") else { throw expected("a key") }
      let key = try string()
      guard keys.insert(ExactString(key)).inserted else {
        throw error(.duplicateKey(key), at: start)
      }
      skipWhitespace()
      guard take(":") else { throw expected("':'") }
      skipWhitespace()
      object.append(newKey: key, try value(depth: depth))
      skipWhitespace()
      if take("}") { return .object(object) }
      guard take(",") else { throw expected("',' or '}'") }
    }
  }

  private mutating func array(depth: Int) throws(ReadingError) -> JSON {
    try check(depth)
    offset += 1
    var items: [JSON] = []
    skipWhitespace()
    if take("]") { return .array(items) }
    while true {
      skipWhitespace()
      items.append(try value(depth: depth))
      skipWhitespace()
      if take("]") { return .array(items) }
      guard take(",") else { throw expected("',' or ']'") }
    }
  }

  private func check(_ depth: Int) throws(ReadingError) {
    guard depth <= Self.depthLimit else {
      throw error(.tooDeep(limit: Self.depthLimit), at: offset)
    }
  }

  private mutating func digits() throws(ReadingError) {
    let start = offset
    while let byte = peek, isDigit(byte) { offset += 1 }
    guard offset > start else { throw expected("a digit") }
  }

  private mutating func number() throws(ReadingError) -> JSON {
    let start = offset
    var isInteger = true
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let literal = text(bytes[start..<offset])
    if isInteger, let value = Int64(literal) { return .integer(value) }
    guard let value = Double(literal), value.isFinite else {
      throw error(.syntax("\(literal) is out of range"), at: start)
    }
    return .number(value)
  }

  private mutating func string() throws(ReadingError) -> String {
    let start = offset
    offset += 1
    var content: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return text(content)
      case UInt8(ascii: "\\"):
        content.append(contentsOf: String(Character(try escape())).utf8)
      case 0..<0x20:
        throw error(.syntax("\(shown(byte)) must be escaped in a string"), at: offset)
      default:
        content.append(byte)
        offset += 1
      }
    }
    throw error(.syntax("the string is not closed"), at: start)
  }

  private mutating func escape() throws(ReadingError) -> Unicode.Scalar {
    let start = offset
    offset += 1
    let byte = peek
    offset += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw error(.syntax("unknown escape \\ followed by \(shown(byte))"), at: start)
    }
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A high surrogate is half a character; the low half must follow (RFC 8259 section 7).
    guard (0xD800..<0xDC00).contains(first), take("\\"), take("u") else {
      throw error(.syntax("lone surrogate in a string"), at: start)
    }
    let second = try fourDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error(.syntax("lone surrogate in a string"), at: start) }
    return scalar
  }

  private mutating func fourDigits() throws(ReadingError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = hexadecimalDigit(byte) else {
        throw expected("a hexadecimal digit")
      }
      value = value << 4 | digit
      offset += 1
    }
    return value
  }
}

func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
