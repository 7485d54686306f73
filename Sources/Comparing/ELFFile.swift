/// What the tables of an ELF file say (System V gABI, "Object Files").
public struct ELFFile: Sendable {
  /// One section; those without a type (SHT_NULL) are left out.
  public struct Section: Sendable {
    /// In the file's table, where others refer to it.
    public let index: Int
    public let name: String
    public let type: Int64
    public let flags: UInt64
    public let address: UInt64
    /// In the file. Where `isStored`, the section lies within it.
    public let offset: Int64
    /// In bytes.
    public let size: Int64
    public let link: Int64
    public let info: Int64
    /// Its address is a multiple of it; in bytes.
    public let alignment: Int64
    /// Of tables, in bytes; else 0.
    public let entrySize: Int64
    /// False for a section that has a size but no bytes in the file (SHT_NOBITS).
    public let isStored: Bool
  }

  /// One entry of the program header table.
  public struct Segment: Sendable {
    /// `PT_LOAD` and so on.
    public let type: Int64
    public let flags: Int64
    /// In the file.
    public let offset: Int64
    public let address: UInt64
    /// In bytes. What the file claims; it may lie outside.
    public let fileSize: Int64
  }

  /// 64 bits, else 32.
  public let isWide: Bool
  public let isBigEndian: Bool
  /// `ET_REL` and so on.
  public let type: Int64
  /// `EM_X86_64` and so on.
  public let machine: Int64
  /// In the order of the table.
  public let sections: [Section]
  /// In the order of the table.
  public let segments: [Segment]

  /// Nil for what is no ELF file and for one that breaks the rules of the format.
  public static func read(_ region: Region) throws(ComparingError) -> ELFFile? {
    try ELFReader.file(in: region)
  }
}
