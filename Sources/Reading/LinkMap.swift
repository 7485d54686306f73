/// Which files a linker took bytes from, by the map that it wrote (`-Map`).
///
/// Knows the forms of LLVM's lld (lld/ELF/MapFile.cpp) and of GNU ld (ld/ldlang.c, `lang_map`).
public struct LinkMap: Sendable, Equatable {
  public enum Form: String, Sendable {
    case lld, bfd
  }

  /// A file, or a member of an archive, that the map names.
  public struct Input: Sendable, Equatable {
    /// As the linker was given it.
    public let file: String
    /// In an archive.
    public let member: String?
    /// Bytes of the output that came from it; 0 where nothing of it was kept.
    public internal(set) var size: Int64
  }

  public let form: Form
  /// In the order in which the map first names them.
  public private(set) var inputs: [Input] = []
  private var places: [[UInt8]: Int] = [:]

  private static let mostInputs = 1 << 18
  private static let longestLine = 1 << 20

  /// - Throws: `ReadingError` with role `.input`: a map of another form, a line longer than 1 MiB,
  ///   more than 262144 files and members.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    func error(_ words: String, line: Int) -> ReadingError {
      ReadingError(
        file: file, position: Position(line: line, column: 1), role: .input, fact: .syntax(words))
    }
    let head = bytes.prefix { $0 != UInt8(ascii: "\n") }.split(separator: 0x20)
    let isLLD = head.prefix(3).elementsEqual(["VMA", "LMA", "Size"]) { $0.elementsEqual($1.utf8) }
    form = isLLD ? .lld : .bfd
    var reader = MapReader()
    var number = 0
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      let line = bytes[start..<end]
      start = end + 1
      number += 1
      guard line.count <= Self.longestLine else {
        throw error("a line of more than 1 MiB", line: number)
      }
      if let (name, size) = isLLD ? Self.lld(line) : reader.bfd(line) { add(name, size) }
      guard inputs.count <= Self.mostInputs else {
        throw error("more than \(Self.mostInputs) files", line: number)
      }
    }
    guard isLLD || reader.sawMap else { throw error("a map of neither lld nor GNU ld", line: 1) }
  }

  private mutating func add(_ name: ArraySlice<UInt8>, _ size: Int64) {
    let key = Array(name)
    if let place = places[key] {
      let (sum, overflow) = inputs[place].size.addingReportingOverflow(size)
      inputs[place].size = overflow ? .max : sum
      return
    }
    places[key] = inputs.count
    // `libfoo.a(foo.o)`; lld's thin and bfd's look the same.
    if name.last == UInt8(ascii: ")"), let open = name.lastIndex(of: UInt8(ascii: "(")),
      open > name.startIndex
    {
      inputs.append(
        Input(
          file: text(name[..<open]), member: text(name[(open + 1)...].dropLast()), size: size))
    } else {
      inputs.append(Input(file: text(name), member: nil, size: size))
    }
  }

  /// Address, address, size, alignment, then at the ninth place behind: `FILE:(SECTION)`.
  private static func lld(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Int64)? {
    var rest = line
    var size: Int64 = 0
    for column in 0..<4 {
      guard let word = takeWord(&rest) else { return nil }
      if column == 2 {
        guard let value = number(word) else { return nil }
        size = value
      }
    }
    let spaces = rest.prefix { $0 == 0x20 }.count
    guard spaces == 9 else { return nil }
    rest = rest.dropFirst(spaces)
    guard rest.last == UInt8(ascii: ")"), rest.first != UInt8(ascii: "<") else { return nil }
    // The last `:(`: file names are longer than names of sections, and may hold anything.
    var index = rest.endIndex - 2
    while index > rest.startIndex {
      if rest[index] == UInt8(ascii: ":"), rest[index + 1] == UInt8(ascii: "(") {
        return (rest[..<index], size)
      }
      index -= 1
    }
    return nil
  }

  /// GNU ld's map has several parts, and puts a long name of a section on a line of its own.
  private struct MapReader {
    private enum Part { case head, members, others, map }

    private var part = Part.head
    var sawMap: Bool { part == .map }

    mutating func bfd(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Int64)? {
      if line.starts(with: "Archive member included".utf8) {
        part = .members
      } else if line.starts(with: "As-needed library included".utf8) {
        part = .others
      } else if line.elementsEqual("Linker script and memory map".utf8) {
        part = .map
      } else if part == .members, let first = line.first, first != 0x20 {
        // `libfoo.a(foo.o)`, then, behind spaces or on the next line, who asked for it.
        if let close = line.firstRange(of: ")  "), close.lowerBound > line.startIndex {
          return (line[...close.lowerBound], 0)
        }
        if line.last == UInt8(ascii: ")") { return (line, 0) }
        part = .others
      } else if part == .map {
        return contribution(line)
      }
      return nil
    }

    /// ` SECTION ADDRESS SIZE FILE`; the section may have stood on the line before.
    private func contribution(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Int64)? {
      guard line.first == 0x20 else { return nil }
      var rest = line
      guard var word = takeWord(&rest) else { return nil }
      if !word.starts(with: "0x".utf8) {
        guard let next = takeWord(&rest) else { return nil }
        word = next
      }
      guard number(word) != nil, word.starts(with: "0x".utf8), let sizeWord = takeWord(&rest),
        sizeWord.starts(with: "0x".utf8), let size = number(sizeWord),
        rest.first == 0x20
      else { return nil }
      rest = rest.drop { $0 == 0x20 }
      guard let first = rest.first, first != UInt8(ascii: "("), first != UInt8(ascii: "=") else {
        return nil
      }
      return (rest, size)
    }
  }
}

private func takeWord(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
  rest = rest.drop { $0 == 0x20 }
  let word = rest.prefix { $0 != 0x20 }
  rest = rest.dropFirst(word.count)
  return word.isEmpty ? nil : word
}

/// Hexadecimal, with or without `0x`; addresses beyond 2⁶³ count as the largest number.
private func number(_ word: ArraySlice<UInt8>) -> Int64? {
  let digits = word.starts(with: "0x".utf8) ? word.dropFirst(2) : word
  guard 1...16 ~= digits.count else { return nil }
  var value: UInt64 = 0
  for digit in digits {
    guard let bits = hexadecimalDigit(digit) else { return nil }
    value = value << 4 | UInt64(bits)
  }
  return Int64(clamping: value)
}

extension ArraySlice<UInt8> {
  /// Where these characters first stand.
  fileprivate func firstRange(of text: String) -> Range<Int>? {
    let pattern = Array(text.utf8)
    guard count >= pattern.count else { return nil }
    for start in startIndex...(endIndex - pattern.count)
    where self[start..<(start + pattern.count)].elementsEqual(pattern) {
      return start..<(start + pattern.count)
    }
    return nil
  }
}
