import Reading
import Testing

@Suite struct LineDifferenceTests {
  private func lines(_ old: String, _ new: String) -> [String] {
    LineDifference.lines(from: Array(old.utf8), to: Array(new.utf8))
  }

  @Test func showsWhatDiffers() {
    #expect(lines("a\nb\nc\n", "a\nB\nc\n") == ["@ line 2", "- b", "+ B"])
    #expect(lines("a\nc\n", "a\nb\nc\n") == ["@ line 2", "+ b"])
    #expect(lines("a\nb\nc\nd\n", "b\nc\n") == ["@ line 1", "- a", "@ line 3", "- d"])
    #expect(lines("", "x") == ["@ line 1", "- ", "+ x"])
    #expect(lines("x", "x\n") == ["@ line 2", "+ "])
  }

  @Test func isBounded() {
    let many = (0..<100).map { "l\($0)\n" }.joined()
    let shown = lines("", many)
    #expect(shown.count == LineDifference.lineLimit + 2)
    #expect(shown.last == "and 88 more lines")
    let long = lines("a", String(repeating: "x", count: 500))
    #expect(long[2].count == LineDifference.widthLimit + 3 && long[2].hasSuffix("…"))
    // Beyond the table of common lines.
    let big = (0..<3000).map { "\($0)\n" }.joined()
    let bigger = (0..<3000).map { "\($0 + 7000)\n" }.joined()
    #expect(lines(big, bigger).count <= LineDifference.lineLimit + 3)
  }

  @Test func showsNoControlCharactersAndNoBinaries() {
    #expect(lines("a", "\u{1B}[2J") == ["@ line 1", "- a", "+ \\u{1b}[2J"])
    #expect(
      LineDifference.lines(from: [1, 0, 2], to: [1, 0, 3])
        == ["binary, differs from byte 2 on"])
    #expect(
      LineDifference.lines(from: [0xFF], to: [0xFF, 1]) == ["binary, differs from byte 1 on"])
  }
}
