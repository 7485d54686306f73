/// Reads names such as `_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE`, which are those of C++
/// with a hash at the end.
enum LegacyDemangler {
  /// Nil for other names; a C++ name has no hash.
  static func demangle(_ name: ArraySlice<UInt8>) -> String? {
    var rest = name.dropFirst(3)
    var parts: [ArraySlice<UInt8>] = []
    while let first = rest.first, first != UInt8(ascii: "E") {
      var length = 0
      while let digit = rest.first, 0x30...0x39 ~= digit, length < 10_000 {
        length = length * 10 + Int(digit - 0x30)
        rest = rest.dropFirst()
      }
      guard length > 0, length <= rest.count else { return nil }
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    guard rest.first == UInt8(ascii: "E"), parts.count > 1, let hash = parts.popLast(),
      hash.count == 17, hash.first == UInt8(ascii: "h"),
      hash.dropFirst().allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 })
    else { return nil }
    return parts.map(unescaped).joined(separator: "::")
  }

  private static let escapes: [(String, String)] = [
    ("SP", "@"), ("BP", "*"), ("RF", "&"), ("LT", "<"), ("GT", ">"), ("LP", "("), ("RP", ")"),
    ("C", ","),
  ]

  private static func unescaped(_ part: ArraySlice<UInt8>) -> String {
    var text = Excerpt.name(part)[...]
    // An identifier cannot begin with the sign of an escape, so an underscore precedes it.
    if text.hasPrefix("_$") { text = text.dropFirst() }
    var result = ""
    while let first = text.first {
      if text.hasPrefix("..") {
        result += "::"
        text = text.dropFirst(2)
      } else if first == "$", let end = text.dropFirst().firstIndex(of: "$") {
        let word = text[text.index(after: text.startIndex)..<end]
        guard let plain = plain(word) else { return result + String(text) }
        result += plain
        text = text[text.index(after: end)...]
      } else {
        result.append(first)
        text = text.dropFirst()
      }
    }
    return result
  }

  private static func plain(_ word: Substring) -> String? {
    for (escape, plain) in escapes where escape == word { return plain }
    guard word.hasPrefix("u"), word.utf8.count <= 7,
      let value = UInt32(word.dropFirst(), radix: 16), let scalar = Unicode.Scalar(value),
      0x20...0x7E ~= value
    else { return nil }
    return String(Character(scalar))
  }
}
