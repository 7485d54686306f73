internal import Comparing
internal import Linux

/// Puts one more section behind an ELF file that is linked: its bytes, a longer table of names and a
/// new table of sections follow the old end, and the header points there. No byte moves that the
/// loader or a debugger looks at.
struct SectionAppender {
  private let path: String
  private var bytes: [UInt8]
  private let isWide: Bool
  private let isBigEndian: Bool

  private static let sizeLimit = 2 << 30

  /// - Throws: `ListingError` for what is no ELF file or has no table of sections.
  init(_ path: String) throws(ListingError) {
    self.path = path
    let region = Region(try comparing { () throws(ComparingError) in try OpenFile(path) })
    guard region.size <= Self.sizeLimit else {
      throw .tooLarge(what: "reading \(path)", limit: Self.sizeLimit)
    }
    guard
      let file = try comparing({ () throws(ComparingError) in try ELFFile.read(region) }),
      let bytes = try comparing({ () throws(ComparingError) in
        try region.bytes(at: 0, count: Int(region.size))
      })
    else { throw .notELF(path: path) }
    guard !file.sections.isEmpty else {
      throw .brokenELF(path: path, what: "it has no table of sections to add to")
    }
    self.bytes = bytes
    isWide = file.isWide
    isBigEndian = file.isBigEndian
  }

  /// The whole file with the section.
  mutating func appending(_ name: String, _ contents: [UInt8]) throws(ListingError) -> [UInt8] {
    let width = isWide ? 8 : 4
    let tableField = isWide ? 40 : 32
    let countField = isWide ? 60 : 48
    let entrySize = isWide ? 64 : 40
    let start = Int(number(at: tableField, size: width))
    let count = Int(number(at: countField, size: 2))
    let names = Int(number(at: countField + 2, size: 2))
    // Beyond 16 bits both stand elsewhere (gABI, "ELF Header", e_shnum and e_shstrndx).
    guard count > 0, count < 0xFEFF, names > 0, names < count,
      start <= bytes.count - count * entrySize
    else { throw .brokenELF(path: path, what: "its table of sections is of an unusual form") }
    var table = Array(bytes[start..<(start + count * entrySize)])
    let nameField = names * entrySize
    let offsetField = isWide ? 24 : 16
    let sizeField = isWide ? 32 : 20
    let namesStart = Int(number(at: start + nameField + offsetField, size: width))
    let namesSize = Int(number(at: start + nameField + sizeField, size: width))
    guard namesSize <= bytes.count, namesStart <= bytes.count - namesSize else {
      throw .brokenELF(path: path, what: "its names of sections lie outside")
    }
    let longerNames = Array(bytes[namesStart..<(namesStart + namesSize)]) + Array(name.utf8) + [0]

    let contentsStart = append(contents, alignment: 1)
    let longerStart = append(longerNames, alignment: 1)
    set(longerStart, in: &table, at: nameField + offsetField, size: width)
    set(longerNames.count, in: &table, at: nameField + sizeField, size: width)
    // SHT_PROGBITS without flags: it takes no part in a running program.
    var entry = [UInt8](repeating: 0, count: entrySize)
    set(namesSize, in: &entry, at: 0, size: 4)
    set(1, in: &entry, at: 4, size: 4)
    set(contentsStart, in: &entry, at: offsetField, size: width)
    set(contents.count, in: &entry, at: sizeField, size: width)
    set(1, in: &entry, at: isWide ? 48 : 32, size: width)
    let tableStart = append(table + entry, alignment: 8)
    set(tableStart, in: &bytes, at: tableField, size: width)
    set(count + 1, in: &bytes, at: countField, size: 2)
    return bytes
  }

  private mutating func append(_ part: [UInt8], alignment: Int) -> Int {
    while bytes.count % alignment != 0 { bytes.append(0) }
    let start = bytes.count
    bytes += part
    return start
  }

  private func number(at offset: Int, size: Int) -> UInt32 {
    var value: UInt64 = 0
    for index in 0..<size {
      value = value << 8 | UInt64(bytes[offset + (isBigEndian ? index : size - 1 - index)])
    }
    return UInt32(clamping: value)
  }

  private func set(_ value: Int, in bytes: inout [UInt8], at offset: Int, size: Int) {
    for index in 0..<size {
      let shift = (isBigEndian ? size - 1 - index : index) * 8
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }
}
