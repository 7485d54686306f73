/// Which files a linker opened, by the rules of a makefile that it wrote (`--dependency-file`): one
/// that names them all, then an empty one for each, what lld, mold, gold, and GNU ld from 2.35 on write
/// alike.
public struct LinkInputs: Sendable, Equatable {
  /// As the linker named them, each once, in their order.
  public let files: [String]

  private static let mostFiles = 1 << 18
  /// Of all names together.
  private static let mostWords = 1 << 20

  /// - Throws: `ReadingError` with role `.input`: no rules, rules that do not name the same files, more
  ///   than 262144 files or 1048576 words in their names, a file name with control characters or one that is not UTF-8.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    var number = 1
    func error(_ words: String) -> ReadingError {
      ReadingError(
        file: file, position: Position(line: number, column: 1), role: .input,
        fact: .syntax(words))
    }
    func words(_ bytes: ArraySlice<UInt8>) throws(ReadingError) -> [[UInt8]] {
      guard let words = Self.words(bytes) else {
        throw error("more than \(Self.mostWords) words in the names of files")
      }
      return words
    }
    var rule: [UInt8] = []
    var rest = bytes[...]
    // An escaped line end goes on.
    while let line = Self.takeLine(&rest) {
      number += 1
      guard line.last == UInt8(ascii: "\\") else {
        rule += line
        break
      }
      rule += line.dropLast() + [0x20]
    }
    var asked = try words(rule[...])[...]
    guard let target = asked.firstIndex(where: { $0.last == UInt8(ascii: ":") }) else {
      throw error("no rule of a makefile")
    }
    asked = asked[(target + 1)...]
    // GNU ld, gold and mold escape no space, so that only an empty rule, which is a whole line, says
    // where a name ends.
    var found: Set<[UInt8]> = []
    var names: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    while let line = Self.takeLine(&rest) {
      defer { number += 1 }
      if line.isEmpty { continue }
      guard line.last == UInt8(ascii: ":") else { throw error("a line that is no empty rule") }
      let name = Self.unescaped(line.dropLast())
      if let defect = fileNameDefect(name) { throw error(defect) }
      guard seen.insert(name).inserted else { continue }
      names.append(name)
      found.formUnion(try words(line.dropLast()))
      guard names.count <= Self.mostFiles else { throw error("more than \(Self.mostFiles) files") }
      guard found.count <= asked.count else { break }
    }
    guard found == Set(asked) else { throw error("rules that do not name the same files") }
    files = names.map { text($0) }
  }

  private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !rest.isEmpty else { return nil }
    let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
    defer { rest = rest[min(end + 1, rest.endIndex)...] }
    return rest[..<end]
  }

  /// What spaces that are not escaped separate; nil where that is too much.
  private static func words(_ bytes: ArraySlice<UInt8>) -> [[UInt8]]? {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    var rest = bytes
    while let byte = takeByte(&rest) {
      if byte.isEscaped || (byte.value != 0x20 && byte.value != 0x09) {
        word.append(byte.value)
      } else if !word.isEmpty {
        guard words.count < mostWords else { return nil }
        words.append(word)
        word = []
      }
    }
    if !word.isEmpty { words.append(word) }
    return words.count <= mostWords ? words : nil
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var rest = bytes
    var found: [UInt8] = []
    while let byte = takeByte(&rest) { found.append(byte.value) }
    return found
  }

  /// Before a space and `#` a backslash takes their meaning, and a dollar that of a dollar.
  private static func takeByte(
    _ rest: inout ArraySlice<UInt8>
  ) -> (value: UInt8, isEscaped: Bool)? {
    guard let first = rest.popFirst() else { return nil }
    switch (first, rest.first) {
    case (UInt8(ascii: "\\"), UInt8(ascii: " ")), (UInt8(ascii: "\\"), UInt8(ascii: "#")),
      (UInt8(ascii: "$"), UInt8(ascii: "$")):
      return rest.popFirst().map { ($0, true) }
    default: return (first, false)
    }
  }
}
