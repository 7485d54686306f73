extension TOML {
  /// A basic string, with every escape it needs.
  static func quoted(_ text: String) -> String {
    "\"" + escaped(text, keepingNewlines: false) + "\""
  }

  /// Several lines: a literal string where its content allows one, else a basic string. Reading it
  /// gives back exactly the same text.
  static func quotedLines(_ text: String) -> String {
    // Bytes, not characters: a combining mark after a quote does not keep it from closing a string.
    let bytes = Array(text.utf8)
    let holdsControl = bytes.contains { isControl($0) && $0 != UInt8(ascii: "\n") }
    let quote = UInt8(ascii: "'")
    let holdsQuotes = bytes.indices.contains { bytes[$0...].prefix(3) == [quote, quote, quote] }
    if !holdsControl, !holdsQuotes, bytes.last != quote { return "'''\n\(text)'''" }
    return "\"\"\"\n" + escaped(text, keepingNewlines: true) + "\"\"\""
  }

  private static func escaped(_ text: String, keepingNewlines: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += keepingNewlines ? "\n" : "\\n"
      case "\t": out += "\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        out += "\\u" + hexadecimal(scalar.value, digits: 4)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
