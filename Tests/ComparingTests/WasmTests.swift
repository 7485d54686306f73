import Comparing
import Testing

/// Modules made by hand from the binary format's grammar.
@Suite struct WasmTests {
  private static let header: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00]

  /// The type of a function without parameters and results; the function; its code.
  private static func module(code: [UInt8], custom: String) -> [UInt8] {
    let body = [UInt8(code.count + 2), 0x00] + code + [0x0B]
    let name = Array("producers".utf8)
    return header + [0x01, 0x04, 0x01, 0x60, 0x00, 0x00] + [0x03, 0x02, 0x01, 0x00]
      + [0x0A, UInt8(body.count + 1), 0x01] + body
      // The size in two bytes, as linkers write it.
      + [0x00, UInt8(name.count + 1 + custom.utf8.count) | 0x80, 0x00, UInt8(name.count)] + name
      + Array(custom.utf8)
  }

  private static func difference(_ first: [UInt8], _ second: [UInt8]) throws -> FileDifference {
    let bench = try Workbench()
    return try #require(
      try FileDifference.between(
        bench.write(first, "first.wasm"), bench.write(second, "second.wasm")))
  }

  @Test func namesSections() throws {
    let first = Self.module(code: [0x01], custom: "rustc 1")
    let code = try Self.difference(first, Self.module(code: [0x00], custom: "rustc 1"))
    #expect(code.firstOffset == 23)
    #expect(code.placeText == "wasm section code+5")
    #expect(code.partTexts == ["wasm section code"])
    let custom = try Self.difference(first, Self.module(code: [0x01], custom: "rustc 2"))
    #expect(custom.placeText == "wasm custom section producers+19")
    #expect(custom.partTexts == ["wasm custom section producers"])
  }

  @Test func longerCodeMovesButDoesNotChangeWhatFollows() throws {
    let difference = try Self.difference(
      Self.module(code: [0x01], custom: "same"), Self.module(code: [0x01, 0x01], custom: "same"))
    #expect(difference.placeText == "wasm section code+1")
    #expect(difference.partTexts == ["wasm section code"])
  }

  @Test(
    arguments: [
      // A number that is no section's; a size beyond the file; a size without end; one of 33 bits;
      // a custom section without a name; a name longer than its section.
      [0x0E, 0x00], [0x01, 0x05], [0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
      [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F], [0x00, 0x00], [0x00, 0x01, 0x09],
    ] as [[UInt8]])
  func hasNoPlaceInABrokenModule(section: [UInt8]) throws {
    let tail: [UInt8] = [0x01, 0x01]
    let difference = try Self.difference(
      Self.header + section + tail + [0x00], Self.header + section + tail + [0x01])
    #expect(difference.place == nil)
    #expect(difference.parts.isEmpty)
  }
}
