import Comparing
import Linux
import Testing

@Suite struct PathSearchTests {
  private static func search(_ bytes: [UInt8]) throws -> PathSearch {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    try FileSystem.write(bytes, to: "\(folder)/file")
    return try PathSearch(["/build/src/", "/build/target/"], inFileAt: "\(folder)/file")
  }

  @Test func textsAreCountedAndQuoted() throws {
    let text =
      "x/build/src/a.rs\0 /build/src/a.rs\n/build/target/b-1/out: /build/other/c /build/src"
    let found = try Self.search(Array(text.utf8))
    #expect(found.leaks.count == 1)
    #expect(found.leaks.first?.part == nil)
    #expect(found.leaks.first?.count == 3)
    #expect(found.leaks.first?.values == ["/build/src/a.rs", "/build/target/b-1/out"])
    #expect(!found.areMore)
  }

  @Test func nothingIsFoundInNothing() throws {
    #expect(try Self.search([]).leaks.isEmpty)
    #expect(try Self.search(Array("/build/sr/".utf8)).leaks.isEmpty)
  }

  /// A text that lies across two of the stretches that a file is read in is found once.
  @Test(arguments: [-12, -11, -10, -6, -1, 0, 1]) func textsAcrossStretchesAreFoundOnce(
    _ shift: Int
  ) throws {
    var bytes = [UInt8](repeating: 0, count: 2 << 20)
    let text = Array("/build/src/a".utf8)
    for (index, byte) in text.enumerated() { bytes[(1 << 20) + shift + index] = byte }
    let found = try Self.search(bytes)
    #expect(found.leaks.map(\.count) == [1])
    #expect(found.leaks.first?.values == ["/build/src/a"])
  }

  @Test func theSearchIsBounded() throws {
    let found = try Self.search(
      Array(String(repeating: "/build/src/\0", count: 10_000).utf8))
    #expect(found.areMore)
    #expect(found.leaks.first?.count == 4096)
    let long = try Self.search(Array(("/build/src/" + String(repeating: "a", count: 9999)).utf8))
    #expect(long.leaks.first?.values.first?.utf8.count == 256)
  }

  /// What a hostile build writes does not reach a terminal.
  @Test func valuesArePrintable() throws {
    let found = try Self.search(Array("/build/src/a\u{1b}[2J".utf8))
    #expect(found.leaks.first?.values == ["/build/src/a"])
  }
}
