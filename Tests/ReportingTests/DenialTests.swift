import Building
import Linux
import Reading
import Sandboxing
import Testing

@testable import Reporting

/// What a report says of refused attempts.
@Suite struct DenialTests {
  private static func denial(
    _ call: String, _ category: Profile.Category = .network, packages: [(String, String)] = [],
    step: Unit.Step = .buildScript, count: Int = 1
  ) -> UnitDenial {
    let script = "/build/target/release/build/evil-sys-0a/build-script-build"
    let caller = ProcessTrace(processes: [
      ProcessTrace.Process(
        pid: 11, executable: "/usr/bin/curl", arguments: ["curl", "http://127.0.0.1"],
        environment: [:], libraries: []),
      ProcessTrace.Process(
        pid: 10, executable: script, arguments: [], environment: [:], libraries: ["/build/x.so"]),
    ])
    return UnitDenial(
      denial: Denial(category: category, call: call, error: .EPERM, caller: caller),
      unit: Unit(
        step: step, packages: packages.compactMap { CargoPackage(name: $0.0, version: $0.1) },
        compiling: step == .procMacro ? "app" : nil, evidence: .kernel, executable: script),
      count: count)
  }

  static let connect = denial(
    "connect(AF_INET, 127.0.0.1:8443)", packages: [("evil-sys", "0.3.1")], count: 3)
  static let macro = denial(
    "mount(\"/\")", .mount, packages: [("a", "1.0.0"), ("b", "2.0.0")], step: .procMacro)

  private static func leg(_ denials: UnitDenial...) -> Denials { Denials(denials) }

  @Test func theSummaryTellsEachAttemptOnce() throws {
    let bench = try Bench()
    let report = try bench.report(
      [("app", "x")], [("app", "x")],
      denials: ["A": Self.leg(Self.connect, Self.macro), "B": Self.leg(Self.connect)])
    #expect(
      report.words(output: "out").contains(
        """
        attempts that the sandbox refused (network: refused by policy):
          curl, run by the build script of evil-sys 0.3.1, tried connect(AF_INET, 127.0.0.1:8443): refused (3 times)
          curl, run by one of the proc macros of a 1.0.0, b 2.0.0 (while compiling app), tried mount("/"): refused (in leg A only)
        plan sha256:
        """))
    #expect(report.refusal?.categories == [.network])
  }

  @Test func aPolicyOfNoneRefusesNothing() throws {
    let bench = try Bench()
    let report = try bench.report(
      [("app", "x")], nil, denials: ["A": Self.leg(Self.connect)], policy: .none)
    #expect(report.words(output: "out").contains("\nattempts that the sandbox refused:\n  curl, "))
    #expect(report.refusal == nil)
    let policy = report.record["policy"]
    #expect(policy?["refused"]?.boolValue == false)
    #expect(policy?["denyIsFailure"]?.arrayValue == [])
  }

  @Test func longSummariesAreCut() throws {
    let bench = try Bench()
    let denials = Denials(
      (0..<50).map { Self.denial("connect(AF_INET, 127.0.0.1:\($0))") }, unlisted: 7)
    let words = try bench.report([("app", "x")], nil, denials: ["A": denials]).words(output: "o")
    #expect(words.contains(":19): refused\n  and 37 more, see record.json\n"))
    #expect(!words.contains(":20): refused"))
  }

  /// Not to have looked is not the same as nothing.
  @Test func aKernelThatShowsNoneIsNamed() throws {
    let bench = try Bench()
    let report = try bench.report([("app", "x")], nil, reportsDenials: false)
    #expect(report.words(output: "o").contains("refused are not known: this kernel"))
    #expect(report.record["legs"]?[0]?["denialsReported"]?.boolValue == false)
  }

  @Test func theRecordHasEveryAttempt() throws {
    let bench = try Bench()
    let report = try bench.report(
      [("app", "x")], [("app", "x")],
      denials: ["A": Self.leg(Self.connect, Self.macro), "B": Self.leg()])
    let record = report.record
    #expect(record["policy"]?["refused"]?.boolValue == true)
    #expect(record["policy"]?["categories"]?[0]?.stringValue == "network")
    #expect(record["legs"]?[1]?["denials"]?.arrayValue == [])
    let denials = record["legs"]?[0]?["denials"]
    #expect(
      denials?[0].map { String(decoding: $0.compactBytes(), as: UTF8.self) }
        == #"{"category":"network","call":"connect(AF_INET, 127.0.0.1:8443)","error":"EPERM","#
        + #""count":3,"step":"build-script","package":"evil-sys","version":"0.3.1","#
        + #""candidates":[],"compiling":null,"evidence":"kernel","executable":"/usr/bin/curl","#
        + #""processes":[{"executable":"/usr/bin/curl","arguments":["curl","http://127.0.0.1"],"#
        + #""libraries":[]},{"executable":"/build/target/release/build/evil-sys-0a/"#
        + #"build-script-build","arguments":[],"libraries":["/build/x.so"]}],"#
        + #""words":"curl, run by the build script of evil-sys 0.3.1, tried "#
        + #"connect(AF_INET, 127.0.0.1:8443): refused (3 times)"}"#)
    let candidates = denials?[1]?["candidates"]?.arrayValue ?? []
    #expect(candidates.compactMap { $0["package"]?.stringValue } == ["a", "b"])
    #expect(denials?[1]?["package"]?.stringValue == nil)
    #expect(denials?[1]?["compiling"]?.stringValue == "app")
  }

  @Test func anEventHasTheMembersOfTheRecord() throws {
    let event = BuildEvent.denied(leg: "B", Self.connect).json
    #expect(event["event"]?.stringValue == "denial")
    #expect(event["leg"]?.stringValue == "B")
    #expect(event["package"]?.stringValue == "evil-sys")
    #expect(event["words"]?.stringValue == Self.connect.words)
  }
}
