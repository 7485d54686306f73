internal import Comparing

/// The functions of two programs, put side by side by their names.
struct FunctionPairs {
  struct Function {
    let name: String
    let address: Int64
    /// In bytes.
    let size: Int64
    let section: Int
    /// In the section's contents.
    let range: Range<Int>
  }

  private(set) var pairs: [(first: Function, second: Function)] = []
  private(set) var onlyFirst: [Function] = []
  private(set) var onlySecond: [Function] = []
  /// By the section of the first file.
  private(set) var pairsBySection: [Int: [(first: Function, second: Function)]] = [:]
  private(set) var onlyFirstBySection: [Int: [Function]] = [:]
  private(set) var onlySecondBySection: [Int: [Function]] = [:]

  init() {}

  init(
    _ first: [ELFSymbol], _ second: [ELFSymbol], _ sections: [ELFPair.SectionPair],
    _ a: ELFPair.Side, _ b: ELFPair.Side
  ) {
    let firsts = Self.functions(first, sections.map(\.first), a)
    let seconds = Self.functions(second, sections.map(\.second), b)
    var waiting: [String: [Function]] = [:]
    for function in seconds.reversed() { waiting[function.name, default: []].append(function) }
    for function in firsts {
      guard var others = waiting[function.name], !others.isEmpty else {
        onlyFirst.append(function)
        continue
      }
      // Of several instances of one name one of the same size is the likelier counterpart; few are
      // looked at, because a crafted file may have a million of one name.
      let index = others.suffix(16).lastIndex { $0.size == function.size } ?? others.count - 1
      pairs.append((function, others.remove(at: index)))
      waiting[function.name] = others
    }
    onlySecond = waiting.values.joined().sorted { $0.address < $1.address }
    pairsBySection = Dictionary(grouping: pairs) { $0.first.section }
    onlyFirstBySection = Dictionary(grouping: onlyFirst) { $0.section }
    onlySecondBySection = Dictionary(grouping: onlySecond) { $0.section }
  }

  /// In the order of their addresses and without overlaps; what lies between them too, under the
  /// name of the one before, unless it is filling.
  private static func functions(
    _ symbols: [ELFSymbol], _ sections: [ELFFile.Section], _ side: ELFPair.Side
  ) -> [Function] {
    var bySection: [Int: [ELFSymbol]] = [:]
    for symbol in symbols where symbol.isFunction && symbol.size > 0 {
      bySection[symbol.section, default: []].append(symbol)
    }
    var result: [Function] = []
    for section in sections where ELFPair.isCode(section) {
      guard let contents = side.contents[section.index], let own = bySection[section.index] else {
        continue
      }
      var end = 0
      var before = "start of \(Excerpt.name(section.name.utf8))"
      func append(_ name: String, _ range: Range<Int>) {
        result.append(
          Function(
            name: name, address: Int64(bitPattern: section.address) &+ Int64(range.lowerBound),
            size: Int64(range.count), section: section.index, range: range))
      }
      for symbol in own.sorted(by: { $0.address < $1.address }) {
        let start = symbol.address.subtractingReportingOverflow(Int64(bitPattern: section.address))
        guard !start.overflow, start.partialValue >= end,
          start.partialValue <= contents.count,
          symbol.size <= Int64(contents.count) - start.partialValue
        else { continue }
        let range = Int(start.partialValue)..<Int(start.partialValue + symbol.size)
        if !isFilling(contents.bytes[end..<range.lowerBound]) {
          append("what follows \(before)", end..<range.lowerBound)
        }
        append(symbol.name.shown, range)
        before = symbol.name.shown
        end = range.upperBound
      }
      if end < contents.count, !isFilling(contents.bytes[end...]) {
        append("what follows \(before)", end..<contents.count)
      }
    }
    return result
  }

  /// Whether the bytes only bring the next function to an aligned address.
  private static func isFilling(_ bytes: ArraySlice<UInt8>) -> Bool {
    if bytes.allSatisfy({ $0 == 0xCC || $0 == 0 || $0 == 0x90 }) { return true }
    // Long forms of `nop`.
    return bytes.count < 16
      && bytes.allSatisfy {
        [0x66, 0x2E, 0x0F, 0x1F, 0x84, 0x80, 0x44, 0x40, 0x00, 0x90].contains($0)
      }
  }
}
