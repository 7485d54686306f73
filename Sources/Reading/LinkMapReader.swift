/// Tells what a line of a linker's map says.
struct LinkMapReader {
  enum Line {
    case section(ArraySlice<UInt8>, address: Int64, size: Int64)
    /// Of a file, or, without a name, of the linker's own.
    case piece(ArraySlice<UInt8>?, address: Int64, size: Int64)
    /// A member of an archive that was taken.
    case member(ArraySlice<UInt8>)
  }

  private enum Part { case head, members, others, map }

  /// Nil while it is not known.
  private(set) var form: LinkMap.Form?
  private var part = Part.head
  /// The name of a section, where it is so long that the rest is on the next line.
  private var pending: ArraySlice<UInt8>?

  /// `head` is the first line.
  init(head: ArraySlice<UInt8>) {
    let words = head.split(separator: 0x20)
    func begins(_ names: [String]) -> Bool {
      words.prefix(names.count).elementsEqual(names) { $0.elementsEqual($1.utf8) }
    }
    if begins(["VMA", "LMA", "Size", "Align", "Out"]) {
      form = .lld
    } else if begins(["VMA", "Size", "Align", "Out"]) {
      form = .mold
    }
  }

  mutating func read(_ line: ArraySlice<UInt8>) -> Line? {
    switch form {
    case .lld: Self.row(line, addresses: 2, radix: 16)
    case .mold: Self.row(line, addresses: 1, radix: 10)
    case .bfd, .gold, nil: prose(line)
    }
  }

  // MARK: lld and mold

  /// One or two addresses, size, alignment, then behind one space a section, behind nine
  /// `FILE:(SECTION)`, behind more a symbol.
  private static func row(_ line: ArraySlice<UInt8>, addresses: Int, radix: UInt64) -> Line? {
    var rest = line
    guard let first = takeWord(&rest), let address = number(first, radix: 16) else { return nil }
    if addresses == 2 { _ = takeWord(&rest) }
    guard let word = takeWord(&rest), let size = number(word, radix: radix),
      takeWord(&rest) != nil
    else { return nil }
    let spaces = rest.prefix { $0 == 0x20 }.count
    rest = rest.dropFirst(spaces)
    if spaces == 1 { return .section(rest, address: address, size: size) }
    guard spaces == 9, rest.last == UInt8(ascii: ")") else { return nil }
    if rest.first == UInt8(ascii: "<") { return .piece(nil, address: address, size: size) }
    // The last `:(`: file names are longer than names of sections, and may hold anything.
    var index = rest.endIndex - 2
    while index > rest.startIndex {
      if rest[index] == UInt8(ascii: ":"), rest[index + 1] == UInt8(ascii: "(") {
        return .piece(rest[..<index], address: address, size: size)
      }
      index -= 1
    }
    return nil
  }

  // MARK: GNU ld and gold

  /// These maps have several parts, and put a long name of a section on a line of its own.
  private mutating func prose(_ line: ArraySlice<UInt8>) -> Line? {
    if line.starts(with: "Archive member included".utf8) {
      part = .members
    } else if line.starts(with: "As-needed library included".utf8) {
      part = .others
    } else if line.elementsEqual("Linker script and memory map".utf8) {
      part = .map
      form = .bfd
    } else if line.elementsEqual("Memory map".utf8) {
      part = .map
      form = .gold
    } else if part == .members, let first = line.first, first != 0x20 {
      // `libfoo.a(foo.o)`, then, behind spaces or on the next line, who asked for it.
      if let close = line.firstRange(of: ")  "), close.lowerBound > line.startIndex {
        return .member(line[...close.lowerBound])
      }
      if line.last == UInt8(ascii: ")") { return .member(line) }
      part = .others
    } else if part == .map {
      return line.first == 0x20 ? inner(line) : outer(line)
    }
    return nil
  }

  /// `SECTION ADDRESS SIZE`, the section of the output.
  private mutating func outer(_ line: ArraySlice<UInt8>) -> Line? {
    pending = nil
    var rest = line
    guard let name = takeWord(&rest) else { return nil }
    guard let (address, size) = Self.takeNumbers(&rest) else {
      if rest.isEmpty { pending = name }
      return nil
    }
    return .section(name, address: address, size: size)
  }

  /// ` SECTION ADDRESS SIZE FILE`; the section may have stood on the line before.
  private mutating func inner(_ line: ArraySlice<UInt8>) -> Line? {
    let name = pending
    pending = nil
    var rest = line
    if let (address, size) = Self.takeNumbers(&rest) {
      if let name { return .section(name, address: address, size: size) }
      return Self.piece(rest, address, size)
    }
    guard let word = takeWord(&rest) else { return nil }
    // ` *fill*`, in gold ` ** fill`.
    let isFill = word.elementsEqual("*fill*".utf8)
    if word.elementsEqual("**".utf8) {
      guard takeWord(&rest)?.elementsEqual("fill".utf8) == true else { return nil }
    }
    guard let (address, size) = Self.takeNumbers(&rest) else { return nil }
    if isFill || word.elementsEqual("**".utf8) {
      return .piece(nil, address: address, size: size)
    }
    return Self.piece(rest, address, size)
  }

  private static func piece(_ rest: ArraySlice<UInt8>, _ address: Int64, _ size: Int64) -> Line? {
    let name = rest.drop { $0 == 0x20 }
    guard let first = name.first, first != UInt8(ascii: "("), first != UInt8(ascii: "=") else {
      return nil
    }
    return .piece(name, address: address, size: size)
  }

  /// An address and a size, each with `0x`; takes nothing where there are none.
  private static func takeNumbers(_ rest: inout ArraySlice<UInt8>) -> (Int64, Int64)? {
    var ahead = rest
    guard let first = takeWord(&ahead), first.starts(with: "0x".utf8),
      let address = number(first, radix: 16), let second = takeWord(&ahead),
      second.starts(with: "0x".utf8), let size = number(second, radix: 16)
    else { return nil }
    rest = ahead
    return (address, size)
  }
}

private func takeWord(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
  rest = rest.drop { $0 == 0x20 }
  let word = rest.prefix { $0 != 0x20 }
  rest = rest.dropFirst(word.count)
  return word.isEmpty ? nil : word
}

/// With or without `0x`; what is beyond 2⁶³ counts as the largest number.
private func number(_ word: ArraySlice<UInt8>, radix: UInt64) -> Int64? {
  let digits = radix == 16 && word.starts(with: "0x".utf8) ? word.dropFirst(2) : word
  guard 1...20 ~= digits.count else { return nil }
  var value: UInt64 = 0
  for digit in digits {
    guard let bits = hexadecimalDigit(digit), UInt64(bits) < radix else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: radix)
    let (sum, carry) = product.addingReportingOverflow(UInt64(bits))
    if overflow || carry { return .max }
    value = sum
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
