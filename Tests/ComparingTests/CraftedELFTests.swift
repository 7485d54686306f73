import Comparing
import Testing

/// ELF files whose tables lie.
@Suite struct CraftedELFTests {
  private static func little(_ value: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  /// A file of 64 bits, little endian, with its section headers straight after the file header.
  private static func file(
    sectionCount: UInt64, namesIndex: UInt64 = 0, sections: [[UInt8]], body: [UInt8] = []
  ) -> [UInt8] {
    [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
      + little(1, 2) + little(62, 2) + little(1, 4) + little(0, 8) + little(0, 8) + little(64, 8)
      + little(0, 4) + little(64, 2) + little(0, 2) + little(0, 2) + little(64, 2)
      + little(sectionCount, 2) + little(namesIndex, 2) + sections.flatMap { $0 } + body
  }

  private static func section(
    name: UInt64 = 0, type: UInt64, offset: UInt64, size: UInt64, link: UInt64 = 0
  ) -> [UInt8] {
    little(name, 4) + little(type, 4) + little(0, 8) + little(0, 8) + little(offset, 8)
      + little(size, 8) + little(link, 4) + little(0, 4) + little(1, 8) + little(0, 8)
  }

  private static func difference(_ bytes: [UInt8]) throws -> FileDifference {
    let bench = try Workbench()
    return try #require(
      try FileDifference.between(
        bench.write(bytes + [0], "first"), bench.write(bytes + [1], "second")))
  }

  /// Section 0 holds the real count, and the real index of the names, of a file with very many.
  @Test func followsExtendedNumbering() throws {
    let body = Array("\0.names\0.data\0".utf8)
    let start: UInt64 = 64 + 3 * 64
    let bytes = Self.file(
      sectionCount: 0, namesIndex: 0xFFFF,
      sections: [
        Self.section(type: 0, offset: 0, size: 3, link: 1),
        Self.section(name: 1, type: 3, offset: start, size: UInt64(body.count)),
        Self.section(name: 8, type: 1, offset: start + UInt64(body.count), size: 1),
      ], body: body)
    #expect(try Self.difference(bytes).placeText == "ELF section .data+0")
  }

  @Test func acceptsAFileWithoutNames() throws {
    let bytes = Self.file(
      sectionCount: 2,
      sections: [
        Self.section(type: 0, offset: 0, size: 0),
        Self.section(type: 1, offset: 64 + 128, size: 1),
      ])
    #expect(try Self.difference(bytes).placeText == "ELF section +0")
  }

  @Test func hasNoPlaceInAFileThatLies() throws {
    let null = Self.section(type: 0, offset: 0, size: 0)
    let lies: [[UInt8]] = [
      // More sections than the file has room for, in 16 bits and in 64.
      Self.file(sectionCount: 0xFFFE, sections: [null]),
      Self.file(
        sectionCount: 0, sections: [Self.section(type: 0, offset: 0, size: .max)]),
      Self.file(
        sectionCount: 0, sections: [Self.section(type: 0, offset: 0, size: 1 << 57)]),
      // Sections that reach beyond the end, with and without overflow.
      Self.file(sectionCount: 2, sections: [null, Self.section(type: 1, offset: 100, size: 99)]),
      Self.file(
        sectionCount: 2,
        sections: [null, Self.section(type: 1, offset: 100, size: UInt64.max >> 1)]),
      // Sections that lie over each other.
      Self.file(
        sectionCount: 4,
        sections: [null]
          + [[UInt8]](repeating: Self.section(type: 1, offset: 0, size: 200), count: 3)
      ),
      // The names are not in the table of names.
      Self.file(
        sectionCount: 2, namesIndex: 1,
        sections: [null, Self.section(name: 9, type: 3, offset: 0, size: 4)]),
      Self.file(sectionCount: 2, namesIndex: 7, sections: [null, null]),
    ]
    for bytes in lies {
      let difference = try Self.difference(bytes)
      #expect(difference.place == nil)
      #expect(difference.parts.isEmpty)
    }
  }
}
