internal import Comparing

extension ELFPair {
  /// In a function in which more places differ than these, nothing is said to be a mere number.
  private static let constantLimit = 6

  /// Explains a section of code function by function.
  ///
  /// - Returns: false where there are no symbols to tell functions apart.
  mutating func explainFunctions(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) -> Bool {
    let name = label(pair.first)
    let own = functions.pairsBySection[pair.first.index] ?? []
    guard !own.isEmpty else { return false }
    let known = self
    for (x, y) in own {
      guard y.section == pair.second.index else { continue }
      let (m, n) = (first.bytes[x.range], second.bytes[y.range])
      if m == n { continue }
      var content = ContentPair(
        first, second, label: name, isCode: true,
        fallback: (.code, "functions of which instructions differ"))
      content.isReference = { known.reference($0, $1, pair) }
      content.symbol = { _ in x.name }
      if x.size == y.size {
        let runs = Self.runs(x, y, first, second)
        var strange = 0
        for run in runs where strange <= Self.constantLimit {
          let isKnown = run.count <= 8 && reference(run.first, run.second, pair) != nil
          if !isKnown { strange += 1 }
        }
        content.hasNumbers = strange <= Self.constantLimit
        content.explain(runs, into: &ledger)
      } else {
        let (prefix, suffix) = TextDifference.commonEnds(Array(m), Array(n))
        ledger.note(
          .code, "functions of which instructions differ",
          bytes: max(m.count, n.count) - prefix - suffix,
          Finding.Evidence(
            name, symbol: x.name, at: x.range.lowerBound, y.range.lowerBound, "\(x.size) bytes",
            "\(y.size) bytes"))
      }
    }
    for (lone, isFirst) in [
      (functions.onlyFirstBySection[pair.first.index] ?? [], true),
      (functions.onlySecondBySection[pair.second.index] ?? [], false),
    ] {
      for function in lone {
        let size = "\(function.size) bytes"
        ledger.note(
          .code, "functions only in \(isFirst ? "A" : "B")", bytes: Int(function.size),
          Finding.Evidence(
            name, symbol: function.name, at: isFirst ? function.range.lowerBound : nil,
            isFirst ? nil : function.range.lowerBound, isFirst ? size : nil, isFirst ? nil : size))
      }
    }
    noteOrder(own, name)
    return true
  }

  /// The runs of bytes that differ in two functions of one size.
  private static func runs(
    _ x: FunctionPairs.Function, _ y: FunctionPairs.Function, _ a: Contents, _ b: Contents
  ) -> [BlockAlignment.Gap] {
    var gaps: [BlockAlignment.Gap] = []
    var offset = 0
    let count = x.range.count
    while offset < count {
      let (i, j) = (x.range.lowerBound + offset, y.range.lowerBound + offset)
      if a.bytes[i] == b.bytes[j] {
        offset += 1
        continue
      }
      var length = 1
      while offset + length < count, a.bytes[i + length] != b.bytes[j + length] { length += 1 }
      gaps.append(BlockAlignment.Gap(first: i..<(i + length), second: j..<(j + length)))
      offset += length
    }
    return gaps
  }

  /// Functions that are alike and stand in another order.
  private mutating func noteOrder(
    _ own: [(first: FunctionPairs.Function, second: FunctionPairs.Function)], _ name: String
  ) {
    var places = 0
    var example: Finding.Evidence?
    var highest = Int64.min
    for (x, y) in own.sorted(by: { $0.first.address < $1.first.address }) {
      if y.address < highest {
        places += 1
        example =
          example
          ?? Finding.Evidence(name, symbol: x.name, at: x.range.lowerBound, y.range.lowerBound)
      }
      highest = max(highest, y.address)
    }
    guard places > 0 else { return }
    displaced.append(
      Displaced(
        detail: "functions in another order", places: places, bytes: 0, evidence: example))
  }
}
