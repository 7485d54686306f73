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
    var denials = Denials()
    var areNew: [Bool] = []
    for (call, package) in [
      ("1", "evil-sys"), ("1", "evil-sys"), ("1", "evil-sys"), ("2", "evil-sys"), ("1", "other"),
    ] {
      areNew.append(
        denials.add(Self.denial("connect(AF_INET, 127.0.0.1:\(call))", by: package)))
    }
    #expect(areNew == [true, false, false, true, true])
    #expect(
      denials.listed.map(\.words) == [
        "build script of evil-sys 0.3.1 tried connect(AF_INET, 127.0.0.1:1): refused (3 times)",
        "build script of evil-sys 0.3.1 tried connect(AF_INET, 127.0.0.1:2): refused",
        "build script of other 0.3.1 tried connect(AF_INET, 127.0.0.1:1): refused",
      ])
    #expect(denials.categories == [.network])
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
    func leg(_ denials: UnitDenial...) -> Denials { Denials(denials) }
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
        == "build script of evil-sys 0.3.1 tried connect(a): refused, and 1 other attempt")
    let all = try #require(
      Refusal([mounting, calling], by: DenialPolicy(failing: [.mount, .network])))
    #expect(all.categories == [.network, .mount])
    #expect(all.attempts.map(\.denial.call) == ["mount()", "connect(a)", "connect(b)"])
    // What had no room in the list may have been anything.
    let flood = Denials([Self.denial("mount()", .mount)], unlisted: 1)
    #expect(
      Refusal([flood], by: .network)?.words()
        == "too many attempts were refused to tell whether any was of these kinds: network")
    #expect(Refusal([flood], by: .none) == nil)
  }

  /// cargo says which package failed; its attempt is the likely cause.
  @Test func theCauseIsTheAttemptOfThePackageThatFailed() throws {
    let attempts = [Self.denial("connect(a)"), Self.denial("connect(b)", by: "other")]
    let refusal = try #require(
      Refusal([Denials(attempts)], by: .network))
    let lines = ["error: failed to run custom build command for `other v0.3.1 (/build/src)`"]
    let error = BuildingError.denied(leg: "A", status: 101, refusal: refusal, words: lines)
    #expect(
      error.chain == """
        building leg A: cargo ended with status 101, probably because build script of other \
        0.3.1 tried connect(b): refused, and 1 other attempt
        \(lines[0])
        """)
    #expect(error.exitCode == .policyRefused)
    #expect(refusal.words().contains("connect(a)"))
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
    let counted = [(denial: denial, count: 2)]
    #expect(Denials(counted, unlisted: 0, unit: early.unit).listed[0].unit.packages.isEmpty)
    #expect(
      Denials(counted, unlisted: 0, unit: AttributionTests.announced.unit).listed.map(\.words) == [
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
      UnitDenial(denial: denial, unit: .outsideBuilds(caller)).words
        == "dash tried connect(AF_INET6, [::1]:53): refused")
  }
}
