internal import Comparing
internal import Reading

extension LinkMap {
  private static let inMemory: UInt64 = 0x2
  private static let isCode: UInt64 = 0x4
  private static let largestAlignment: Int64 = 1 << 16

  /// Where the map and the file contradict each other that it should be of: nil where they do not.
  ///
  /// Sections have the same names, places and sizes, and machine code is made of the files that the
  /// map names, one behind the other, with nothing between them but what aligns the next. So a map of
  /// another link does not pass, nor one that lines were taken from or put into; one that says another
  /// file's name for the same bytes does.
  func contradiction(to file: ELFFile) -> String? {
    var known: [[UInt8]: [Section]] = [:]
    for section in sections { known[Array(section.name.utf8), default: []].append(section) }
    for section in file.sections where section.flags & Self.inMemory != 0 {
      let address = Int64(clamping: section.address)
      let found = known[Array(section.name.utf8)]?.first {
        $0.address == address && $0.size == section.size
      }
      guard let found else { return "the artifact's \(section.name) is not in the map" }
      // What calls shared libraries is the linker's own.
      let isPLT = section.name.hasPrefix(".plt") || section.name.hasPrefix(".iplt")
      if section.flags & Self.isCode != 0, !isPLT,
        let gap = found.gap(alignment: min(max(section.alignment, 1), Self.largestAlignment))
      {
        return "the files that the map names do not make up \(section.name): \(gap)"
      }
    }
    return nil
  }
}

extension LinkMap.Section {
  /// Where its pieces do not follow one another.
  fileprivate func gap(alignment: Int64) -> String? {
    func hexadecimal(_ number: Int64) -> String { "0x" + String(number, radix: 16) }
    let (sectionEnd, isTooLarge) = address.addingReportingOverflow(size)
    guard !isTooLarge else { return "it has no end" }
    var position = address
    for piece in pieces.sorted(by: { $0.address < $1.address }) {
      // More of its own the linker does not put between two files.
      if !piece.isFromFile && piece.size >= alignment { continue }
      let (end, overflow) = piece.address.addingReportingOverflow(piece.size)
      guard piece.address >= address, !overflow, end <= sectionEnd else {
        return "one lies outside, at \(hexadecimal(piece.address))"
      }
      if piece.size > 0, piece.address < position {
        return "two overlap at \(hexadecimal(piece.address))"
      }
      if piece.address - position >= alignment { return "none at \(hexadecimal(position))" }
      position = max(position, end)
    }
    return sectionEnd - position >= alignment ? "none at \(hexadecimal(position))" : nil
  }
}
