internal import Comparing

extension Explanation {
  /// Explains why two files differ; nil where they do not.
  ///
  /// Time is linear in the files' sizes. Files of more than 64 MiB that are no programs, archives or
  /// modules are read place by place, in little memory.
  public init?(_ first: String, _ second: String) throws(ExplainingError) {
    do throws(ComparingError) {
      let a = Region(try OpenFile(first))
      let b = Region(try OpenFile(second))
      // Large files are not read twice.
      let isLarge = a.size > FilePair.plainLimit
      if !isLarge, a.size == b.size, try StreamedPair.areEqual(a, b) { return nil }
      var ledger = Ledger()
      try FilePair(a, b).explain(into: &ledger)
      self = ledger.explanation()
      if isLarge, findings.isEmpty, a.size == b.size, try StreamedPair.areEqual(a, b) {
        return nil
      }
    } catch {
      throw .comparing(error)
    }
  }
}

/// Two regions of any format.
struct FilePair {
  /// What is no known format is held in memory up to this size.
  static let plainLimit: Int64 = 64 << 20

  private let a: Region
  private let b: Region
  /// What the region lies in, ended by a separator: `libx.rlib / `.
  private let prefix: String
  private let isMember: Bool

  init(_ a: Region, _ b: Region, prefix: String = "", isMember: Bool = false) {
    self.a = a
    self.b = b
    self.prefix = prefix
    self.isMember = isMember
  }

  func explain(into ledger: inout Ledger) throws(ComparingError) {
    if let first = try Layout.examine(a, isMember: isMember),
      let second = try Layout.examine(b, isMember: isMember), first.format == second.format
    {
      switch first.format {
      case .elf:
        if var pair = try ELFPair(a, b, prefix: prefix) { return try pair.explain(into: &ledger) }
      case .archive:
        return try ArchivePair(a, b, first, second).explain(into: &ledger)
      case .wasm:
        return try WasmPair(a, b, first, second, prefix: prefix).explain(into: &ledger)
      }
    }
    try explainPlain(into: &ledger)
  }

  /// A file without parts that are known.
  private func explainPlain(into ledger: inout Ledger) throws(ComparingError) {
    let hasMark = try Self.isMetadata(a)
    let isMetadata = hasMark || prefix.hasSuffix("lib.rmeta / ")
    let fallback: (Cause, String) =
      isMetadata ? (.crateMetadata, "rustc's own format") : (.data, "")
    let label = prefix.isEmpty ? "file" : String(prefix.dropLast(3))
    if max(a.size, b.size) > Self.plainLimit { return try explainStreamed(label, into: &ledger) }
    guard let first = try a.bytes(at: 0, count: Int(a.size)),
      let second = try b.bytes(at: 0, count: Int(b.size)), first != second
    else { return }
    var pair = ContentPair(
      Contents(bytes: first), Contents(bytes: second), label: label, fallback: fallback)
    pair.hasNumbers = !isMetadata
    let alignment =
      first.count == second.count && !isMetadata
      ? BlockAlignment.positional(first, second) : BlockAlignment.moving(first, second)
    pair.explain(alignment.gaps, into: &ledger)
    if alignment.movedBytes > 0 {
      ledger.note(
        isMetadata ? .crateMetadata : .order, "the same pieces in another order",
        places: alignment.movedMatches.count, bytes: alignment.movedBytes,
        alignment.movedMatches.first.map { match in
          Finding.Evidence(
            label, at: match.first, match.second,
            Excerpt.show(first[match.first..<(match.first + match.count)]),
            Excerpt.show(second[match.second..<(match.second + match.count)]))
        })
    }
  }

  private func explainStreamed(
    _ label: String, into ledger: inout Ledger
  ) throws(ComparingError) {
    var gathered = ledger
    try StreamedPair.scan(a, b) { gap, first, second, offset in
      gathered.note(
        .tooLarge, bytes: gap.count,
        Finding.Evidence(
          label, at: Int(offset) + gap.lowerBound, Int(offset) + gap.lowerBound,
          Excerpt.show(first[gap]), Excerpt.show(second[gap])))
    }
    ledger = gathered
    let tail = abs(a.size - b.size)
    if tail > 0 {
      ledger.note(
        .onlyInOne, "the end of the longer file", bytes: Int(tail), Finding.Evidence(label))
    }
  }

  private static func isMetadata(_ region: Region) throws(ComparingError) -> Bool {
    guard region.size >= 8, let head = try region.bytes(at: 0, count: 4) else { return false }
    return head.elementsEqual("rust".utf8)
  }
}
