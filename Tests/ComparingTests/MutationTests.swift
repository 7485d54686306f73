import Comparing
import Linux
import Testing

/// Broken files must neither trap nor hang nor be called identical.
@Suite struct MutationTests {
  private static let interesting: [UInt8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF]

  /// Overwrites up to four runs of one to eight bytes at places in `ranges`.
  private static func mutate(
    _ bytes: [UInt8], in ranges: [Range<Int>], _ numbers: inout FixedNumbers
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &numbers) {
      let range = ranges[Int.random(in: 0..<ranges.count, using: &numbers)]
      let start = Int.random(in: range, using: &numbers)
      let fill = interesting.randomElement(using: &numbers) ?? 0
      let isRandom = Bool.random(using: &numbers)
      for index in start..<min(start + Int.random(in: 1...8, using: &numbers), range.upperBound) {
        bytes[index] = isRandom ? UInt8.random(in: 0...255, using: &numbers) : fill
      }
    }
    if Int.random(in: 0..<8, using: &numbers) == 0 {
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &numbers))
    }
    return bytes
  }

  private static func check(
    _ original: Artifact, _ bench: Workbench, in ranges: [Range<Int>], rounds: Int, seed: UInt64
  ) throws {
    let bytes = try bench.bytes(original)
    var numbers = FixedNumbers(seed: seed)
    for round in 0..<rounds {
      let changed = mutate(bytes, in: ranges, &numbers)
      let mutant = try bench.write(changed, "mutant")
      let isFirst = round % 2 == 0
      let difference = try FileDifference.between(
        isFirst ? mutant : original, isFirst ? original : mutant)
      #expect((difference == nil) == (changed == bytes), "round \(round)")
      #expect(
        difference?.firstOffset.map(Int.init)
          == zip(bytes, changed).enumerated().first {
            $0.element.0 != $0.element.1
          }?.offset, "round \(round)")
    }
  }

  @Test(arguments: ["elf64-little", "elf32-big"])
  func elfHeaders(format: String) throws {
    let bench = try Workbench()
    try bench.write(Array("some bytes to wrap".utf8), "data")
    try bench.run("objcopy", "-I", "binary", "-O", format, "data", "object")
    let object = try bench.artifact("object")
    let text = try bench.run("readelf", "-hW", "object")
    let table = try #require(
      text.split(separator: "\n").first { $0.contains("Start of section headers") }?
        .split(separator: " ").compactMap { Int($0) }.first)
    try Self.check(
      object, bench, in: [4..<64, table..<Int(object.size)], rounds: 1000, seed: 1)
  }

  @Test func archives() throws {
    let bench = try Workbench()
    let object = try bench.compile("int one(void) { return 1; }", "one.o", ["-c"])
    try FileSystem.rename(object.path, to: "\(bench.path)/a_name_longer_than_sixteen_bytes.o")
    try bench.run("ar", "rcsD", "original.a", "a_name_longer_than_sixteen_bytes.o")
    let archive = try bench.artifact("original.a")
    try Self.check(
      archive, bench, in: [8..<300, 0..<Int(archive.size)], rounds: 500, seed: 2)
  }

  @Test func modules() throws {
    let bench = try Workbench()
    let module = try bench.write(
      [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 0, 5, 4]
        + Array("name".utf8) + [3, 2, 1, 0], "module.wasm")
    try Self.check(module, bench, in: [8..<Int(module.size)], rounds: 500, seed: 3)
  }
}
