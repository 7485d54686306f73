import Failing
import Reading
import Sandboxing
import Testing

@testable import Building

/// How refused attempts are counted, chosen and told.
@Suite struct DenialTests {
  static func denial(
    _ call: String, _ category: Profile.Category = .network, by package: String = "evil-sys",
    count: Int = 1
  ) -> UnitDenial {
    let executable = "/build/target/release/build/\(package)-0a/build-script-build"
    let caller = ProcessTrace(processes: [
      ProcessTrace.Process(
        pid: 7, executable: executable, arguments: [], environment: [:], libraries: [])
    ])
    return UnitDenial(
      denial: Denial(category: category, call: call, error: .EPERM, caller: caller),
      unit: Unit(
        step: .buildScript,
        packages: [CargoPackage(name: package, version: "0.3.1")].compactMap { $0 },
        evidence: .kernel, executable: executable), count: count)
  }

  @Test func theSameAttemptIsCounted() {
    let log = DenialLog()
    #expect(log.take(Self.denial("connect(AF_INET, 127.0.0.1:1)")))
    #expect(!log.take(Self.denial("connect(AF_INET, 127.0.0.1:1)")))
    #expect(!log.take(Self.denial("connect(AF_INET, 127.0.0.1:1)")))
    #expect(log.take(Self.denial("connect(AF_INET, 127.0.0.1:2)")))
    #expect(log.take(Self.denial("connect(AF_INET, 127.0.0.1:1)", by: "other")))
    #expect(
      log.all.listed.map(\.words) == [
        "build script of evil-sys 0.3.1 tried connect(AF_INET, 127.0.0.1:1): refused (3 times)",
        "build script of evil-sys 0.3.1 tried connect(AF_INET, 127.0.0.1:2): refused",
        "build script of other 0.3.1 tried connect(AF_INET, 127.0.0.1:1): refused",
      ])
    #expect(log.all.unlisted == 0)
  }

  /// A unit that tries without end fills neither the memory nor the place of others.
  @Test func floodsAreBounded() {
    let log = DenialLog()
    for port in 0..<1000 { log.take(Self.denial("connect(AF_INET, 127.0.0.1:\(port))")) }
    #expect(log.all.listed.count == 64)
    #expect(log.all.unlisted == 936)
    #expect(log.take(Self.denial("mount()", .mount)))
    #expect(log.take(Self.denial("connect(AF_INET, 127.0.0.1:1)", by: "other")))
    for unit in 0..<3000 { log.take(Self.denial("ptrace()", .process, by: "x\(unit)")) }
    #expect(log.all.listed.count == 2048)
    log.take(Self.denial("clock_settime()", .clock, by: "late"))
    #expect(log.all.categories == [.network, .mount, .process, .clock])
  }

  @Test func aSocketIsLeftOutWhereItsUseIsSeen() {
    let all = [
      Self.denial("socket(AF_INET, SOCK_RAW)"), Self.denial("connect(AF_INET, 127.0.0.1:1)"),
      Self.denial("socket(AF_INET, SOCK_RAW)", by: "other"),
      Self.denial("mount()", .mount, by: "other"),
    ]
    #expect(
      all.mostTelling.map { "\($0.unit.packages[0].name) \($0.denial.call)" } == [
        "evil-sys connect(AF_INET, 127.0.0.1:1)", "other socket(AF_INET, SOCK_RAW)",
        "other mount()",
      ])
  }

  @Test func aPolicyLooksAtItsCategoriesInEveryLeg() throws {
    func leg(_ denials: UnitDenial...) -> LegDenials {
      LegDenials(listed: denials, categories: Set(denials.map(\.denial.category)))
    }
    let quiet = leg()
    let mounting = leg(Self.denial("mount()", .mount))
    let calling = leg(
      Self.denial("mount()", .mount), Self.denial("connect(a)"), Self.denial("connect(b)"))
    #expect(Refusal([quiet, quiet], by: .network) == nil)
    #expect(Refusal([mounting, mounting], by: .network) == nil)
    #expect(Refusal([quiet, calling], by: .none) == nil)
    let refusal = try #require(Refusal([quiet, calling], by: .network))
    #expect(refusal.categories == [.network])
    #expect(
      refusal.words()
        == "build script of evil-sys 0.3.1 tried connect(b): refused, and 1 other attempt")
    let all = try #require(
      Refusal([mounting, calling], by: DenialPolicy(failing: [.mount, .network])))
    #expect(all.categories == [.network, .mount])
    #expect(all.attempts.map(\.denial.call) == ["mount()", "connect(a)", "connect(b)"])
    // What had no room in the lists counts all the same.
    let hidden = LegDenials(unlisted: 1, categories: [.network])
    #expect(
      Refusal([hidden], by: .network)?.words()
        == "attempts were refused, too many to list (network)")
  }

  /// cargo says which package failed; its attempt is the likely cause.
  @Test func theCauseIsTheAttemptOfThePackageThatFailed() throws {
    let attempts = [Self.denial("connect(a)"), Self.denial("connect(b)", by: "other")]
    let refusal = try #require(
      Refusal([LegDenials(listed: attempts, categories: [.network])], by: .network))
    let lines = ["error: failed to run custom build command for `evil-sys v0.3.1 (/build/src)`"]
    let error = BuildingError.denied(leg: "A", status: 101, refusal: refusal, words: lines)
    #expect(
      error.chain == """
        building leg A: cargo ended with status 101, probably because build script of evil-sys \
        0.3.1 tried connect(a): refused, and 1 other attempt
        \(lines[0])
        """)
    #expect(error.exitCode == .policyRefused)
    #expect(refusal.words().contains("connect(b)"))
  }

  @Test func otherAttemptsAreANoteToTheFailure() {
    let error = BuildingError.cargo(
      leg: "A", status: 101, words: ["error: x"], denials: [Self.denial("mount()", .mount)])
    #expect(
      error.chain == """
        building leg A: cargo ended with status 101
        error: x
        note: build script of evil-sys 0.3.1 tried mount(): refused
        """)
    #expect(error.exitCode == .buildFailed)
  }

  @Test func unitsAreKnownBetterInTheEnd() {
    let caller = ProcessTrace(processes: [
      ProcessTrace.Process(
        pid: 7, executable: AttributionTests.script, arguments: [], environment: [:], libraries: [])
    ])
    let denial = Denial(category: .network, call: "bind()", error: .EPERM, caller: caller)
    let early = AttributionTests.attribution(announcing: [])
    let log = DenialLog()
    log.take(UnitDenial(denial: denial, unit: early.unit(of: caller), count: 2))
    #expect(log.all.listed[0].unit.packages.isEmpty)
    #expect(
      log.all(AttributionTests.announced.unit).listed.map(\.words) == [
        "build script of evil-sys 0.3.1 tried bind(): refused (2 times)"
      ])
  }

  @Test func programsOutsideBuildsAreNamed() {
    let caller = ProcessTrace(processes: [
      ProcessTrace.Process(
        pid: 7, executable: "/usr/bin/dash", arguments: [], environment: [:], libraries: [])
    ])
    let denial = Denial(
      category: .network, call: "connect(AF_INET6, [::1]:53)", error: .EPERM, caller: caller)
    #expect(
      UnitDenial(outsideBuilds: denial).words
        == "dash tried connect(AF_INET6, [::1]:53): refused")
  }
}
