internal import Comparing
internal import Linux
internal import Reading

extension LinkMap {
  private static let inMemory: UInt64 = 0x2
  private static let isCode: UInt64 = 0x4
  private static let largestAlignment: Int64 = 1 << 16
  /// What calls shared libraries, and what finds out which of several functions is meant: the
  /// linker's own (System V psABI x86-64, "Procedure Linkage Table").
  private static let linkerCode = [".plt", ".plt.got", ".plt.sec", ".plt.bnd", ".iplt"]

  private struct Key: Hashable {
    let name: [UInt8]
    let address: Int64
    let size: Int64
  }

  /// Where the map and the file contradict each other that it should be of: nil where they do not.
  ///
  /// Sections have the same names, places and sizes, and machine code is made of the files that the
  /// map names, one behind the other, with nothing between them but what aligns the next. So a map of
  /// another link does not pass, nor one that lines were taken from or put into; one that says another
  /// file's name for the same bytes does.
  ///
  /// - Throws: `SystemError` where it is interrupted.
  func contradiction(to file: ELFFile) throws(SystemError) -> String? {
    guard file.sections.contains(where: { $0.flags & Self.inMemory != 0 }) else {
      return "the artifact has no sections to hold it against"
    }
    // Each answers for one section of the artifact only.
    var known: [Key: [Int]] = [:]
    for index in sections.indices.reversed() {
      let section = sections[index]
      known[
        Key(name: Array(section.name.utf8), address: section.address, size: section.size),
        default: []
      ].append(index)
    }
    for section in file.sections where section.flags & Self.inMemory != 0 {
      try Interruption.check("holding a linker's map against what it made")
      let name = Array(section.name.utf8)
      let key = Key(name: name, address: Int64(clamping: section.address), size: section.size)
      guard let index = known[key]?.popLast() else {
        return "the artifact's \(section.name) is not in the map"
      }
      if section.flags & Self.isCode != 0,
        !Self.linkerCode.contains(where: { $0.utf8.elementsEqual(name) }),
        let gap = sections[index].gap(
          alignment: min(max(section.alignment, 1), Self.largestAlignment), in: form)
      {
        return "the files that the map names do not make up \(section.name): \(gap)"
      }
    }
    return nil
  }
}

extension LinkMap.Section {
  /// Where its files do not follow one another, but for what aligns the next or the end; `alignment`
  /// is the section's.
  fileprivate func gap(alignment: Int64, in form: LinkMap.Form) -> String? {
    func hexadecimal(_ number: Int64) -> String { "0x" + String(number, radix: 16) }
    /// What aligns to a place is less than the largest power of two that divides it.
    func isPadding(_ start: Int64, before end: Int64) -> Bool {
      start >= end || end - start < min(alignment, 1 << min(end.trailingZeroBitCount, 62))
    }
    let (sectionEnd, isTooLarge) = address.addingReportingOverflow(size)
    guard !isTooLarge else { return "it has no end" }
    var position = address
    var filled: Int64 = 0
    for piece in pieces.sorted(by: { $0.address < $1.address }) {
      if !piece.isFromFile {
        // gold puts any number of short fills between two files.
        guard piece.address == position, piece.size < alignment - filled else { continue }
        if form != .gold { filled += piece.size }
        position += piece.size
        continue
      }
      let (end, overflow) = piece.address.addingReportingOverflow(piece.size)
      guard piece.address >= address, !overflow, end <= sectionEnd else {
        return "one lies outside, at \(hexadecimal(piece.address))"
      }
      if piece.size == 0 { continue }
      if piece.address < position { return "two overlap at \(hexadecimal(piece.address))" }
      guard isPadding(position, before: piece.address) else {
        return "none at \(hexadecimal(position))"
      }
      position = end
      filled = 0
    }
    return isPadding(position, before: sectionEnd) ? nil : "none at \(hexadecimal(position))"
  }
}
