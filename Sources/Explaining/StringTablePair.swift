/// Two tables of strings, each ended by a zero, in which the order has no meaning: names of symbols,
/// and the texts of debug information.
struct StringTablePair {
  /// A string and where it begins.
  struct Entry {
    let text: ArraySlice<UInt8>
    var offset: Int { text.startIndex }
  }

  /// In only one of the tables, and its counterpart where one was found.
  private(set) var pairs: [(first: Entry, second: Entry)] = []
  private(set) var onlyFirst: [Entry] = []
  private(set) var onlySecond: [Entry] = []

  init(_ a: [UInt8], _ b: [UInt8]) {
    // Equal pieces need no splitting; only whole strings count.
    let (prefix, suffix) = TextDifference.commonEnds(a, b)
    let start = (a[..<prefix].lastIndex(of: 0) ?? -1) + 1
    let firstEnd = a[(a.count - suffix)...].firstIndex(of: 0).map { $0 + 1 } ?? a.count
    let secondEnd = b[(b.count - suffix)...].firstIndex(of: 0).map { $0 + 1 } ?? b.count
    let firsts = Self.entries(a[start..<max(start, firstEnd)])
    let seconds = Self.entries(b[start..<max(start, secondEnd)])
    var counts: [ArraySlice<UInt8>: Int] = [:]
    for entry in firsts { counts[entry.text, default: 0] += 1 }
    var extra: [Entry] = []
    for entry in seconds {
      if let count = counts[entry.text], count > 0 {
        counts[entry.text] = count - 1
      } else {
        extra.append(entry)
      }
    }
    // The last ones of each text are those that the second table has no counterpart of.
    var missing: [Entry] = []
    for entry in firsts.reversed() {
      if let count = counts[entry.text], count > 0 {
        counts[entry.text] = count - 1
        missing.append(entry)
      }
    }
    pair(missing.reversed(), extra)
  }

  private static func entries(_ bytes: ArraySlice<UInt8>) -> [Entry] {
    bytes.split(separator: 0).map { Entry(text: $0) }
  }

  private mutating func pair(_ firsts: [Entry], _ seconds: [Entry]) {
    var waiting: [String: [Entry]] = [:]
    for entry in seconds.reversed() { waiting[Self.key(entry.text), default: []].append(entry) }
    for entry in firsts {
      if let other = waiting[Self.key(entry.text)]?.popLast() {
        pairs.append((entry, other))
      } else {
        onlyFirst.append(entry)
      }
    }
    pairPaths(waiting)
  }

  /// Folders of which even the last name differs are counterparts in their order, where both files
  /// have as many: the folder in which each was compiled, mostly.
  private mutating func pairPaths(_ waiting: [String: [Entry]]) {
    onlySecond = waiting.values.joined().sorted { $0.offset < $1.offset }
    func isPath(_ entry: Entry) -> Bool { entry.text.first == UInt8(ascii: "/") }
    let (firsts, seconds) = (onlyFirst.filter(isPath), onlySecond.filter(isPath))
    guard !firsts.isEmpty, firsts.count == seconds.count else { return }
    pairs += zip(firsts, seconds).map { (first: $0, second: $1) }
    onlyFirst.removeAll(where: isPath)
    onlySecond.removeAll(where: isPath)
  }

  /// What counterparts have in common: the item of a symbol, the file name of a path.
  static func key(_ text: ArraySlice<UInt8>) -> String {
    if text.starts(with: "_".utf8) || text.starts(with: "anon.".utf8) {
      return SymbolName(text.prefix(4096)).key
    }
    if text.contains(UInt8(ascii: "/")), !text.contains(0x20) {
      let name = text.split(separator: UInt8(ascii: "/")).last ?? text
      return "/" + SymbolName.withoutHashes(name.prefix(256))
    }
    return SymbolName.withoutHashes(text.prefix(4096))
  }
}
