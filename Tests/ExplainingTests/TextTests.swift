import Testing

@testable import Explaining

@Suite struct TextTests {
  private func difference(_ a: String, _ b: String) -> TextDifference {
    TextDifference(Array(a.utf8), Array(b.utf8))
  }

  @Test(
    arguments: [
      (
        "/home/a/src/main.rs", "/opt/other/src/main.rs", Cause.sourcePath,
        "/home/a against /opt/other"
      ),
      (
        "valueat/home/a/x.rs:3", "valueat/home/b/x.rs:3", .sourcePath, "/home/a against /home/b"
      ),
      ("/tmp/rustcAbC123/x.o", "/tmp/rustcZzY987/x.o", .temporaryName, nil),
      ("built Nov 21 2026", "built Dec  1 2026", .embeddedTime, nil),
      ("at 12:34:56 UTC", "at 02:04:11 UTC", .embeddedTime, "time as text"),
      ("on 2026-11-21", "on 2027-12-24", .embeddedTime, "date as text"),
      ("t=1764000000;", "t=1764003600;", .embeddedTime, "seconds since 1970 as text"),
      ("one, three, fourteen", "fourteen, one, three", .order, nil),
      ("rustc version 1.95.0 (a)", "rustc version 1.96.0 (b)", .compilerVersion, nil),
      ("_ZN4main5alpha17hf95c9f23a09829c8E", "_ZN4main5alpha17h9aa6ef085f62329cE", .crateHash, nil),
      ("commit 0123abcd4567", "commit 89ab01cd2345", .text, nil),
      ("hello world", "hello there", .text, nil),
      ("count 12", "count 13", .text, "decimal numbers"),
    ] as [(String, String, Cause, String?)])
  func names(_ a: String, _ b: String, cause: Cause, detail: String?) {
    let found = difference(a, b)
    #expect(found.cause == cause, "\(found)")
    if let detail { #expect(found.detail == detail) }
  }

  /// Dates that a build cannot have made differ, and numbers that are no times.
  @Test func doesNotGuessWildly() {
    #expect(difference("n=1764000000;", "n=3764003600;").cause == .text)
    #expect(difference("id 10000000000000", "id 10000000000001").cause == .text)
    #expect(difference("abc", "abd").cause == .text)
    #expect(!difference("on 2026-11-21", "on 2027-12-24").isGuess)
    #expect(difference("t=1764000000;", "t=1764003600;").isGuess)
  }
}

@Suite struct BlockAlignmentTests {
  private func check(_ a: [UInt8], _ b: [UInt8], _ alignment: BlockAlignment) {
    var first = [Int](repeating: 0, count: a.count)
    var second = [Int](repeating: 0, count: b.count)
    for match in alignment.matches {
      #expect(
        a[match.first..<(match.first + match.count)].elementsEqual(
          b[match.second..<(match.second + match.count)]))
      for index in 0..<match.count {
        first[match.first + index] += 1
        second[match.second + index] += 1
      }
    }
    for gap in alignment.gaps {
      for index in gap.first { first[index] += 1 }
      for index in gap.second { second[index] += 1 }
    }
    #expect(first.allSatisfy { $0 >= 1 })
    #expect(second.allSatisfy { $0 == 1 })
  }

  @Test func coversBothStrings() {
    var numbers = FixedNumbers(seed: 3)
    for round in 0..<400 {
      let alphabet: ClosedRange<UInt8> = round % 2 == 0 ? 0...255 : 0...2
      let a = (0..<Int.random(in: 0...300, using: &numbers)).map { _ in
        UInt8.random(in: alphabet, using: &numbers)
      }
      var b = a
      for _ in 0..<Int.random(in: 0...4, using: &numbers) where !b.isEmpty {
        let start = Int.random(in: 0..<b.count, using: &numbers)
        let piece = Array(b[start..<min(b.count, start + 40)])
        b.removeSubrange(start..<(start + piece.count))
        if Bool.random(using: &numbers) {
          b.insert(contentsOf: piece, at: Int.random(in: 0...b.count, using: &numbers))
        }
      }
      check(a, b, .moving(a, b))
      check(a, a, .moving(a, a))
      if a.count == b.count { check(a, b, .positional(a, b)) }
    }
  }

  @Test func findsWhatMoved() {
    let x = Array("the first piece of some length; ".utf8)
    let y = Array("and another one that is not shorter. ".utf8)
    let alignment = BlockAlignment.moving(x + y, y + x)
    #expect(alignment.gaps.reduce(0) { $0 + $1.count } <= 2)
    #expect(alignment.movedMatches.count == 1)
    #expect(alignment.movedBytes >= x.count)
  }
}
