internal import Comparing

extension ELFPair {
  private static let sliceLimit = 1 << 20
  private static let sliceLength = 4096

  /// Compares the texts that pointers of both files lead to, and claims the bytes of those that
  /// differ. Only for programs of 64 bits that are relocated when loaded, as rustc's are.
  mutating func nameSlices(into ledger: inout Ledger) {
    guard isLinked, a.file.isWide, !a.file.isBigEndian,
      let pair = pairs.first(where: { $0.first.name == ".rodata" }),
      let (first, second) = contents(pair)
    else { return }
    let x = Self.slices(a, pair.first, first)
    let y = Self.slices(b, pair.second, second)
    guard !x.isEmpty, !y.isEmpty else { return }
    var texts = (
      Dictionary(x.map { (first.bytes[$0.range], $0) }, uniquingKeysWith: { kept, _ in kept }),
      Dictionary(y.map { (second.bytes[$0.range], $0) }, uniquingKeysWith: { kept, _ in kept })
    )
    // Pointers at the same place are counterparts, unless both texts are in both files: then it is
    // the pointers that moved, or a list in another order.
    var differing: [(StringSlice, StringSlice)] = []
    for (m, n) in zip(x, y) {
      guard (m.place &- x[0].place) == (n.place &- y[0].place) else { break }
      if !first.bytes[m.range].elementsEqual(second.bytes[n.range]) { differing.append((m, n)) }
    }
    var start = 0
    while start < differing.count {
      // Pointers next to each other are one list.
      var end = start + 1
      while end < differing.count, differing[end].0.place - differing[end - 1].0.place <= 64 {
        end += 1
      }
      let list = differing[start..<end]
      start = end
      if nameOrder(list, pair, first, second, into: &ledger) { continue }
      for (m, n) in list
      where texts.1[first.bytes[m.range]] == nil && texts.0[second.bytes[n.range]] == nil {
        name(m, n, pair, first, second, into: &ledger)
      }
    }
    // Texts that only one file has, wherever their pointers are; then all others are the same.
    for (m, n) in namedPairs {
      texts.0[first.bytes[m]] = nil
      texts.1[second.bytes[n]] = nil
    }
    var waiting: [String: [StringSlice]] = [:]
    for slice in y.reversed() where texts.1[second.bytes[slice.range]]?.place == slice.place {
      guard texts.0[second.bytes[slice.range]] == nil else { continue }
      waiting[StringTablePair.key(second.bytes[slice.range]), default: []].append(slice)
    }
    for slice in x where texts.0[first.bytes[slice.range]]?.place == slice.place {
      guard texts.1[first.bytes[slice.range]] == nil,
        let other = waiting[StringTablePair.key(first.bytes[slice.range])]?.popLast()
      else { continue }
      name(slice, other, pair, first, second, into: &ledger)
    }
    let moved = (Cause.movedText, "merged constants in another order")
    for slice in x where texts.1[first.bytes[slice.range]] != nil {
      firstClaims[pair.first.index, default: []].append(
        Claim(range: slice.range, cause: moved.0, detail: moved.1))
    }
    for slice in y where texts.0[second.bytes[slice.range]] != nil {
      secondClaims[pair.first.index, default: []].append(
        Claim(range: slice.range, cause: moved.0, detail: moved.1))
    }
    firstClaims[pair.first.index] = Self.disjoint(firstClaims[pair.first.index] ?? [])
    secondClaims[pair.first.index] = Self.disjoint(secondClaims[pair.first.index] ?? [])
  }

  /// Sorted, without overlaps: a text may be the beginning or the end of another.
  private static func disjoint(_ claims: [Claim]) -> [Claim] {
    var result: [Claim] = []
    let sorted = claims.sorted {
      ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
    }
    for claim in sorted {
      let end = result.last?.range.upperBound ?? 0
      guard claim.range.upperBound > end else { continue }
      result.append(
        Claim(
          range: max(end, claim.range.lowerBound)..<claim.range.upperBound, cause: claim.cause,
          detail: claim.detail))
    }
    return result
  }

  /// Whether a list holds the same texts in another order; then it is noted.
  private mutating func nameOrder(
    _ list: ArraySlice<(StringSlice, StringSlice)>, _ pair: SectionPair, _ first: Contents,
    _ second: Contents, into ledger: inout Ledger
  ) -> Bool {
    let texts = list.map { Array(first.bytes[$0.0.range]) }
    let others = list.map { Array(second.bytes[$0.1.range]) }
    let isOrder =
      list.count > 1
      && texts.sorted { $0.lexicographicallyPrecedes($1) }
        == others.sorted { $0.lexicographicallyPrecedes($1) }
    guard isOrder, let head = list.first else { return false }
    // The compiler places locations of panics and what it makes of formats as it likes; a list has
    // nothing between its texts.
    let isList = zip(list, list.dropFirst()).allSatisfy { $1.0.place - $0.0.place == 16 }
    guard isList else { return true }
    let detail = "a list of the same \(list.count) texts in another order"
    func shown(_ texts: [[UInt8]]) -> String {
      texts.prefix(6).map { Excerpt.text($0.prefix(32)) }.joined(separator: ", ")
        + (texts.count > 6 ? ", …" : "")
    }
    ledger.note(
      .order, detail, places: list.count, bytes: 0,
      Finding.Evidence(
        prefix + ".rodata", at: head.0.range.lowerBound, head.1.range.lowerBound, shown(texts),
        shown(others)))
    for (m, n) in list { claim(m, n, .order, detail, pair, withText: false) }
    return true
  }

  private mutating func name(
    _ m: StringSlice, _ n: StringSlice, _ pair: SectionPair, _ first: Contents, _ second: Contents,
    into ledger: inout Ledger
  ) {
    let (text, other) = (Array(first.bytes[m.range]), Array(second.bytes[n.range]))
    var difference = TextDifference(text, other)
    let location = Self.location(m, text)
    if location != nil, difference.cause == .text {
      difference = TextDifference(paths: text, other)
    }
    ledger.note(
      difference.cause, difference.detail, isGuess: difference.isGuess, bytes: 0,
      Finding.Evidence(
        prefix + ".rodata", symbol: location, at: m.range.lowerBound,
        n.range.lowerBound, Excerpt.text(text), Excerpt.text(other)))
    claim(m, n, difference.cause, difference.detail, pair, withText: true)
    namedPairs.append((m.range, n.range))
    map.add(
      Int64(bitPattern: pair.first.address) &+ Int64(m.range.lowerBound),
      Int64(bitPattern: pair.second.address) &+ Int64(n.range.lowerBound),
      count: Int64(m.range.count))
  }

  /// Words for the location of a panic.
  private static func location(_ slice: StringSlice, _ text: [UInt8]) -> String? {
    guard let position = slice.position, text.suffix(3).elementsEqual(".rs".utf8) else {
      return nil
    }
    return "panic location, line \(position.line), column \(position.column)"
  }

  private mutating func claim(
    _ m: StringSlice, _ n: StringSlice, _ cause: Cause, _ detail: String, _ pair: SectionPair,
    withText: Bool
  ) {
    if withText {
      firstClaims[pair.first.index, default: []].append(
        Claim(range: m.range, cause: cause, detail: detail))
      secondClaims[pair.first.index, default: []].append(
        Claim(range: n.range, cause: cause, detail: detail))
    }
    if m.range.count != n.range.count {
      lengths[UInt64(m.range.count), default: []].insert(UInt64(n.range.count))
    }
    claimedPlaces[m.place] = Claim(range: m.range, cause: cause, detail: detail)
  }

  /// The pointers of one file that lead into `.rodata` and are followed by a length that fits.
  private static func slices(
    _ side: Side, _ texts: ELFFile.Section, _ bytes: Contents
  ) -> [StringSlice] {
    let base = Int64(bitPattern: texts.address)
    var holders: [(start: Int64, contents: Contents)] = []
    for section in side.file.sections where ELFPair.isAllocated(section) && section.isStored {
      guard section.name.hasPrefix(".data"), let contents = side.contents[section.index] else {
        continue
      }
      holders.append((Int64(bitPattern: section.address), contents))
    }
    guard let table = side.file.sections.first(where: { $0.name == ".rela.dyn" }),
      let relocations = side.contents[table.index]
    else { return [] }
    var slices: [StringSlice] = []
    for offset in stride(from: 0, to: relocations.count - 23, by: 24) {
      // R_X86_64_RELATIVE is 8, R_AARCH64_RELATIVE 1027.
      guard slices.count < sliceLimit, let info = relocations.integer(at: offset + 8, size: 8),
        info == 8 || info == 1027,
        let place = relocations.integer(at: offset, size: 8).map(Int64.init(bitPattern:)),
        let target = relocations.integer(at: offset + 16, size: 8).map(Int64.init(bitPattern:)),
        case let start = target &- base, start >= 0, start < bytes.count
      else { continue }
      for holder in holders {
        let at = place &- holder.start
        guard at >= 0, at < holder.contents.count else { continue }
        guard let length = holder.contents.integer(at: Int(at) + 8, size: 8),
          1...UInt64(sliceLength) ~= length, Int64(length) <= Int64(bytes.count) - start
        else { break }
        let range = Int(start)..<(Int(start) + Int(length))
        guard bytes.bytes[range].allSatisfy(TextRun.isText) else { break }
        var position: (UInt32, UInt32)?
        if let line = holder.contents.integer(at: Int(at) + 16, size: 4),
          let column = holder.contents.integer(at: Int(at) + 20, size: 4),
          1..<1_000_000 ~= line, 1..<10_000 ~= column
        {
          position = (UInt32(line), UInt32(column))
        }
        slices.append(StringSlice(place: place, range: range, position: position))
        break
      }
    }
    return slices.sorted { $0.place < $1.place }
  }
}
