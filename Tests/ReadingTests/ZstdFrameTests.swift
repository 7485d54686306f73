import Linux
import Testing

@testable import Reading

@Suite struct ZstdFrameTests {
  private func compress(_ bytes: [UInt8], _ options: [String] = []) throws -> [UInt8] {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    try FileSystem.write(bytes, to: "\(folder)/x")
    return try Command(["zstd", "-qc", "--check"] + options + ["\(folder)/x"], timeout: 60)
      .runChecked().standardOutput
  }

  /// The size that the frame says, fed in pieces of `step` bytes.
  private func size(_ bytes: [UInt8], step: Int = 1 << 20) throws(KitError) -> Int64 {
    var frame = ZstdFrame()
    var rest = bytes[...]
    while !rest.isEmpty {
      try frame.take(rest.prefix(step))
      rest = rest.dropFirst(step)
    }
    return try frame.finish()
  }

  /// Zeros, then bytes that cannot be compressed, then a pattern: blocks of all three types.
  private static func sample(_ count: Int) -> [UInt8] {
    var state: UInt64 = 1
    return (0..<count).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return index < count / 3 ? 0 : index < count / 2 ? UInt8(state >> 56) : UInt8(index % 7)
    }
  }

  @Test(arguments: [0, 1, 255, 256, 257, 65_791, 65_792, 1_000_000, 5_000_000])
  func realFramesAreFollowed(_ count: Int) throws {
    let bytes = Self.sample(count)
    for options in [["-1"], ["-9", "-T4"], ["-19", "--long=27"]] {
      let frame = try compress(bytes, options)
      #expect(try size(frame) == Int64(count))
      if frame.count < 100_000 { #expect(try size(frame, step: 1) == Int64(count)) }
    }
  }

  @Test func everyCutIsNoticed() throws {
    let frame = try compress(Self.sample(3000))
    for end in frame.indices {
      #expect(throws: KitError(.frameTruncated)) { try size(Array(frame[..<end])) }
    }
    #expect(throws: KitError(.frameTrailingData)) { try size(frame + [0]) }
    #expect(throws: KitError(.frameTrailingData)) { try size(frame + frame) }
  }

  @Test func otherFramesAreRefused() throws {
    let frame = try compress(Self.sample(300_000))
    #expect(throws: KitError(.notCompressed)) { try size([0x1f, 0x8b]) }
    // A skippable frame (RFC 8878, 3.1.2).
    #expect(throws: KitError(.notCompressed)) { try size([0x50, 0x2a, 0x4d, 0x18] + frame) }
    func changed(_ index: Int, _ change: (UInt8) -> UInt8) -> [UInt8] {
      var other = frame
      other[index] = change(other[index])
      return other
    }
    func refusal(_ bytes: [UInt8]) -> String? {
      do throws(KitError) {
        _ = try size(bytes)
        return nil
      } catch {
        return error.message
      }
    }
    #expect(refusal(changed(4) { $0 | 8 })?.contains("reserved bit") == true)
    #expect(refusal(changed(4) { $0 | 1 })?.contains("dictionary") == true)
    #expect(refusal(changed(4) { $0 & ~4 })?.contains("no checksum") == true)
    #expect(refusal(changed(4) { $0 & 0x1f })?.contains("does not say its size") == true)
    let large: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x84, 0xff, 0, 0, 0, 0]
    #expect(refusal(large)?.contains("bytes of memory") == true)
    #expect(
      refusal([0x28, 0xb5, 0x2f, 0xfd, 0xe4] + [UInt8](repeating: 0xff, count: 8))?
        .contains("a size that no file has") == true)
    let start: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x05]
    #expect(refusal(start + [0x07, 0, 0])?.contains("reserved type") == true)
    #expect(refusal(start + [0xfd, 0xff, 0xff])?.contains("has a block of") == true)
  }
}
