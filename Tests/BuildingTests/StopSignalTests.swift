import Failing
import Testing

@testable import Building

@Suite struct StopSignalTests {
  @Test func theFirstReasonIsKept() throws {
    let signal = try StopSignal()
    #expect(signal.reason == nil)
    signal.raise(.cargo(leg: "B", status: 101, words: [], denials: []))
    signal.raise(.interrupted)
    #expect(signal.reason?.exitCode == .buildFailed)
  }
}
