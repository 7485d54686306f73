/// Where the parts of a file lie.
public struct Layout {
  public enum Format: Sendable { case elf, archive, wasm }

  /// The place of one part.
  public struct Extent: Sendable {
    public let part: Part
    public let start: Int64
    /// In bytes.
    public let size: Int64
    /// False for a section that has a size but no bytes in the file (SHT_NOBITS: `.bss`).
    public let isStored: Bool

    init(_ part: Part, start: Int64, size: Int64, isStored: Bool = true) {
      self.part = part
      self.start = start
      self.size = size
      self.isStored = isStored
    }
  }

  public let format: Format
  /// In the order of the file. Every one that is stored lies within the region; those that are
  /// contents do not overlap.
  public let extents: [Extent]
  /// What describes the contents; may overlap them.
  public let headers: [Extent]

  /// `headers` win where they overlap one of `extents`.
  init(_ format: Format, _ headers: [Extent], _ extents: [Extent]) {
    self.format = format
    self.headers = headers
    self.extents = extents.sorted { $0.start < $1.start }
  }

  /// Most parts of one file. The largest objects that rustc and gcc make with a section for each
  /// function have some ten thousand.
  static let partLimit = 1 << 17

  /// Most bytes of one table of names.
  static let nameTableLimit: Int64 = 16 << 20

  /// Recognises the format by its first bytes; nil for an unknown one and for a file that breaks
  /// the rules of its format. Archives are not looked for in the members of archives.
  public static func examine(_ region: Region, isMember: Bool) throws(ComparingError) -> Layout? {
    guard let magic = try region.bytes(at: 0, count: Int(min(region.size, 8))) else { return nil }
    if magic.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return try ELFReader.layout(of: region) }
    if magic.starts(with: [0x00, 0x61, 0x73, 0x6D]) { return try WasmReader.layout(of: region) }
    if !isMember, magic.elementsEqual("!<arch>\n".utf8) {
      return try ArchiveReader.layout(of: region)
    }
    return nil
  }

  /// The part at `offset`, and its extent unless nothing lays claim to the byte.
  func step(at offset: Int64) -> (Place.Step, Extent?) {
    var end: Int64 = 0
    for extent in headers + extents where extent.isStored && extent.start <= offset {
      if offset - extent.start < extent.size {
        return (Place.Step(extent.part, offset: offset - extent.start), extent)
      }
      end = max(end, extent.start + extent.size)
    }
    return (Place.Step(Part(.unclaimed), offset: offset - end), nil)
  }
}
