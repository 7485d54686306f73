internal import Comparing

/// Two ELF files, section by section.
struct ELFPair {
  /// One of the two files.
  struct Side {
    let region: Region
    let file: ELFFile
    /// By index; sections that are too large, or that only one file has, are absent.
    var contents: [Int: Contents] = [:]
    func section(named name: String) -> ELFFile.Section? {
      file.sections.first { $0.name.utf8.elementsEqual(name.utf8) }
    }
  }

  /// Counterparts.
  struct SectionPair {
    let first: ELFFile.Section
    let second: ELFFile.Section
  }

  /// Bytes that belong to a difference that has been named.
  struct Claim {
    let range: Range<Int>
    let cause: Cause
    let detail: String
  }

  struct Displaced {
    let detail: String
    let places: Int
    let bytes: Int
    let evidence: Finding.Evidence?
  }

  /// Largest section that is held in memory.
  static let sectionLimit: Int64 = 64 << 20
  /// Most bytes of one file that are.
  static let contentLimit: Int64 = 256 << 20

  var a: Side
  var b: Side
  /// Names of the archive's member and what else the file lies in.
  let prefix: String
  var pairs: [SectionPair] = []
  var alignments: [Int: BlockAlignment] = [:]
  var map = AddressMap()
  /// Lengths of texts that are named as different.
  var lengths: [UInt64: Set<UInt64>] = [:]
  /// By index of the first file's section, sorted.
  var firstClaims: [Int: [Claim]] = [:]
  var secondClaims: [Int: [Claim]] = [:]
  /// By the address of the pointer in the first file.
  var claimedPlaces: [Int64: Claim] = [:]
  /// Texts that are counterparts though they differ.
  var namedPairs: [(first: Range<Int>, second: Range<Int>)] = []
  /// What stands in another order; whether that is a cause shows in the end.
  var displaced: [Displaced] = []
  var functions = FunctionPairs()
  var firstSymbols: [ELFSymbol] = []
  var secondSymbols: [ELFSymbol] = []
  /// Functions and objects of the first file, in the order of their addresses.
  var firstSymbolsBySection: [Int: [ELFSymbol]] = [:]
  /// `.debug_str` and `.debug_line_str`, as debug information refers to them.
  var textTables: [(first: Contents, second: Contents)] = []

  /// Nil where one of them is no ELF file or breaks the rules.
  init?(_ first: Region, _ second: Region, prefix: String) throws(ComparingError) {
    guard let a = try ELFFile.read(first), let b = try ELFFile.read(second),
      a.isWide == b.isWide, a.isBigEndian == b.isBigEndian
    else { return nil }
    self.a = Side(region: first, file: a)
    self.b = Side(region: second, file: b)
    self.prefix = prefix
  }

  private static let executableFlag: UInt64 = 4
  private static let allocatedFlag: UInt64 = 2

  var isLinked: Bool { a.file.type == 2 || a.file.type == 3 }

  static func isCode(_ section: ELFFile.Section) -> Bool {
    section.flags & executableFlag != 0
  }

  static func isAllocated(_ section: ELFFile.Section) -> Bool {
    section.flags & allocatedFlag != 0
  }

  func label(_ section: ELFFile.Section) -> String { prefix + Excerpt.name(section.name.utf8) }

  mutating func explain(into ledger: inout Ledger) throws(ComparingError) {
    matchSections(into: &ledger)
    try load(into: &ledger)
    readSymbols()
    align()
    nameSlices(into: &ledger)
    map.seal()
    for pair in pairs { explain(pair, into: &ledger) }
    try explainHeaders(into: &ledger)
    // An order follows from whatever else differs, unless nothing else does.
    let isCause = !ledger.hasCause && functions.onlyFirst.isEmpty && functions.onlySecond.isEmpty
    for one in displaced {
      ledger.note(
        isCause ? .order : .movedText, one.detail, places: one.places, bytes: one.bytes,
        one.evidence)
    }
  }

  /// Pairs sections of one name and, where several share it, in order.
  private mutating func matchSections(into ledger: inout Ledger) {
    var waiting: [String: [ELFFile.Section]] = [:]
    func key(_ section: ELFFile.Section) -> String {
      let name = section.name
      guard !isLinked, let dot = name.utf8.dropFirst().firstIndex(of: UInt8(ascii: ".")) else {
        return name
      }
      return name[..<dot] + "." + SymbolName(Array(name[name.utf8.index(after: dot)...].utf8)).key
    }
    for section in b.file.sections.reversed() { waiting[key(section), default: []].append(section) }
    for section in a.file.sections {
      if let other = waiting[key(section)]?.popLast() {
        pairs.append(SectionPair(first: section, second: other))
      } else {
        noteAlone(section, isFirst: true, into: &ledger)
      }
    }
    for section in waiting.values.joined().sorted(by: { $0.index < $1.index }) {
      noteAlone(section, isFirst: false, into: &ledger)
    }
  }

  private func noteAlone(_ section: ELFFile.Section, isFirst: Bool, into ledger: inout Ledger) {
    let name = label(section)
    let demangled = Self.symbolInName(section)
    ledger.note(
      .onlyInOne, "sections only in \(isFirst ? "A" : "B")",
      bytes: section.isStored ? Int(section.size) : 0,
      Finding.Evidence(
        name, symbol: demangled, at: isFirst ? 0 : nil, isFirst ? nil : 0,
        isFirst ? "\(section.size) bytes" : nil, isFirst ? nil : "\(section.size) bytes"))
  }

  /// `.text._ZN4main…`: objects have a section for each function.
  static func symbolInName(_ section: ELFFile.Section) -> String? {
    let name = Array(section.name.utf8)
    guard let start = name.dropFirst().firstIndex(of: UInt8(ascii: ".")) else { return nil }
    let symbol = SymbolName(name[(start + 1)...])
    return symbol.crate == nil ? nil : symbol.shown
  }

  private mutating func load(into ledger: inout Ledger) throws(ComparingError) {
    var left = Self.contentLimit
    for pair in pairs where pair.first.isStored && pair.second.isStored {
      let (x, y) = (pair.first, pair.second)
      let size = max(x.size, y.size)
      guard size > 0 else { continue }
      if size > Self.sectionLimit || size > left {
        guard let first = a.region.region(at: x.offset, count: x.size),
          let second = b.region.region(at: y.offset, count: y.size)
        else { continue }
        let bytes = try StreamedPair.differingBytes(first, second)
        if bytes > 0 {
          ledger.note(.tooLarge, bytes: Int(clamping: bytes), Finding.Evidence(label(x)))
        }
        continue
      }
      left -= size
      guard let first = try a.region.bytes(at: x.offset, count: Int(x.size)),
        let second = try b.region.bytes(at: y.offset, count: Int(y.size))
      else { continue }
      a.contents[x.index] = Contents(bytes: first, isBigEndian: a.file.isBigEndian)
      b.contents[y.index] = Contents(bytes: second, isBigEndian: b.file.isBigEndian)
    }
    for name in [".debug_str", ".debug_line_str"] {
      if let x = a.section(named: name), let y = b.section(named: name),
        let first = a.contents[x.index], let second = b.contents[y.index]
      {
        textTables.append((first, second))
      }
    }
  }

  func contents(_ pair: SectionPair) -> (Contents, Contents)? {
    guard let first = a.contents[pair.first.index], let second = b.contents[pair.second.index]
    else { return nil }
    return (first, second)
  }

  // MARK: Putting side by side

  private mutating func align() {
    if isLinked {
      functions = FunctionPairs(firstSymbols, secondSymbols, pairs, a, b)
      for function in functions.pairs {
        map.add(function.first.address, function.second.address, count: function.first.size)
      }
    }
    for pair in pairs {
      let start = (Int64(bitPattern: pair.first.address), Int64(bitPattern: pair.second.address))
      let isAddressed = isLinked && Self.isAllocated(pair.first)
      if let (first, second) = contents(pair), first.bytes != second.bytes {
        guard !Self.isCode(pair.first), !isTable(pair.first) else {
          if isAddressed { map.add(start.0, start.1, count: pair.first.size, rank: 3) }
          continue
        }
        let isDebug = pair.first.name.hasPrefix(".debug")
        let alignment =
          first.count == second.count && (isDebug || !isAddressed)
          ? BlockAlignment.positional(first.bytes, second.bytes)
          : BlockAlignment.moving(first.bytes, second.bytes, piece: isDebug ? 16 : 8)
        alignments[pair.first.index] = alignment
        guard isAddressed else { continue }
        for match in alignment.matches {
          map.add(
            start.0 &+ Int64(match.first), start.1 &+ Int64(match.second),
            count: Int64(match.count), rank: 1)
        }
        for gap in alignment.gaps where !gap.first.isEmpty && !gap.second.isEmpty {
          map.add(
            start.0 &+ Int64(gap.first.lowerBound), start.1 &+ Int64(gap.second.lowerBound),
            count: Int64(gap.first.count), rank: 2)
        }
        // One past the end is an address that is spoken of.
        map.add(start.0 &+ pair.first.size, start.1 &+ pair.second.size, count: 1, rank: 3)
      } else if isAddressed {
        map.add(start.0, start.1, count: pair.first.size + 1, rank: pair.first.isStored ? 1 : 2)
      }
    }
    for (first, second) in objects() { map.add(first.address, second.address, count: first.size) }
  }

  /// Symbols of data that both files have once.
  private func objects() -> [(ELFSymbol, ELFSymbol)] {
    guard isLinked else { return [] }
    var seconds: [String: ELFSymbol?] = [:]
    for symbol in secondSymbols where symbol.isObject && symbol.size > 0 {
      seconds[symbol.name.key] = .some(seconds[symbol.name.key] == nil ? symbol : nil)
    }
    var seen: Set<String> = []
    var result: [(ELFSymbol, ELFSymbol)] = []
    for symbol in firstSymbols where symbol.isObject && symbol.size > 0 {
      guard seen.insert(symbol.name.key).inserted, let second = seconds[symbol.name.key] ?? nil,
        second.size == symbol.size
      else { continue }
      result.append((symbol, second))
    }
    return result
  }

  private func isTable(_ section: ELFFile.Section) -> Bool {
    // SYMTAB, RELA, HASH, DYNAMIC, REL, DYNSYM, GNU_HASH, VERSYM, VERNEED.
    [2, 4, 5, 6, 9, 11, 0x6FFF_FFF6, 0x6FFF_FFFE, 0x6FFF_FFFF].contains(section.type)
  }

  /// What the tables at the file's start and end say follows from the sections.
  private func explainHeaders(into ledger: inout Ledger) throws(ComparingError) {
    guard let first = try Layout.examine(a.region, isMember: true),
      let second = try Layout.examine(b.region, isMember: true)
    else { return }
    for (x, y) in zip(first.headers, second.headers) {
      guard x.size < 1 << 20, y.size < 1 << 20,
        x.part.kind != .elfSectionHeaders || x.size == y.size,
        let m = try a.region.bytes(at: x.start, count: Int(x.size)),
        let n = try b.region.bytes(at: y.start, count: Int(y.size)), m != n
      else { continue }
      let bytes = BlockAlignment.positional(m, n).gaps.reduce(0) { $0 + $1.count }
      ledger.note(.fileHeader, bytes: bytes, Finding.Evidence(prefix + x.part.kind.rawValue))
    }
  }
}
