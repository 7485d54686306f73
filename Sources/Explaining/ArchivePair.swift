internal import Comparing

/// Two `ar` archives, member by member.
struct ArchivePair {
  private struct Member {
    let name: String
    let header: Layout.Extent
    let contents: Layout.Extent
  }

  private let a: Region
  private let b: Region
  private let first: Layout
  private let second: Layout

  init(_ a: Region, _ b: Region, _ first: Layout, _ second: Layout) {
    self.a = a
    self.b = b
    self.first = first
    self.second = second
  }

  func explain(into ledger: inout Ledger) throws(ComparingError) {
    let firsts = Self.members(first)
    let seconds = Self.members(second)
    var waiting: [String: [Int]] = [:]
    for index in seconds.indices.reversed() {
      waiting[Self.key(seconds[index].name), default: []].append(index)
    }
    var order: [Int] = []
    for member in firsts {
      guard let index = waiting[Self.key(member.name)]?.popLast() else {
        note(lone: member, isFirst: true, into: &ledger)
        continue
      }
      order.append(index)
      try explain(member, seconds[index], into: &ledger)
    }
    for index in waiting.values.joined().sorted() {
      note(lone: seconds[index], isFirst: false, into: &ledger)
    }
    noteOrder(order, firsts, seconds, into: &ledger)
    try explainTables(into: &ledger)
  }

  private static func members(_ layout: Layout) -> [Member] {
    var members: [Member] = []
    var header: Layout.Extent?
    for extent in layout.extents {
      switch extent.part.kind {
      case .archiveMemberHeader: header = extent
      case .archiveMember:
        if let header {
          members.append(
            Member(
              name: extent.part.name ?? "", header: header, contents: extent))
        }
      default: break
      }
    }
    return members
  }

  private static func key(_ name: String) -> String {
    SymbolName.withoutHashes(name.utf8.prefix(4096))
  }

  private func note(lone member: Member, isFirst: Bool, into ledger: inout Ledger) {
    let size = "\(member.contents.size) bytes"
    ledger.note(
      .onlyInOne, "archive members only in \(isFirst ? "A" : "B")",
      bytes: Int(clamping: member.contents.size),
      Finding.Evidence(
        Excerpt.name(member.name.utf8), at: nil, nil, isFirst ? size : nil, isFirst ? nil : size))
  }

  private func explain(
    _ x: Member, _ y: Member, into ledger: inout Ledger
  ) throws(ComparingError) {
    let name = Excerpt.name(x.name.utf8)
    if !x.name.utf8.elementsEqual(y.name.utf8) {
      // rustc names members by the hash of the crate; an incremental build adds a random part.
      ledger.note(
        .archiveNames, "names that differ in a hash", bytes: x.name.utf8.count,
        Finding.Evidence(name, at: nil, nil, name, Excerpt.name(y.name.utf8)))
    }
    try explainHeaders(x, y, name, into: &ledger)
    guard let m = a.region(at: x.contents.start, count: x.contents.size),
      let n = b.region(at: y.contents.start, count: y.contents.size)
    else { return }
    if m.size == n.size, try StreamedPair.areEqual(m, n) { return }
    try FilePair(m, n, prefix: "\(name) / ", isMember: true).explain(into: &ledger)
  }

  /// The fields of a header (ar(5) of FreeBSD): name, time, owner, group, mode, size.
  private static let fields: [(name: String, range: Range<Int>)] = [
    ("time", 16..<28), ("uid", 28..<34), ("gid", 34..<40), ("mode", 40..<48),
  ]

  private func explainHeaders(
    _ x: Member, _ y: Member, _ name: String, into ledger: inout Ledger
  ) throws(ComparingError) {
    guard let m = try a.bytes(at: x.header.start, count: 60),
      let n = try b.bytes(at: y.header.start, count: 60)
    else { return }
    for (field, range) in Self.fields where m[range] != n[range] {
      let differing = zip(m[range], n[range]).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
      func shown(_ bytes: ArraySlice<UInt8>) -> String {
        Excerpt.text(bytes.prefix { $0 != 0x20 })
      }
      ledger.note(
        .archiveHeader, field, bytes: differing,
        Finding.Evidence(
          name, at: range.lowerBound, range.lowerBound, shown(m[range]), shown(n[range])))
    }
  }

  private func noteOrder(
    _ order: [Int], _ firsts: [Member], _ seconds: [Member], into ledger: inout Ledger
  ) {
    var highest = -1
    var displaced = 0
    for index in order {
      if index < highest { displaced += 1 }
      highest = max(highest, index)
    }
    guard displaced > 0 else { return }
    func shown(_ members: [Member]) -> String {
      members.prefix(4).map { Excerpt.name($0.name.utf8.prefix(48)) }.joined(separator: ", ")
        + (members.count > 4 ? ", …" : "")
    }
    ledger.note(
      .order, "the same archive members in another order", places: displaced, bytes: 0,
      Finding.Evidence("archive", at: nil, nil, shown(firsts), shown(seconds)))
  }

  /// The index of symbols and the table of long names follow from the members.
  private func explainTables(into ledger: inout Ledger) throws(ComparingError) {
    for kind in [Part.Kind.archiveIndex, .archiveNames] {
      let x = first.extents.first { $0.part.kind == kind }
      let y = second.extents.first { $0.part.kind == kind }
      let sizes = (x?.size ?? 0, y?.size ?? 0)
      guard max(sizes.0, sizes.1) <= 64 << 20 else { continue }
      let m = try a.bytes(at: x?.start ?? 0, count: Int(sizes.0)) ?? []
      let n = try b.bytes(at: y?.start ?? 0, count: Int(sizes.1)) ?? []
      let bytes = BlockAlignment.positional(m, n).gaps.reduce(0) { $0 + $1.count }
      if bytes > 0 {
        ledger.note(.symbolIndex, bytes: bytes, Finding.Evidence(kind.rawValue))
      }
    }
  }
}
