/// What the dynamic section of an ELF file tells the loader (System V gABI, "Dynamic Section").
///
/// Read through the program headers, as the loader does it: sections may be missing or lie.
public struct ELFDynamic: Sendable, Equatable {
  /// The shared libraries that it asks for, in the order in which they are loaded.
  public var needed: [String] = []
  public var soname: String?
  /// `DT_RPATH` and `DT_RUNPATH`, as written.
  public var rpath: String?
  public var runpath: String?
  /// `DT_FLAGS`, and bit 3 of it where the older `DT_BIND_NOW` is there.
  public var flags: UInt64 = 0
  /// `DT_FLAGS_1`.
  public var flags1: UInt64 = 0

  /// Whether all symbols are resolved when the program starts.
  public var bindsNow: Bool { flags & 0x8 != 0 || flags1 & 0x1 != 0 }
  /// `DF_1_PIE`.
  public var isMarkedPIE: Bool { flags1 & 0x0800_0000 != 0 }

  private static let loadable: Int64 = 1
  private static let dynamic: Int64 = 2
  private static let mostEntries: Int64 = 1 << 16
  private static let longestName = 4096
  private static let mostNames = 4096

  /// Nil where the file has no dynamic section; `isBroken` where it has one that breaks the rules.
  public static func read(
    _ file: ELFFile, _ region: Region
  ) throws(ComparingError) -> (facts: ELFDynamic?, isBroken: Bool) {
    guard let segment = file.segments.first(where: { $0.type == Self.dynamic }) else {
      return (nil, false)
    }
    let width = file.isWide ? 8 : 4
    let count = min(segment.fileSize / Int64(2 * width), mostEntries)
    guard let bytes = try region.bytes(at: segment.offset, count: Int(count) * 2 * width) else {
      return (nil, true)
    }
    let fields = Fields(bytes: bytes, isBigEndian: file.isBigEndian)
    var entries: [(tag: UInt64, value: UInt64)] = []
    for start in stride(from: 0, to: bytes.count, by: 2 * width) {
      guard let tag = fields.bits(at: start, size: width),
        let value = fields.bits(at: start + width, size: width), tag != 0
      else { break }
      entries.append((tag, value))
    }
    func value(_ tag: UInt64) -> UInt64? { entries.first { $0.tag == tag }?.value }
    var found = ELFDynamic()
    found.flags = (value(30) ?? 0) | (value(24) != nil ? 0x8 : 0)
    found.flags1 = value(0x6FFF_FFFB) ?? 0
    // DT_STRTAB is an address; the size bounds what is read.
    guard let address = value(5), let size = value(10),
      size <= UInt64(Layout.nameTableLimit),
      let offset = offset(of: address, in: file),
      let names = try region.bytes(at: offset, count: Int(size))
    else { return (found, entries.contains { [1, 14, 15, 29].contains($0.tag) }) }
    func name(_ place: UInt64) -> String? {
      guard let start = Int(exactly: place), names.indices.contains(start),
        let end = names[start...].prefix(longestName + 1).firstIndex(of: 0)
      else { return nil }
      return String(decoding: names[start..<end], as: UTF8.self)
    }
    for (tag, value) in entries {
      switch tag {
      case 1:
        guard let name = name(value), found.needed.count < mostNames else { return (found, true) }
        found.needed.append(name)
      case 14: found.soname = name(value)
      case 15: found.rpath = name(value)
      case 29: found.runpath = name(value)
      default: break
      }
    }
    return (found, false)
  }

  /// Where an address lies in the file.
  private static func offset(of address: UInt64, in file: ELFFile) -> Int64? {
    for segment in file.segments
    where segment.type == loadable && address >= segment.address
      && address - segment.address < UInt64(segment.fileSize)
    {
      let (offset, overflow) = segment.offset.addingReportingOverflow(
        Int64(address - segment.address))
      return overflow ? nil : offset
    }
    return nil
  }
}
