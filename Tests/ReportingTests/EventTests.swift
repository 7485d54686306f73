import Building
import Reading
import Reporting
import Testing

/// The lines of `--message-format json`.
@Suite struct EventTests {
  static let lines: [(BuildEvent, String)] = [
    (.started(leg: "A"), #"{"event":"leg-started","leg":"A"}"#),
    (
      .progress(leg: "B", done: 3, total: 10, current: "libc, memchr"),
      #"{"event":"progress","leg":"B","done":3,"total":10,"current":"libc, memchr"}"#
    ),
    (
      .line(leg: "A", "say \"x\""), #"{"event":"line","leg":"A","text":"say \"x\""}"#
    ),
    (
      .finished(leg: "A", seconds: 1.2346),
      #"{"event":"leg-finished","leg":"A","milliseconds":1235}"#
    ),
  ]

  @Test(arguments: lines.indices) func eventsAreOneLineEach(_ index: Int) {
    let (event, line) = Self.lines[index]
    #expect(String(decoding: event.json.compactBytes(), as: UTF8.self) == line)
  }
}
