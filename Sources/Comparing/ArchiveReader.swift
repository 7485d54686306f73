/// Finds the members of an `ar` archive: a static library or an rlib. Reads the common format with
/// the long names of System V and GNU (`/123`, table `//`) and of BSD (`#1/123`) (ar(5) of FreeBSD,
/// which describes all three). Thin archives hold no members and count as unknown.
struct ArchiveReader {
  private static let headerSize: Int64 = 60
  /// Of BSD; System V and GNU say `/` and `/SYM64/`.
  private static let indexNames = ["__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64"]

  private let region: Region
  private var reader = NameReader()
  private var longNames: [UInt8] = []
  private var extents: [Layout.Extent] = []

  private init(_ region: Region) {
    self.region = region
  }

  static func layout(of region: Region) throws(ComparingError) -> Layout? {
    var archive = ArchiveReader(region)
    var offset: Int64 = 8
    while offset < region.size {
      guard archive.extents.count < Layout.partLimit, let end = try archive.readMember(at: offset)
      else { return nil }
      // Members begin at even offsets.
      offset = end + end % 2
    }
    return Layout(
      .archive, [Layout.Extent(Part(.archiveHeader), start: 0, size: 8)], archive.extents)
  }

  /// Notes the extents of the member whose header is at `offset`; returns where it ends.
  private mutating func readMember(at offset: Int64) throws(ComparingError) -> Int64? {
    guard let header = try region.bytes(at: offset, count: Int(Self.headerSize)),
      header[58] == UInt8(ascii: "`"), header[59] == UInt8(ascii: "\n"),
      let size = Self.decimal(header[48..<58]),
      region.contains(offset + Self.headerSize, size)
    else { return nil }
    let start = offset + Self.headerSize
    let end = start + size
    let field = Self.trimmed(header[0..<16])

    if field.elementsEqual("/".utf8) || field.elementsEqual("/SYM64/".utf8) {
      extents.append(Layout.Extent(Part(.archiveIndex), start: offset, size: end - offset))
      return end
    }
    if field.elementsEqual("//".utf8) {
      guard size <= Layout.nameTableLimit,
        let bytes = try region.bytes(at: start, count: Int(size))
      else { return nil }
      longNames = bytes
      extents.append(Layout.Extent(Part(.archiveNames), start: offset, size: end - offset))
      return end
    }

    var nameSize: Int64 = 0
    let name: String?
    if field.starts(with: "#1/".utf8) {
      guard let length = Self.decimal(field.dropFirst(3)),
        length <= min(size, Int64(NameReader.nameLimit)),
        let bytes = try region.bytes(at: start, count: Int(length))
      else { return nil }
      nameSize = length
      // Padded with zeros.
      name = reader.name(bytes.prefix { $0 != 0 })
    } else if field.first == UInt8(ascii: "/"), let place = Self.decimal(field.dropFirst()) {
      name = reader.name(in: longNames, at: place, endingWith: Array("\n".utf8)).map {
        $0.hasSuffix("/") ? String($0.dropLast()) : $0
      }
    } else {
      name = reader.name(field.last == UInt8(ascii: "/") ? field.dropLast() : field)
    }
    guard let name else { return nil }
    if Self.indexNames.contains(name) {
      extents.append(Layout.Extent(Part(.archiveIndex), start: offset, size: end - offset))
      return end
    }
    extents.append(
      Layout.Extent(
        Part(.archiveMemberHeader, name), start: offset, size: Self.headerSize + nameSize))
    extents.append(
      Layout.Extent(Part(.archiveMember, name), start: start + nameSize, size: size - nameSize))
    return end
  }

  /// A field without the spaces that fill it.
  private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let filler = UInt8(ascii: " ")
    guard let last = field.lastIndex(where: { $0 != filler }) else { return [] }
    return field[...last]
  }

  /// A number in decimal digits and nothing else; the widest field holds 15.
  private static func decimal(_ field: ArraySlice<UInt8>) -> Int64? {
    let digits = trimmed(field)
    guard 1...15 ~= digits.count else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return value
  }
}
