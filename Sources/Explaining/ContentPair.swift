/// Two contents put side by side, and what can be said about each place where they differ.
struct ContentPair {
  let a: Contents
  let b: Contents
  /// Of the part they are.
  let label: String
  let isCode: Bool
  /// Whether what differs can be told apart as numbers; not so in tables and in code that differs
  /// in much.
  var hasNumbers = true
  /// Whether texts were put side by side before, so that a gap may lie in several of them.
  var isInPieces = false
  /// Where names of files and folders stand, which then are its only texts.
  var lineTables: (first: LineTables, second: LineTables, paths: PathTables)?
  /// What differing bytes are of which nothing else is known.
  let fallback: (cause: Cause, detail: String)
  /// What the text tables of debug information and the map of addresses say.
  var isReference: (_ first: Range<Int>, _ second: Range<Int>) -> Cause? = { _, _ in nil }
  var claim: (_ first: Range<Int>, _ second: Range<Int>) -> (Cause, String)? = { _, _ in nil }
  /// The function or object at an offset of the first.
  var symbol: (Int) -> String? = { _ in nil }

  /// How far beyond a difference equal text is looked at.
  private static let contextLimit = 256
  /// Differences in one text that are no farther from each other are one.
  private static let joinLimit = 24

  /// Most texts that are looked at; beyond it differences are taken for bytes.
  private static let textLimit = 200_000

  init(
    _ a: Contents, _ b: Contents, label: String, isCode: Bool = false,
    fallback: (cause: Cause, detail: String)
  ) {
    self.a = a
    self.b = b
    self.label = label
    self.isCode = isCode
    self.fallback = fallback
  }

  func explain(_ all: [BlockAlignment.Gap], into ledger: inout Ledger) {
    ledger.part = label
    let gaps = (isInPieces ? all.flatMap(splitSides) : all).flatMap(splitAtClaims)
    var loneFirst: [Range<Int>] = []
    var loneSecond: [Range<Int>] = []
    var index = 0
    var texts = 0
    while index < gaps.count {
      let gap = gaps[index]
      index += 1
      if let (cause, detail) = claim(gap.first, gap.second) {
        ledger.note(cause, detail, places: 0, bytes: gap.count)
        continue
      }
      if gap.count <= 8, !gap.first.isEmpty, gap.first.count == gap.second.count,
        let cause = isReference(gap.first, gap.second)
      {
        noteReference(cause, gap, into: &ledger)
        continue
      }
      if texts < Self.textLimit, let text = text(gap, gaps[index...]) {
        texts += 1
        index += text.joined
        note(text, into: &ledger)
        continue
      }
      if gap.first.isEmpty != gap.second.isEmpty, lineTables == nil {
        let (range, bytes) = gap.first.isEmpty ? (gap.second, b.bytes) : (gap.first, a.bytes)
        if TextRun.around(range, in: bytes) != nil {
          if gap.first.isEmpty {
            loneSecond.append(gap.second)
          } else {
            loneFirst.append(gap.first)
          }
          continue
        }
      }
      explainBytes(gap, into: &ledger)
    }
    pairLone(loneFirst, loneSecond, into: &ledger)
  }

  /// Cuts out of both sides what is claimed, so that the rest can be compared.
  private func splitSides(_ gap: BlockAlignment.Gap) -> [BlockAlignment.Gap] {
    guard !gap.first.isEmpty, !gap.second.isEmpty, gap.count <= 1 << 20 else { return [gap] }
    let nothing = (
      gap.first.upperBound..<gap.first.upperBound, gap.second.upperBound..<gap.second.upperBound
    )
    let first = Self.runs(gap.first) { claim($0..<($0 + 1), nothing.1) != nil }
    let second = Self.runs(gap.second) { claim(nothing.0, $0..<($0 + 1)) != nil }
    guard first.count > 1 || second.count > 1 || first[0].isClaimed || second[0].isClaimed else {
      return [gap]
    }
    var result: [BlockAlignment.Gap] = []
    for run in first where run.isClaimed {
      result.append(BlockAlignment.Gap(first: run.range, second: nothing.1))
    }
    for run in second where run.isClaimed {
      result.append(BlockAlignment.Gap(first: nothing.0, second: run.range))
    }
    // What is left on both sides goes together in its order.
    let firstRest = first.filter { !$0.isClaimed }.map(\.range)
    let secondRest = second.filter { !$0.isClaimed }.map(\.range)
    for index in 0..<max(firstRest.count, secondRest.count) {
      let isPair = firstRest.count == secondRest.count
      if isPair {
        result.append(BlockAlignment.Gap(first: firstRest[index], second: secondRest[index]))
        continue
      }
      if index < firstRest.count {
        result.append(BlockAlignment.Gap(first: firstRest[index], second: nothing.1))
      }
      if index < secondRest.count {
        result.append(BlockAlignment.Gap(first: nothing.0, second: secondRest[index]))
      }
    }
    return result
  }

  private static func runs(
    _ range: Range<Int>, _ isClaimed: (Int) -> Bool
  ) -> [(range: Range<Int>, isClaimed: Bool)] {
    var runs: [(range: Range<Int>, isClaimed: Bool)] = []
    for index in range {
      let state = isClaimed(index)
      if let last = runs.last, last.isClaimed == state {
        runs[runs.count - 1].range = last.range.lowerBound..<(index + 1)
      } else {
        runs.append((index..<(index + 1), state))
      }
    }
    return runs
  }

  /// Pieces of the gap that lie in a claim or outside of all, where one side is empty.
  private func splitAtClaims(_ gap: BlockAlignment.Gap) -> [BlockAlignment.Gap] {
    guard gap.first.isEmpty != gap.second.isEmpty, gap.count <= TextRun.limit,
      claim(gap.first, gap.second) == nil
    else { return [gap] }
    func piece(_ range: Range<Int>) -> BlockAlignment.Gap {
      gap.first.isEmpty
        ? BlockAlignment.Gap(first: gap.first, second: range)
        : BlockAlignment.Gap(first: range, second: gap.second)
    }
    let range = gap.first.isEmpty ? gap.second : gap.first
    func isClaimed(_ index: Int) -> Bool {
      let one = piece(index..<(index + 1))
      return claim(one.first, one.second) != nil
    }
    var pieces: [BlockAlignment.Gap] = []
    var start = range.lowerBound
    for index in range.dropFirst() where isClaimed(index) != isClaimed(index - 1) {
      pieces.append(piece(start..<index))
      start = index
    }
    return pieces + [piece(start..<range.upperBound)]
  }

  // MARK: Text

  private struct Text {
    var first: Range<Int>
    var second: Range<Int>
    /// With equal text at both sides.
    var firstContext: Range<Int>
    var secondContext: Range<Int>
    var bytes: Int
    /// How many of the gaps that follow are part of it.
    var joined = 0
  }

  /// The text in which the gap lies, if it is one in both.
  private func text(
    _ gap: BlockAlignment.Gap, _ following: ArraySlice<BlockAlignment.Gap>
  ) -> Text? {
    guard gap.count <= TextRun.limit, isText(gap.first, in: a), isText(gap.second, in: b) else {
      return nil
    }
    if let lineTables, let first = lineTables.first.name(around: gap.first),
      let second = lineTables.second.name(around: gap.second)
    {
      return name(first, second, gap, following)
    }
    guard lineTables == nil else { return nil }
    var low = 0
    while low < Self.contextLimit, low < gap.first.lowerBound, low < gap.second.lowerBound,
      a.bytes[gap.first.lowerBound - low - 1] == b.bytes[gap.second.lowerBound - low - 1],
      TextRun.isText(a.bytes[gap.first.lowerBound - low - 1])
    {
      low += 1
    }
    var text = Text(
      first: gap.first, second: gap.second, firstContext: gap.first, secondContext: gap.second,
      bytes: gap.count)
    var high = equalText(behind: text)
    for next in following {
      let distance = next.first.lowerBound - text.first.upperBound
      guard distance == high, distance <= Self.joinLimit,
        next.second.lowerBound - text.second.upperBound == distance,
        isText(next.first, in: a), isText(next.second, in: b),
        next.first.upperBound - text.first.lowerBound <= TextRun.limit,
        next.second.upperBound - text.second.lowerBound <= TextRun.limit
      else { break }
      text.first = text.first.lowerBound..<next.first.upperBound
      text.second = text.second.lowerBound..<next.second.upperBound
      text.bytes += next.count
      text.joined += 1
      high = equalText(behind: text)
    }
    text.firstContext = (text.first.lowerBound - low)..<(text.first.upperBound + high)
    text.secondContext = (text.second.lowerBound - low)..<(text.second.upperBound + high)
    // Machine code and numbers hold printable bytes by chance.
    let minimum = isCode ? 12 : 6
    guard max(text.firstContext.count, text.secondContext.count) >= minimum,
      String(validating: a.bytes[text.firstContext].drop { 0x80...0xBF ~= $0 }, as: UTF8.self)
        != nil
    else { return nil }
    return text
  }

  /// Two whole names, with all their differences.
  private func name(
    _ first: Range<Int>, _ second: Range<Int>, _ gap: BlockAlignment.Gap,
    _ following: ArraySlice<BlockAlignment.Gap>
  ) -> Text {
    var text = Text(
      first: gap.first, second: gap.second, firstContext: first, secondContext: second,
      bytes: gap.count)
    for next in following {
      guard next.first.upperBound <= first.upperBound, next.second.upperBound <= second.upperBound
      else { break }
      text.bytes += next.count
      text.joined += 1
    }
    return text
  }

  private func isText(_ range: Range<Int>, in contents: Contents) -> Bool {
    contents.bytes[range].allSatisfy(TextRun.isText)
  }

  private func equalText(behind text: Text) -> Int {
    var high = 0
    while high < Self.contextLimit, text.first.upperBound + high < a.count,
      text.second.upperBound + high < b.count,
      a.bytes[text.first.upperBound + high] == b.bytes[text.second.upperBound + high],
      TextRun.isText(a.bytes[text.first.upperBound + high])
    {
      high += 1
    }
    return high
  }

  private func note(_ text: Text, into ledger: inout Ledger) {
    let (first, second) = (
      Array(a.bytes[text.firstContext]), Array(b.bytes[text.secondContext])
    )
    let difference =
      lineTables.map { TextDifference(names: first, second, in: $0.paths) }
      ?? TextDifference(first, second)
    ledger.note(
      difference.cause, difference.detail, isGuess: difference.isGuess, bytes: text.bytes,
      Finding.Evidence(
        label, symbol: symbol(text.first.lowerBound), at: text.first.lowerBound,
        text.second.lowerBound,
        Self.excerpt(first, around: text.first.lowerBound - text.firstContext.lowerBound),
        Self.excerpt(second, around: text.second.lowerBound - text.secondContext.lowerBound)))
  }

  /// The line with the difference, without most of what is before it.
  private static func excerpt(_ bytes: [UInt8], around index: Int) -> String {
    var low = index
    while low > 0, index - low < 40, bytes[low - 1] != UInt8(ascii: "\n") { low -= 1 }
    let line = bytes[low...]
    let high =
      line[min(index, line.endIndex)...].firstIndex(of: UInt8(ascii: "\n")) ?? line.endIndex
    return Excerpt.text(line[..<high])
  }

  /// Texts that one file has in one place and the other in another, or not at all.
  private func pairLone(
    _ firsts: [Range<Int>], _ seconds: [Range<Int>], into ledger: inout Ledger
  ) {
    var waiting: [String: [Range<Int>]] = [:]
    for range in seconds.reversed() {
      waiting[StringTablePair.key(b.bytes[range]), default: []].append(range)
    }
    for range in firsts {
      guard let other = waiting[StringTablePair.key(a.bytes[range])]?.popLast() else {
        note(lone: range, isFirst: true, into: &ledger)
        continue
      }
      let difference = TextDifference(Array(a.bytes[range]), Array(b.bytes[other]))
      ledger.note(
        difference.cause, difference.detail, isGuess: difference.isGuess,
        bytes: max(range.count, other.count),
        Finding.Evidence(
          label, at: range.lowerBound, other.lowerBound, Excerpt.text(a.bytes[range]),
          Excerpt.text(b.bytes[other])))
    }
    for range in waiting.values.joined().sorted(by: { $0.lowerBound < $1.lowerBound }) {
      note(lone: range, isFirst: false, into: &ledger)
    }
  }

  private func note(lone range: Range<Int>, isFirst: Bool, into ledger: inout Ledger) {
    let text = Excerpt.text((isFirst ? a : b).bytes[range])
    ledger.note(
      .text, "only in one", bytes: range.count,
      Finding.Evidence(
        label, at: isFirst ? range.lowerBound : nil, isFirst ? nil : range.lowerBound,
        isFirst ? text : nil, isFirst ? nil : text))
  }

  // MARK: Bytes

  private func noteReference(
    _ cause: Cause, _ gap: BlockAlignment.Gap, into ledger: inout Ledger
  ) {
    ledger.note(
      cause, bytes: gap.count,
      Finding.Evidence(
        label, symbol: symbol(gap.first.lowerBound), at: gap.first.lowerBound,
        gap.second.lowerBound, Excerpt.show(a.bytes[gap.first]), Excerpt.show(b.bytes[gap.second])))
  }

  /// What is no text: run by run where both sides are of one length.
  private func explainBytes(_ gap: BlockAlignment.Gap, into ledger: inout Ledger) {
    guard gap.first.count == gap.second.count, gap.first.count <= 1 << 20 else {
      return explainUnequal(gap, into: &ledger)
    }
    var offset = 0
    while offset < gap.first.count {
      let first = gap.first.lowerBound + offset
      let second = gap.second.lowerBound + offset
      if a.bytes[first] == b.bytes[second] {
        offset += 1
        continue
      }
      var count = 1
      while offset + count < gap.first.count, count < 8,
        a.bytes[first + count] != b.bytes[second + count]
      {
        count += 1
      }
      let run = BlockAlignment.Gap(
        first: first..<(first + count), second: second..<(second + count))
      if let cause = isReference(run.first, run.second) {
        noteReference(cause, run, into: &ledger)
      } else if hasNumbers, let constant = ConstantDifference(run, a, b, isCode: isCode) {
        ledger.note(
          constant.cause, constant.detail, isGuess: constant.isGuess, bytes: run.count,
          Finding.Evidence(
            label, symbol: symbol(first), at: first, second, constant.first, constant.second))
      } else {
        noteRest(run, into: &ledger)
      }
      offset += count
    }
  }

  /// Sides of different lengths: tables of addresses with filling before or behind them are
  /// compared from the end at which addresses agree.
  private func explainUnequal(_ gap: BlockAlignment.Gap, into ledger: inout Ledger) {
    let common = min(gap.first.count, gap.second.count)
    guard 4...(1 << 20) ~= common else { return noteRest(gap, into: &ledger) }
    let atStart = BlockAlignment.Gap(
      first: gap.first.prefix(common), second: gap.second.prefix(common))
    let atEnd = BlockAlignment.Gap(
      first: gap.first.suffix(common), second: gap.second.suffix(common))
    let counts = (references(in: atStart), references(in: atEnd))
    guard max(counts.0, counts.1) >= 2 else { return noteRest(gap, into: &ledger) }
    let isAtStart = counts.0 >= counts.1
    explainBytes(isAtStart ? atStart : atEnd, into: &ledger)
    noteRest(
      BlockAlignment.Gap(
        first: isAtStart ? gap.first.dropFirst(common) : gap.first.dropLast(common),
        second: isAtStart ? gap.second.dropFirst(common) : gap.second.dropLast(common)),
      into: &ledger)
  }

  /// How many of the first differences are known to be addresses.
  private func references(in gap: BlockAlignment.Gap) -> Int {
    var (known, seen, offset) = (0, 0, 0)
    while offset < gap.first.count, seen < 16 {
      let (first, second) = (gap.first.lowerBound + offset, gap.second.lowerBound + offset)
      offset += 1
      if a.bytes[first] == b.bytes[second] { continue }
      seen += 1
      if isReference(first..<(first + 1), second..<(second + 1)) != nil { known += 1 }
    }
    return known * 2 > seen ? known : 0
  }

  private func noteRest(_ gap: BlockAlignment.Gap, into ledger: inout Ledger) {
    if gap.first.isEmpty || gap.second.isEmpty,
      (a[gap.first] + b[gap.second]).allSatisfy({ $0 == 0 })
    {
      return ledger.note(.movedText, "filling", bytes: gap.count)
    }
    ledger.note(
      fallback.cause, fallback.detail, bytes: gap.count,
      Finding.Evidence(
        label, symbol: symbol(gap.first.lowerBound),
        at: gap.first.isEmpty ? nil : gap.first.lowerBound,
        gap.second.isEmpty ? nil : gap.second.lowerBound,
        gap.first.isEmpty ? nil : Excerpt.show(a.bytes[gap.first]),
        gap.second.isEmpty ? nil : Excerpt.show(b.bytes[gap.second])))
  }
}
