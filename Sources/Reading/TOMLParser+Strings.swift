/// The four kinds of TOML strings.
extension TOMLParser {
  mutating func basicString() throws(ReadingError) -> String {
    let start = offset
    offset += 1
    // Most strings are written as they are.
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), !isControl(byte)
    {
      offset += 1
    }
    var content = Array(bytes[(start + 1)..<offset])
    while let byte = peek, byte != UInt8(ascii: "\n") {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return text(content)
      case UInt8(ascii: "\\"): content.append(contentsOf: try escape())
      default: content.append(try plainByte(byte))
      }
    }
    throw error(.syntax("the string is not closed"), at: start)
  }

  mutating func literalString() throws(ReadingError) -> String {
    let start = offset
    offset += 1
    var content: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\n") {
      if take("'") { return text(content) }
      content.append(try plainByte(byte))
    }
    throw error(.syntax("the string is not closed"), at: start)
  }

  mutating func multilineBasicString() throws(ReadingError) -> String {
    let start = offset
    offset += 3
    _ = takeNewline()
    var content: [UInt8] = []
    while let byte = peek {
      if takeNewline() {
        content.append(UInt8(ascii: "\n"))
      } else if byte == UInt8(ascii: "\\") {
        if try !takeLineContinuation() { content.append(contentsOf: try escape()) }
      } else if takeClosing("\"", into: &content) {
        return text(content)
      } else {
        content.append(try plainByte(byte))
      }
    }
    throw error(.syntax("the string is not closed"), at: start)
  }

  mutating func multilineLiteralString() throws(ReadingError) -> String {
    let start = offset
    offset += 3
    _ = takeNewline()
    var content: [UInt8] = []
    while let byte = peek {
      if takeNewline() {
        content.append(UInt8(ascii: "\n"))
      } else if takeClosing("'", into: &content) {
        return text(content)
      } else {
        content.append(try plainByte(byte))
      }
    }
    throw error(.syntax("the string is not closed"), at: start)
  }

  /// Three quotes close the string; up to two more directly before them belong to it.
  private mutating func takeClosing(_ quote: Unicode.Scalar, into content: inout [UInt8]) -> Bool {
    var count = 0
    while count < 5, offset + count < bytes.count, bytes[offset + count] == UInt8(ascii: quote) {
      count += 1
    }
    guard count >= 3 else { return false }
    content.append(contentsOf: repeatElement(UInt8(ascii: quote), count: count - 3))
    offset += count
    return true
  }

  private mutating func plainByte(_ byte: UInt8) throws(ReadingError) -> UInt8 {
    guard !isControl(byte) else {
      throw error(.syntax("\(shown(byte)) is not allowed in a string"), at: offset)
    }
    offset += 1
    return byte
  }

  /// A backslash that ends a line swallows all blanks and newlines up to the next text.
  private mutating func takeLineContinuation() throws(ReadingError) -> Bool {
    let start = offset
    offset += 1
    skipBlanks()
    guard takeNewline() else {
      offset = start
      return false
    }
    repeat { skipBlanks() } while takeNewline()
    return true
  }

  private mutating func escape() throws(ReadingError) -> [UInt8] {
    let start = offset
    offset += 1
    let byte = peek
    offset += 1
    switch byte {
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [bytes[start + 1]]
    case UInt8(ascii: "u"): return try scalar(digits: 4, escapeAt: start)
    case UInt8(ascii: "U"): return try scalar(digits: 8, escapeAt: start)
    default: throw error(.syntax("unknown escape \\ followed by \(shown(byte))"), at: start)
    }
  }

  private mutating func scalar(digits: Int, escapeAt start: Int) throws(ReadingError) -> [UInt8] {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let byte = peek, let digit = hexadecimalDigit(byte) else {
        throw expected("a hexadecimal digit")
      }
      value = value << 4 | digit
      offset += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw error(
        .syntax("\(hexadecimal(value, digits: digits)) is not a Unicode scalar value"), at: start)
    }
    return Array(String(Character(scalar)).utf8)
  }
}
