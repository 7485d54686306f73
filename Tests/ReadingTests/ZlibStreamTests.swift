import Reading
import Testing

@Suite struct ZlibStreamTests {
  /// Made by Python's zlib: stored, fixed and dynamic.
  @Test func unpacks() {
    let stored: [UInt8] = [
      0x78, 0x01, 0x01, 0x05, 0x00, 0xFA, 0xFF, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x06, 0x2C, 0x02,
      0x15,
    ]
    #expect(ZlibStream.unpack(stored, limit: 100) == Array("hello".utf8))
    let fixed: [UInt8] = [
      0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8, 0x40, 0x90, 0x00, 0x3A, 0x2E, 0x06,
      0x7D,
    ]
    #expect(ZlibStream.unpack(fixed, limit: 100) == Array("hello hello hello".utf8))
    #expect(ZlibStream.unpack(fixed, limit: 5) == nil)
    for count in 0..<fixed.count { _ = ZlibStream.unpack(Array(fixed[..<count]), limit: 100) }
  }

  @Test func packsWhatItUnpacks() {
    #expect(
      ZlibStream.pack(Array("hello".utf8)) == [
        0x78, 0x01, 0x01, 0x05, 0x00, 0xFA, 0xFF, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x06, 0x2C, 0x02,
        0x15,
      ])
    for count in [0, 1, 65535, 65536, 200_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      #expect(ZlibStream.unpack(ZlibStream.pack(bytes), limit: count) == bytes)
    }
  }
}
