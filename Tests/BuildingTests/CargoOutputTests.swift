import Linux
import Testing

@testable import Building

@Suite struct CargoOutputTests {
  /// Everything `bytes` give when they come in chunks of `size`.
  private static func items(_ bytes: [UInt8], chunk size: Int = .max) -> [CargoOutput.Item] {
    var output = CargoOutput()
    var items: [CargoOutput.Item] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      items += output.take(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    return items + output.finish()
  }

  private static func items(_ text: String) -> [CargoOutput.Item] { items(Array(text.utf8)) }

  @Test func linesAndProgressAreToldApart() {
    let text = """
         Compiling app v0.1.0 (/build/src/app)
          Building [=======>                    ] 12/102: libc, memchr(build.rs)   \r\
          Building [========>                   ] 13/102: libc                     \r\
                                                                                   \r\
      warning: unused

      """
    #expect(
      Self.items(text) == [
        .line("   Compiling app v0.1.0 (/build/src/app)"),
        .progress(done: 12, total: 102, current: "libc, memchr(build.rs)"),
        .progress(done: 13, total: 102, current: "libc"),
        .line("warning: unused"),
      ])
  }

  /// What cargo 1.96 wrote into a pipe, with a progress bar.
  @Test(arguments: [1, 2, 3, 7, 64, 401, 4096]) func chunksDoNotMatter(_ size: Int) throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let bytes = try FileSystem.read("/\(folder)/Recorded/cargo-1.96.stderr")
    let whole = Self.items(bytes)
    #expect(Self.items(bytes, chunk: size) == whole)
    var progress = 0
    for case .progress(let done, let total, let current) in whole {
      progress += 1
      #expect(total == 10 && done < total && !current.isEmpty)
    }
    #expect(progress > 3)
    let lines = whole.compactMap { if case .line(let text) = $0 { text } else { nil } }
    #expect(lines.contains("   Compiling tinydep v1.0.0"))
    #expect(lines.allSatisfy { !$0.contains("Building [") && !$0.isEmpty })
  }

  @Test(arguments: 1...9) func severalByteCharactersSurviveAnyBorder(_ size: Int) {
    let text = "é — 日本\n🦀"
    #expect(Self.items(Array(text.utf8), chunk: size) == [.line("é — 日本"), .line("🦀")])
  }

  @Test func controlCharactersAreNeutralised() {
    let bytes = "a\u{1b}[2Jb\u{7f}\u{9b}\tc\0\n"
    #expect(Self.items(bytes) == [.line("a\\u{1b}[2Jb\\u{7f}\\u{9b}\tc\\u{0}")])
  }

  @Test func brokenUTF8IsReplaced() {
    #expect(Self.items([0x61, 0xff, 0x62, 0x0a]) == [.line("a\u{FFFD}b")])
  }

  @Test func emptyLinesAreKept() {
    #expect(Self.items("a\n\nb\n") == [.line("a"), .line(""), .line("b")])
  }

  @Test func aCarriageReturnBeforeANewlineIsNoLineOfItsOwn() {
    #expect(Self.items("a\r\nb\r\n") == [.line("a"), .line("b")])
    #expect(Self.items(Array("a\r\nb\r\n".utf8), chunk: 1) == [.line("a"), .line("b")])
  }

  @Test func theLastLineNeedsNoEnd() {
    #expect(Self.items("a\nb") == [.line("a"), .line("b")])
    #expect(Self.items("") == [])
  }

  @Test(arguments: [
    "    Building", "    Building [", "    Building []", "    Building [=] x/y: z",
    "    Building [=] 1/2/3: z", "Rebuilding [=] 1/2: z", "    Building [=] 1: z",
    "    Building [=] 99999999999999999999/2: z",
  ]) func whatOnlyLooksLikeProgressIsALine(_ text: String) {
    #expect(Self.items(text + "\n") == [.line(text)])
  }

  @Test func aFloodIsCut() {
    let items = Self.items([UInt8](repeating: 0x61, count: 1 << 20) + Array("\nb\n".utf8))
    #expect(items == [.line(String(repeating: "a", count: 64 << 10)), .line("b")])
  }
}
