internal import Comparing

extension ELFPair {
  /// Explains the differences of two sections.
  mutating func explain(_ pair: SectionPair, into ledger: inout Ledger) {
    let (x, y) = (pair.first, pair.second)
    guard let (first, second) = contents(pair) else {
      if x.isStored != y.isStored || x.size != y.size {
        // The linker's own filling follows from the rest.
        let cause: Cause = x.name == ".relro_padding" ? .fileHeader : .data
        ledger.note(
          cause, cause == .data ? "sections without contents" : "", bytes: 0,
          Finding.Evidence(label(x), at: nil, nil, "\(x.size) bytes", "\(y.size) bytes"))
      }
      return
    }
    guard first.bytes != second.bytes else { return }
    switch x.name {
    case ".note.gnu.build-id": return explainBuildID(pair, first, second, into: &ledger)
    case ".comment": return explainComment(pair, first, second, into: &ledger)
    case ".dep-v0":
      if DependencyListPair.explain(first, second, label(x), into: &ledger) { return }
    default: break
    }
    switch x.type {
    case 2, 11: explainSymbols(pair, first, second, into: &ledger)
    case 3: explainNames(pair, first, second, into: &ledger)
    case 4, 9: explainRelocations(pair, first, second, into: &ledger)
    default:
      if x.name == ".debug_str" || x.name == ".debug_line_str" {
        explainNames(pair, first, second, into: &ledger)
      } else if Self.isCode(x), explainFunctions(pair, first, second, into: &ledger) {
        break
      } else {
        explainContents(pair, first, second, into: &ledger)
      }
    }
  }

  private func explainBuildID(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) {
    // A note: three numbers and `GNU\0` stand before the identifier.
    let bytes = BlockAlignment.positional(first.bytes, second.bytes).gaps.reduce(0) {
      $0 + $1.count
    }
    ledger.note(
      .buildID, bytes: bytes,
      Finding.Evidence(
        label(pair.first), at: 16, 16, Excerpt.show(first[16..<max(16, first.count)]),
        Excerpt.show(second[16..<max(16, second.count)])))
  }

  private func explainComment(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) {
    let table = StringTablePair(first.bytes, second.bytes)
    let name = label(pair.first)
    let texts = (
      table.pairs.map(\.first) + table.onlyFirst, table.pairs.map(\.second) + table.onlySecond
    )
    func shown(_ entries: [StringTablePair.Entry]) -> String {
      entries.isEmpty ? "nothing" : entries.map { Excerpt.text($0.text) }.joined(separator: "; ")
    }
    let bytes = max(
      texts.0.reduce(0) { $0 + $1.text.count }, texts.1.reduce(0) { $0 + $1.text.count })
    guard bytes > 0 else { return noteOrder(name, "the same comments", into: &ledger) }
    ledger.note(
      .compilerVersion, "\(shown(texts.0)) against \(shown(texts.1))", bytes: bytes,
      Finding.Evidence(
        name, at: texts.0.first?.offset, texts.1.first?.offset, shown(texts.0), shown(texts.1)))
  }

  private func noteOrder(_ name: String, _ what: String, into ledger: inout Ledger) {
    ledger.note(.symbolIndex, "\(what) in another order", bytes: 0, Finding.Evidence(name))
  }

  /// Tables of strings that others refer to by offset.
  private func explainNames(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) {
    let table = StringTablePair(first.bytes, second.bytes)
    let name = label(pair.first)
    if table.pairs.isEmpty, table.onlyFirst.isEmpty, table.onlySecond.isEmpty {
      return noteOrder(name, "the same strings", into: &ledger)
    }
    let units = (
      CodegenUnits(table.onlyFirst + table.pairs.map(\.first)),
      CodegenUnits(table.onlySecond + table.pairs.map(\.second))
    )
    let isOtherCount = units.0.counts != units.1.counts
    let slash = UInt8(ascii: "/")
    let paths =
      pair.first.type == 3 || table.pairs.isEmpty
      ? nil
      : PathTables(
        first.bytes.split(separator: 0).filter { $0.contains(slash) },
        second.bytes.split(separator: 0).filter { $0.contains(slash) })
    for (x, y) in table.pairs {
      let (old, new) = (Array(x.text.prefix(4096)), Array(y.text.prefix(4096)))
      let difference =
        x.text.contains(slash)
        ? paths.map { TextDifference(names: old, new, in: $0) } ?? TextDifference(old, new)
        : TextDifference(old, new)
      let count = Self.differingBytes(x.text, y.text)
      ledger.note(
        difference.cause, difference.detail, isGuess: difference.isGuess, bytes: count,
        Finding.Evidence(name, at: x.offset, y.offset, Self.shown(x), Self.shown(y)))
    }
    for (entries, isFirst) in [(table.onlyFirst, true), (table.onlySecond, false)] {
      for entry in entries {
        let evidence = Finding.Evidence(
          name, at: isFirst ? entry.offset : nil, isFirst ? nil : entry.offset,
          isFirst ? Self.shown(entry) : nil, isFirst ? nil : Self.shown(entry))
        if isOtherCount, CodegenUnits.crate(of: entry.text) != nil {
          ledger.note(
            .codegenUnits, "\(units.0.words) against \(units.1.words)", bytes: entry.text.count,
            evidence)
        } else {
          ledger.note(
            .onlyInOne, pair.first.type == 3 ? "names of symbols" : "names in debug information",
            bytes: entry.text.count, evidence)
        }
      }
    }
  }

  private static func differingBytes(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    if a.count == b.count { return zip(a, b).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) } }
    let (prefix, suffix) = TextDifference.commonEnds(Array(a), Array(b))
    return max(a.count, b.count) - prefix - suffix
  }

  private static func shown(_ entry: StringTablePair.Entry) -> String {
    let text = entry.text.prefix(4096)
    let name = SymbolName(text)
    guard name.crate != nil else { return Excerpt.text(text) }
    // The hash is what differs, so the end of the name is shown with it.
    let end = Excerpt.text(text.suffix(20))
    return "\(Excerpt.text(Array(name.shown.utf8))) (…\(end))"
  }

  /// What is neither code with symbols nor a table.
  private mutating func explainContents(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) {
    let name = pair.first.name
    let fallback: (Cause, String)
    switch name {
    case ".rmeta", ".rustc": fallback = (.crateMetadata, "rustc's own format")
    case ".llvmbc", ".llvmcmd": fallback = (.data, "LLVM bitcode")
    case ".dynamic", ".gnu.hash", ".hash", ".gnu.version", ".gnu.version_r":
      fallback = (.symbolIndex, "")
    case ".eh_frame", ".eh_frame_hdr", ".gcc_except_table": fallback = (.data, "unwind tables")
    default:
      if name == ".debug_line" {
        fallback = (.debugInformation, "line tables")
      } else if name.hasPrefix(".debug") {
        fallback = (.debugInformation, "")
      } else if Self.isCode(pair.first) {
        fallback = (.code, "functions without a name")
      } else {
        fallback = (.data, "")
      }
    }
    var content = ContentPair(
      first, second, label: label(pair.first), isCode: Self.isCode(pair.first), fallback: fallback)
    let isData = !isLinked || [".rodata", ".data", ".data.rel.ro", ".tdata"].contains(name)
    let isMetadata = name == ".rmeta" || name == ".rustc"
    content.hasNumbers = isData && !name.hasPrefix(".debug") && !isMetadata
    if name == ".debug_line", let x = LineTables(first), let y = LineTables(second) {
      let paths = PathTables(x.names.map { first[$0] }, y.names.map { second[$0] })
      content.lineTables = (x, y, paths)
    }
    let known = self
    content.isReference = { known.reference($0, $1, pair) }
    content.claim = { known.claim($0, $1, pair) }
    content.isInPieces = firstClaims[pair.first.index] != nil
    content.symbol = symbolFinder(pair.first)
    let alignment =
      alignments[pair.first.index]
      ?? (first.count == second.count
        ? BlockAlignment.positional(first.bytes, second.bytes)
        : BlockAlignment.moving(first.bytes, second.bytes, piece: 16))
    let gaps =
      content.lineTables.map { tables in
        alignment.gaps.flatMap {
          LineTables.split($0, (tables.first, first), (tables.second, second))
        }
      } ?? alignment.gaps
    content.explain(gaps, into: &ledger)
    guard !alignment.movedMatches.isEmpty else { return }
    // A linker that merges constants chooses their places by their contents.
    let isMerged = pair.first.flags & 0x10 != 0
    if isMerged || !isData {
      ledger.note(
        .movedText, isMerged ? "merged constants in another order" : "", bytes: 0)
      return
    }
    displaced.append(
      Displaced(
        detail: "the same pieces in another order", places: alignment.movedMatches.count,
        bytes: alignment.movedBytes,
        evidence: alignment.movedMatches.first.map { match in
          Finding.Evidence(
            label(pair.first), at: match.first, match.second,
            Excerpt.show(first.bytes[match.first..<(match.first + match.count)]),
            Excerpt.show(second.bytes[match.second..<(match.second + match.count)]))
        }))
  }

  /// The function or object of an object file's section: the section's own, or the one at the
  /// offset.
  private func symbolFinder(_ section: ELFFile.Section) -> (Int) -> String? {
    if isLinked { return { _ in nil } }
    if let name = Self.symbolInName(section) { return { _ in name } }
    let own = firstSymbolsBySection[section.index] ?? []
    return { offset in
      var low = 0
      var high = own.count
      while low < high {
        let middle = (low + high) / 2
        if own[middle].address <= Int64(offset) { low = middle + 1 } else { high = middle }
      }
      guard low > 0, Int64(offset) - own[low - 1].address < own[low - 1].size else { return nil }
      return own[low - 1].name.shown
    }
  }

  private func claim(
    _ x: Range<Int>, _ y: Range<Int>, _ pair: SectionPair
  ) -> (Cause, String)? {
    // The pointer to a text and, behind it, its length.
    let word = (Int64(bitPattern: pair.first.address) &+ Int64(x.lowerBound)) & ~7
    if isLinked, let claim = claimedPlaces[word] ?? claimedPlaces[word &- 8] {
      return (claim.cause, claim.detail)
    }
    for (claims, range) in [
      (firstClaims[pair.first.index] ?? [], x), (secondClaims[pair.first.index] ?? [], y),
    ] where !range.isEmpty {
      var low = 0
      var high = claims.count
      while low < high {
        let middle = (low + high) / 2
        if claims[middle].range.upperBound <= range.lowerBound {
          low = middle + 1
        } else {
          high = middle
        }
      }
      if low < claims.count, claims[low].range.lowerBound <= range.lowerBound,
        range.upperBound <= claims[low].range.upperBound
      {
        return (claims[low].cause, claims[low].detail)
      }
    }
    return nil
  }

  // MARK: References

  /// Whether a difference of at most eight bytes is that of an address, or of a length, of something
  /// else that moved or is named. Each kind is checked with the values of both files.
  func reference(_ x: Range<Int>, _ y: Range<Int>, _ pair: SectionPair) -> Cause? {
    guard let (first, second) = contents(pair), x.count == y.count else { return nil }
    let isDebug = pair.first.name.hasPrefix(".debug")
    for size in [4, 8] where x.count <= size {
      for start in stride(from: x.lowerBound, through: max(0, x.upperBound - size), by: -1) {
        let other = start - x.lowerBound + y.lowerBound
        guard let u = first.integer(at: start, size: size),
          let v = second.integer(at: other, size: size)
        else { continue }
        if isLinked, isAddress(u, v, size: size, start, other, pair) { return .movedAddress }
        if isDebug, size == 4, isTextOffset(u, v) { return .movedText }
      }
    }
    for size in [1, 2, 4, 8] where x.count <= size {
      if let u = first.integer(at: x.lowerBound, size: size),
        let v = second.integer(at: y.lowerBound, size: size), lengths[u]?.contains(v) == true
      {
        return .movedText
      }
    }
    return nil
  }

  private func isAddress(
    _ u: UInt64, _ v: UInt64, size: Int, _ start: Int, _ other: Int, _ pair: SectionPair
  ) -> Bool {
    let places = (
      Int64(bitPattern: pair.first.address) &+ Int64(start),
      Int64(bitPattern: pair.second.address) &+ Int64(other)
    )
    if u != 0 {
      // Absolute.
      let change = Int64(bitPattern: v &- u)
      if map.delta(at: Int64(bitPattern: u)) == change { return true }
    }
    guard size == 4, Self.isAllocated(pair.first) else { return false }
    // Relative to the place, or to what follows the operand and an immediate behind it.
    let (from, to) = (
      Int64(Int32(truncatingIfNeeded: u)), Int64(Int32(truncatingIfNeeded: v))
    )
    let change = places.1 &- places.0 &+ to &- from
    for bias: Int64 in [4, 0, 5, 8, 6] where map.delta(at: places.0 &+ from &+ bias) == change {
      return true
    }
    guard !Self.isCode(pair.first) else { return false }
    // Relative to the start of the section, or of a table not far before the place.
    let base = Int64(bitPattern: pair.first.address)
    if map.delta(at: base &+ from)
      == Int64(bitPattern: pair.second.address) &- base &+ to &- from
    {
      return true
    }
    // In steps of less than what most functions are long, since all of one function moved alike.
    for back in stride(from: Int64(4), through: 1024, by: 60)
    where map.delta(at: places.0 &+ from &- back) == change {
      return true
    }
    return false
  }

  /// Whether two offsets into the texts of debug information lead to the same text.
  private func isTextOffset(_ u: UInt64, _ v: UInt64) -> Bool {
    for (first, second) in textTables {
      guard let x = first.string(at: Int(u), limit: 512),
        let y = second.string(at: Int(v), limit: 512),
        !x.isEmpty
      else { continue }
      if x.elementsEqual(y) { return true }
      // Counterparts that differ, where both offsets are those of whole texts.
      if u == 0 || first.bytes[Int(u) - 1] == 0, v == 0 || second.bytes[Int(v) - 1] == 0,
        StringTablePair.key(x).utf8.elementsEqual(StringTablePair.key(y).utf8)
      {
        return true
      }
    }
    return false
  }
}

/// Names of codegen units, `main.1a2b3c4d5e6f7890-cgu.3`, counted by crate.
struct CodegenUnits {
  private(set) var counts: [String: Int] = [:]

  init(_ entries: [StringTablePair.Entry]) {
    for entry in entries {
      if let crate = Self.crate(of: entry.text) { counts[crate, default: 0] += 1 }
    }
  }

  /// Nil for other names.
  static func crate(of name: ArraySlice<UInt8>) -> String? {
    guard name.count < 512, TextDifference.contains(Array(name), Array("-cgu.".utf8)) else {
      return nil
    }
    let stem = name.split(separator: UInt8(ascii: "/")).last ?? name
    return stem.firstIndex(of: UInt8(ascii: ".")).map { Excerpt.name(stem[..<$0]) }
  }

  /// `main: 4`.
  var words: String {
    let sorted = counts.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let shown = sorted.prefix(3).map { "\($0.value) of `\($0.key)`" }
    return shown.isEmpty ? "none" : shown.joined(separator: ", ")
  }
}
