import Reading
import Testing

@Suite struct UTCTimeTests {
  @Test(
    arguments: [
      ("2026-07-11T10:16:37Z", 1_783_764_997), ("1970-01-01T00:00:00Z", 0),
      ("2000-02-29T23:59:59Z", 951_868_799), ("2100-03-01T00:00:00Z", 4_107_542_400),
      ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] as [(String, Int64)])
  func readsAndWrites(text: String, seconds: Int64) throws {
    let time = try #require(UTCTime(iso: text))
    #expect(time.seconds == seconds)
    #expect(time.text == text)
    #expect(UTCTime(snapshot: time.snapshotName) == time)
  }

  @Test func readsReleaseFiles() {
    #expect(
      UTCTime(release: "Sat, 11 Jul 2026 10:16:37 UTC") == UTCTime(iso: "2026-07-11T10:16:37Z"))
    #expect(
      UTCTime(release: "Thu, 1 Jan 1970 00:00:01 +0000") == UTCTime(iso: "1970-01-01T00:00:01Z"))
    #expect(UTCTime(snapshot: "2026-11-01") == UTCTime(iso: "2026-11-01T00:00:00Z"))
  }

  @Test(arguments: [
    "", "2026-7-11T10:16:37Z", "2026-07-11T10:16:37", "2026-07-11 10:16:37Z",
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
    "1969-12-31T23:59:59Z", "2026-01-01T00:00:0\u{664}Z", "+026-01-01T00:00:00Z",
  ])
  func refuses(text: String) {
    #expect(UTCTime(iso: text) == nil)
    #expect(UTCTime(snapshot: text) == nil)
    #expect(UTCTime(release: text) == nil)
  }

  @Test(arguments: [
    "Sat, 11 Jul 2026 10:16:37 CEST", "Sat, 32 Jul 2026 10:16:37 UTC", "11 Jul 2026 10:16:37 UTC",
    "Sat, 11 Yul 2026 10:16:37 UTC", "Sat, 11 Jul 26 10:16:37 UTC",
  ])
  func refusesOtherDates(text: String) {
    #expect(UTCTime(release: text) == nil)
  }

  /// Every day of four centuries has the next one after it.
  @Test func daysFollowEachOther() {
    for day in stride(from: Int64(0), to: 146_097, by: 13) {
      let time = UTCTime(seconds: day * 86_400)
      #expect(UTCTime(iso: time.text) == time)
    }
  }
}
