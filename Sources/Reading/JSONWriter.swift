extension JSON {
  /// The largest integer that every JSON reader keeps exactly: 2^53 - 1 (RFC 7493 section 2.2).
  static let largestExactInteger: Int64 = (1 << 53) - 1

  /// The canonical form of RFC 8785 (JCS), for digests: no space, keys sorted by UTF-16 code units,
  /// shortest escapes.
  ///
  /// Restricted to integers of at most 2^53 - 1 in size: beyond it JCS would round, and fractions
  /// have no place in what we digest.
  ///
  /// - Throws: `ReadingError` with the fact `.notCanonical` for any other number.
  public func canonicalBytes() throws(ReadingError) -> [UInt8] {
    var out: [UInt8] = []
    try writeCanonical(to: &out)
    return out
  }

  private func writeCanonical(to out: inout [UInt8]) throws(ReadingError) {
    switch self {
    case .integer(let value) where value.magnitude <= Self.largestExactInteger.magnitude:
      out.append(contentsOf: String(value).utf8)
    case .integer, .number:
      throw ReadingError(
        file: "canonical JSON", position: nil, role: .configuration,
        fact: .notCanonical(text(compactBytes())))
    case .array(let items):
      out.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        try item.writeCanonical(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      let sorted = object.members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        try member.value.writeCanonical(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    case .null, .bool, .string:
      writeScalar(to: &out)
    }
  }

  /// The form for people: two spaces of indent, members in the order given, a newline at the end.
  ///
  /// - Precondition: every `.number` is finite, which all parsed ones are.
  public func prettyBytes() -> [UInt8] {
    var out: [UInt8] = []
    writePretty(to: &out, indent: 0)
    out.append(UInt8(ascii: "\n"))
    return out
  }

  private func writePretty(to out: inout [UInt8], indent: Int) {
    func newLine(_ indent: Int) {
      out.append(UInt8(ascii: "\n"))
      out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indent))
    }
    switch self {
    case .array(let items) where !items.isEmpty:
      out.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        newLine(indent + 1)
        item.writePretty(to: &out, indent: indent + 1)
      }
      newLine(indent)
      out.append(UInt8(ascii: "]"))
    case .object(let object) where !object.members.isEmpty:
      out.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        newLine(indent + 1)
        Self.write(member.key, to: &out)
        out.append(contentsOf: ": ".utf8)
        member.value.writePretty(to: &out, indent: indent + 1)
      }
      newLine(indent)
      out.append(UInt8(ascii: "}"))
    case .array: out.append(contentsOf: "[]".utf8)
    case .object: out.append(contentsOf: "{}".utf8)
    case .null, .bool, .integer, .number, .string: writeScalar(to: &out)
    }
  }

  /// The value on one line, members in the order given, without spaces or a newline.
  public func compactBytes() -> [UInt8] {
    var out: [UInt8] = []
    writeCompact(to: &out)
    return out
  }

  private func writeCompact(to out: inout [UInt8]) {
    switch self {
    case .array(let items):
      out.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        item.writeCompact(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        member.value.writeCompact(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    case .null, .bool, .integer, .number, .string: writeScalar(to: &out)
    }
  }

  private func writeScalar(to out: inout [UInt8]) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): out.append(contentsOf: String(value).utf8)
    case .number(let value):
      precondition(value.isFinite, "JSON has no infinities and no NaN")
      out.append(contentsOf: value.description.utf8)
    case .string(let text): Self.write(text, to: &out)
    case .array, .object: preconditionFailure("not a scalar")
    }
  }

  /// RFC 8785 section 3.2.2.2: the two-character escapes where they exist, \u00xx in lower case for
  /// the other control characters, everything else as it is.
  private static func write(_ string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
      case 0x08: out.append(contentsOf: "\\b".utf8)
      case 0x09: out.append(contentsOf: "\\t".utf8)
      case 0x0A: out.append(contentsOf: "\\n".utf8)
      case 0x0C: out.append(contentsOf: "\\f".utf8)
      case 0x0D: out.append(contentsOf: "\\r".utf8)
      case 0..<0x20: out.append(contentsOf: "\\u\(hexadecimal(UInt32(byte), digits: 4))".utf8)
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
