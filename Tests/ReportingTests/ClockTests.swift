import Building
import Planning
import Reading
import Reporting
import Testing

@testable import Sandboxing

/// What is told of a clock that was not moved everywhere.
@Suite struct ClockTests {
  private static let same = [("app", "abc")]
  private static let unreached =
    "which programs the varied clock reached is not known: this kernel does not show it\n"

  private static func report(
    _ reach: PreloadReach?, _ obstacle: String? = nil
  ) throws -> (words: String, varied: [String], clock: [String: String]) {
    let report = try Bench().report(
      same, same, variations: [.umask, .clock], clock: (reach: reach, obstacle: obstacle))
    let record = report.record
    let varied = record["verdict"]?["variations"]?.arrayValue ?? []
    let clock = record["legs"]?[1]?["clock"]?.objectValue ?? .init()
    return (
      report.words(output: "o"), varied.compactMap(\.stringValue),
      Dictionary(
        clock.members.map { ($0.key, String(decoding: $0.value.compactBytes(), as: UTF8.self)) },
        uniquingKeysWith: { first, _ in first })
    )
  }

  @Test func aClockThatReachedEverythingIsClaimed() throws {
    let (words, varied, clock) = try Self.report(Bench.reach())
    #expect(varied == ["umask", "clock"])
    #expect(!words.contains("the clock"))
    #expect(clock["offset"] == "34387200")
    #expect(clock["reached"] == "3")
    #expect(
      clock["programs"]
        == #"[{"executable":"/usr/bin/cargo","count":1},{"executable":"/usr/bin/rustc","count":2}]"#
    )
    #expect(clock["missed"] == "[]")
    #expect(clock["obstacle"] == "null")
  }

  @Test func whatItDidNotReachIsNamed() throws {
    let one = try Self.report(Bench.reach(missed: [("/build/target/x", .none, 2)]))
    #expect(one.words.contains("\nthe clock did not reach: /build/target/x (static)\n"))
    #expect(one.varied == ["umask", "clock"])
    #expect(
      one.clock["missed"]
        == #"[{"executable":"/build/target/x","linkage":"static","count":2,"step":"unknown","#
        + #""packages":[],"evidence":"none","words":"/build/target/x (static)"}]"#)
    let many = try Self.report(
      Bench.reach(missed: (1...7).map { ("/usr/bin/tool\($0)", .otherLoader, 1) }))
    #expect(
      many.words.contains(
        "\nthe clock did not reach:\n  tool1 (of another C library)\n  tool2 (of another C library)\n"
      ))
    #expect(many.words.contains("\n  and 2 more, see record.json\n"))
  }

  @Test func aClockThatReachedNothingIsNotClaimed() throws {
    let (words, varied, clock) = try Self.report(PreloadReach())
    #expect(varied == ["umask"])
    #expect(words.contains("\nand had in common: paths inside the sandbox, the clock, kernel"))
    #expect(words.contains("\nthe clock was not varied: it reached no program\n"))
    #expect(clock["reached"] == "0")
  }

  @Test func aKernelThatDoesNotShowItIsNamed() throws {
    let (words, varied, clock) = try Self.report(nil)
    #expect(varied == ["umask"])
    #expect(words.contains(Self.unreached))
    #expect(clock["reached"] == "null" && clock["missed"] == "null")
  }

  @Test func aLibraryThatCannotBeMadeIsNamed() throws {
    let (words, varied, clock) = try Self.report(nil, "the rootfs has no cc")
    #expect(varied == ["umask"])
    #expect(words.contains("\nthe clock was not varied: the rootfs has no cc\n"))
    #expect(!words.contains(Self.unreached))
    #expect(clock["library"] == "null")
    #expect(clock["obstacle"] == #""the rootfs has no cc""#)
  }
}
