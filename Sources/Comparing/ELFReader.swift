/// Finds the headers and sections of an ELF file, 32 or 64 bits, either byte order (System V gABI,
/// "Object Files"; elf(5)).
struct ELFReader {
  private let region: Region
  private let isWide: Bool
  private let isBigEndian: Bool

  private static let undefinedIndex: Int64 = 0
  private static let extendedIndex: Int64 = 0xFFFF
  private static let extendedCount: Int64 = 0xFFFF
  private static let typeNull: Int64 = 0
  private static let typeNoBits: Int64 = 8

  static func layout(of region: Region) throws(ComparingError) -> Layout? {
    guard let identification = try region.bytes(at: 0, count: 16) else { return nil }
    let fileClass = identification[4]
    let byteOrder = identification[5]
    guard 1...2 ~= fileClass, 1...2 ~= byteOrder else { return nil }
    return try ELFReader(
      region: region, isWide: fileClass == 2, isBigEndian: byteOrder == 2
    ).layout()
  }

  /// All that its tables say; nil where the file breaks the rules.
  static func file(in region: Region) throws(ComparingError) -> ELFFile? {
    guard let head = try region.bytes(at: 0, count: 20),
      head.starts(with: [0x7F, 0x45, 0x4C, 0x46]), 1...2 ~= head[4], 1...2 ~= head[5]
    else { return nil }
    let reader = ELFReader(region: region, isWide: head[4] == 2, isBigEndian: head[5] == 2)
    let fields = Fields(bytes: head, isBigEndian: reader.isBigEndian)
    guard let type = fields.integer(at: 16, size: 2), let machine = fields.integer(at: 18, size: 2),
      let header = try reader.header(), let sections = try reader.sections(header),
      let named = try reader.named(sections, header),
      let segments = try reader.segments(header, sections)
    else { return nil }
    return ELFFile(
      isWide: reader.isWide, isBigEndian: reader.isBigEndian, type: type, machine: machine,
      sections: named, segments: segments)
  }

  /// What the file header says about the two tables.
  private struct Header {
    let programOffset: Int64
    let programCount: Int64
    let sectionOffset: Int64
    let sectionCount: Int64
    let namesIndex: Int64
  }

  /// One entry of the section header table.
  private struct Section {
    let name: Int64
    let type: Int64
    let flags: UInt64
    let address: UInt64
    let offset: Int64
    let size: Int64
    let link: Int64
    let info: Int64
    let alignment: Int64
    let entrySize: Int64
  }

  private var headerSize: Int64 { isWide ? 64 : 52 }
  private var programEntrySize: Int64 { isWide ? 56 : 32 }
  private var sectionEntrySize: Int64 { isWide ? 64 : 40 }

  private func layout() throws(ComparingError) -> Layout? {
    guard let header = try header() else { return nil }
    guard let sections = try sections(header) else { return nil }
    let programCount = programCount(header, sections)
    let (programSize, overflow) = programCount.multipliedReportingOverflow(by: programEntrySize)
    let sectionsSize = Int64(sections.count) * sectionEntrySize
    guard !overflow, region.contains(header.programOffset, programSize) else { return nil }
    guard let named = try named(sections, header) else { return nil }
    let extents = named.map { section in
      Layout.Extent(
        Part(.elfSection, section.name), start: section.offset, size: section.size,
        isStored: section.isStored)
    }
    return Layout(
      .elf,
      [
        Layout.Extent(Part(.elfHeader), start: 0, size: headerSize),
        Layout.Extent(
          Part(.elfProgramHeaders), start: header.programOffset, size: programSize),
        Layout.Extent(
          Part(.elfSectionHeaders), start: header.sectionOffset, size: sectionsSize),
      ], extents)
  }

  /// Counts beyond 16 bits stand in the first, otherwise unused section header.
  private func programCount(_ header: Header, _ sections: [Section]) -> Int64 {
    header.programCount == Self.extendedCount
      ? sections.first?.info ?? header.programCount : header.programCount
  }

  private func segments(
    _ header: Header, _ sections: [Section]
  ) throws(ComparingError) -> [ELFFile.Segment]? {
    let count = programCount(header, sections)
    guard 0...Int64(Layout.partLimit) ~= count,
      let bytes = try region.bytes(
        at: header.programOffset, count: Int(count * programEntrySize))
    else { return nil }
    let fields = Fields(bytes: bytes, isBigEndian: isBigEndian)
    let width = isWide ? 8 : 4
    var segments: [ELFFile.Segment] = []
    for start in stride(from: 0, to: bytes.count, by: Int(programEntrySize)) {
      guard let type = fields.integer(at: start, size: 4),
        let flags = fields.integer(at: start + (isWide ? 4 : 24), size: 4),
        let offset = fields.integer(at: start + (isWide ? 8 : 4), size: width),
        let address = fields.bits(at: start + (isWide ? 16 : 8), size: width),
        let fileSize = fields.integer(at: start + (isWide ? 32 : 16), size: width)
      else { return nil }
      segments.append(
        ELFFile.Segment(
          type: type, flags: flags, offset: offset, address: address, fileSize: fileSize))
    }
    return segments
  }

  private func header() throws(ComparingError) -> Header? {
    guard let bytes = try region.bytes(at: 0, count: Int(headerSize)) else { return nil }
    let fields = Fields(bytes: bytes, isBigEndian: isBigEndian)
    let width = isWide ? 8 : 4
    let counts = isWide ? 54 : 42
    guard
      let programOffset = fields.integer(at: isWide ? 32 : 28, size: width),
      let sectionOffset = fields.integer(at: isWide ? 40 : 32, size: width),
      let programEntry = fields.integer(at: counts, size: 2),
      let programCount = fields.integer(at: counts + 2, size: 2),
      let sectionEntry = fields.integer(at: counts + 4, size: 2),
      let sectionCount = fields.integer(at: counts + 6, size: 2),
      let namesIndex = fields.integer(at: counts + 8, size: 2),
      programCount == 0 || programEntry == programEntrySize,
      sectionOffset == 0 || sectionEntry == sectionEntrySize
    else { return nil }
    return Header(
      programOffset: programOffset, programCount: programCount, sectionOffset: sectionOffset,
      sectionCount: sectionCount, namesIndex: namesIndex)
  }

  /// The section header table; empty where the file has none.
  private func sections(_ header: Header) throws(ComparingError) -> [Section]? {
    if header.sectionOffset == 0 { return [] }
    guard let first = try section(at: header.sectionOffset) else { return nil }
    let count = header.sectionCount == 0 ? first.size : header.sectionCount
    guard 1...Int64(Layout.partLimit) ~= count,
      region.contains(header.sectionOffset, count * sectionEntrySize)
    else { return nil }
    // In pieces, because the table of a large object is several times what is kept of it.
    var sections: [Section] = []
    sections.reserveCapacity(Int(count))
    let piece: Int64 = 1024
    for start in stride(from: 0, to: count, by: Int(piece)) {
      let entries = min(piece, count - start)
      guard
        let bytes = try region.bytes(
          at: header.sectionOffset + start * sectionEntrySize,
          count: Int(entries * sectionEntrySize))
      else { return nil }
      let fields = Fields(bytes: bytes, isBigEndian: isBigEndian)
      for entry in 0..<entries {
        guard let section = section(fields, at: Int(entry * sectionEntrySize)) else { return nil }
        sections.append(section)
      }
    }
    return sections
  }

  private func section(at offset: Int64) throws(ComparingError) -> Section? {
    guard let bytes = try region.bytes(at: offset, count: Int(sectionEntrySize)) else { return nil }
    return section(Fields(bytes: bytes, isBigEndian: isBigEndian), at: 0)
  }

  private func section(_ fields: Fields, at start: Int) -> Section? {
    let width = isWide ? 8 : 4
    guard
      let name = fields.integer(at: start, size: 4),
      let type = fields.integer(at: start + 4, size: 4),
      let flags = fields.bits(at: start + 8, size: width),
      let address = fields.bits(at: start + (isWide ? 16 : 12), size: width),
      let offset = fields.integer(at: start + (isWide ? 24 : 16), size: width),
      let size = fields.integer(at: start + (isWide ? 32 : 20), size: width),
      let link = fields.integer(at: start + (isWide ? 40 : 24), size: 4),
      let info = fields.integer(at: start + (isWide ? 44 : 28), size: 4),
      let alignment = fields.integer(at: start + (isWide ? 48 : 32), size: width),
      let entrySize = fields.integer(at: start + (isWide ? 56 : 36), size: width)
    else { return nil }
    return Section(
      name: name, type: type, flags: flags, address: address, offset: offset, size: size,
      link: link, info: info, alignment: alignment, entrySize: entrySize)
  }

  /// The sections with their names, but for those that are none (SHT_NULL).
  private func named(
    _ sections: [Section], _ header: Header
  ) throws(ComparingError) -> [ELFFile.Section]? {
    guard let names = try nameTable(sections, header) else { return nil }
    var reader = NameReader()
    var result: [ELFFile.Section] = []
    // Sections do not overlap, so together they cannot be larger than the file. Without this a
    // small crafted file could have the whole of itself compared a hundred thousand times.
    var left = region.size
    for (index, section) in sections.enumerated() where section.type != Self.typeNull {
      guard let name = reader.name(in: names, at: section.name, endingWith: [0]) else { return nil }
      let isStored = section.type != Self.typeNoBits
      if isStored && section.size > 0 {
        guard region.contains(section.offset, section.size), section.size <= left else {
          return nil
        }
        left -= section.size
      }
      result.append(
        ELFFile.Section(
          index: index, name: name, type: section.type, flags: section.flags,
          address: section.address, offset: section.offset, size: section.size,
          link: section.link, info: section.info, alignment: section.alignment,
          entrySize: section.entrySize,
          isStored: isStored))
    }
    return result
  }

  /// The bytes of the section that holds the names of sections.
  private func nameTable(
    _ sections: [Section], _ header: Header
  ) throws(ComparingError) -> [UInt8]? {
    let index =
      header.namesIndex == Self.extendedIndex
      ? sections.first?.link ?? Self.undefinedIndex : header.namesIndex
    // Without a table all sections are nameless; one zero byte is the table of the empty name.
    guard index != Self.undefinedIndex else { return [0] }
    guard index < sections.count else { return nil }
    let table = sections[Int(index)]
    guard table.type != Self.typeNoBits, table.size <= Layout.nameTableLimit else { return nil }
    return try region.bytes(at: table.offset, count: Int(table.size))
  }
}
