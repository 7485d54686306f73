/// Which files a linker opened, by the rule of a makefile that it wrote (`--dependency-file`): what
/// lld and GNU ld from 2.35 on write alike.
public struct LinkInputs: Sendable, Equatable {
  /// As the linker named them, each once, in their order.
  public let files: [String]

  private static let mostFiles = 1 << 18

  /// - Throws: `ReadingError` with role `.input`: no rule, more than 262144 files.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    func error(_ words: String) -> ReadingError {
      ReadingError(file: file, position: nil, role: .input, fact: .syntax(words))
    }
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    var seen: Set<[UInt8]> = []
    var hasTarget = false
    var rest = bytes[...]
    func next() -> UInt8? { rest.dropFirst().first }
    reading: while let byte = rest.first {
      var isEnd = false
      switch byte {
      // An escaped line end goes on; before a space and `#` a backslash takes their meaning.
      case UInt8(ascii: "\\") where next() == UInt8(ascii: "\n"):
        rest = rest.dropFirst()
        isEnd = true
      case UInt8(ascii: "\\") where next() == UInt8(ascii: " ") || next() == UInt8(ascii: "#"):
        rest = rest.dropFirst()
        if let escaped = rest.first { word.append(escaped) }
      case UInt8(ascii: "$") where next() == UInt8(ascii: "$"):
        rest = rest.dropFirst()
        word.append(byte)
      case UInt8(ascii: "\n"): break reading
      case UInt8(ascii: " "), UInt8(ascii: "\t"): isEnd = true
      default: word.append(byte)
      }
      rest = rest.dropFirst()
      guard isEnd, !word.isEmpty else { continue }
      if hasTarget {
        if seen.insert(word).inserted { words.append(word) }
      } else if word.last == UInt8(ascii: ":") {
        hasTarget = true
      }
      word = []
      guard words.count < Self.mostFiles else { throw error("more than \(Self.mostFiles) files") }
    }
    if hasTarget, !word.isEmpty, seen.insert(word).inserted { words.append(word) }
    guard hasTarget else { throw error("no rule of a makefile") }
    files = words.map { text($0) }
  }
}
