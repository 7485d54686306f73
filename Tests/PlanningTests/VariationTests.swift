import Failing
import Planning
import Testing

@Suite struct VariationTests {
  /// What leg B has otherwise than leg A, one entry for each condition.
  private static func changed(_ a: Conditions, _ b: Conditions) -> [String] {
    func name(_ name: String, _ differs: Bool) -> [String] { differs ? [name] : [] }
    return name("hostname", a.hostname != b.hostname)
      + name("domain", a.domain != b.domain)
      + name("userName", a.userName != b.userName)
      + name("uid", a.uid != b.uid)
      + name("gid", a.gid != b.gid)
      + name("timezone", a.timezone != b.timezone)
      + name("locale", a.locale != b.locale)
      + name("umask", a.umask != b.umask)
      + name("noise", a.noise != b.noise)
      + name("cpuCount", a.cpuCount != b.cpuCount)
      + name("jobs", a.jobs != b.jobs)
      + name("reversesListings", a.reversesListings != b.reversesListings)
      + name("listingSeed", a.listingSeed != b.listingSeed)
      + name("randomizesAddresses", a.randomizesAddresses != b.randomizesAddresses)
      + name("randomSeed", a.randomSeed != b.randomSeed)
      + name("reportsOldKernel", a.reportsOldKernel != b.reportsOldKernel)
      + name("clockOffset", a.clockOffset != b.clockOffset)
      + name("home", a.home != b.home)
      + name("temporary", a.temporary != b.temporary)
      + name("sourceTime", a.sourceTime != b.sourceTime)
      + name("niceness", a.niceness != b.niceness)
      + name("root", a.root != b.root)
  }

  private static let expected: [Variation: [String]] = [
    .hostname: ["hostname"],
    .domain: ["domain"],
    .user: ["userName", "uid", "gid"],
    .timezone: ["timezone"],
    .locale: ["locale"],
    .umask: ["umask"],
    .environment: ["noise"],
    .cpus: ["cpuCount", "jobs"],
    .readdir: ["reversesListings"],
    .aslr: ["randomizesAddresses"],
    .random: ["randomSeed"],
    .kernel: ["reportsOldKernel"],
    .clock: ["clockOffset"],
    .home: ["home"],
    .tmpdir: ["temporary"],
    .mtimes: ["sourceTime"],
    .niceness: ["niceness"],
    .paths: ["home", "temporary", "root"],
  ]

  @Test(arguments: Variation.allCases) func aVariationChangesItsOwnConditionOnly(
    _ variation: Variation
  ) {
    let canonical = Conditions.canonical(cpuCount: 4, jobs: 4)
    let varied = canonical.varied([variation])
    #expect(Self.changed(canonical, varied) == Self.expected[variation])
  }

  /// What a seed draws is never what leg A has, with few CPUs too.
  @Test(arguments: Variation.allCases) func everySeedChangesTheSameConditions(
    _ variation: Variation
  ) {
    for count in [1, 2, 64] {
      let canonical = Conditions.canonical(cpuCount: count, jobs: count)
      var expected = Self.expected[variation]
      if variation == .readdir { expected = ["listingSeed"] }
      if variation == .cpus, count == 1 { expected = ["jobs"] }
      for seed in [0, 1, 2, 3, 4, 5, 6, 7, Plan.largestSeed] as [UInt64] {
        let varied = canonical.varied([variation], seed: seed)
        #expect(Self.changed(canonical, varied) == expected, "seed \(seed)")
        #expect(varied == canonical.varied([variation], seed: seed))
        #expect((1...count).contains(varied.cpuCount) && varied.jobs >= 1)
      }
    }
  }

  /// Whoever changes how values are drawn changes what every seed means. The numbers were computed by
  /// another program after docs/record.md, too.
  @Test func aSeedMeansWhatItAlwaysMeant() {
    let varied = Conditions.canonical(cpuCount: 8, jobs: 8).varied(Variation.standard, seed: 1)
    #expect(varied.hostname == "ddrls")
    #expect(varied.domain == "ldfyxlpis.example")
    #expect(varied.userName == "uanii")
    #expect([varied.uid, varied.gid] == [32660, 6356])
    #expect([varied.timezone, varied.locale] == ["VAR-5:00", "et_EE.UTF-8"])
    #expect(varied.umask == 0o077)
    #expect(
      varied.noise.map(\.name) == [
        "CUPEL_VARIED_1_DDIPPKOC", "CUPEL_VARIED_2_PXWOX", "CUPEL_VARIED_3_XZF", "CUPEL_VARIED_4_C",
        "CUPEL_VARIED_5_BJK", "CUPEL_VARIED_SIZE",
      ])
    #expect([varied.cpuCount, varied.jobs, varied.niceness] == [2, 9, 15])
    #expect(varied.listingSeed == 8_747_231_888_361_942)
    #expect(varied.randomSeed == 6_440_221_716_539_215)
    #expect([varied.home, varied.temporary] == ["/build/home-anpwadn", "/build/tmp-vsilkqtgaffs"])
    #expect(varied.sourceTime == 598_112_597)
  }

  /// The values of a variation do not depend on what else is varied.
  @Test func variationsAreDrawnEachForItself() {
    let canonical = Conditions.canonical(cpuCount: 8, jobs: 8)
    let all = canonical.varied(Variation.allCases, seed: 5)
    var together = canonical
    for variation in Variation.allCases.reversed() {
      together = together.varied([variation], seed: 5)
    }
    #expect(all.hostname == together.hostname && all.noise == together.noise)
    #expect(all.home == together.home && all.randomSeed == together.randomSeed)
    #expect(all.randomSeed != all.listingSeed)
  }

  @Test func seedsDiffer() {
    let canonical = Conditions.canonical(cpuCount: 8, jobs: 8)
    let drawn = (0..<100).map { canonical.varied(Variation.allCases, seed: $0) }
    #expect(Set(drawn.map(\.hostname)).count == 100)
    #expect(Set(drawn.map(\.randomSeed)).count == 100)
    #expect(Set(drawn.map(\.umask)) == [0o077, 0o027, 0o007, 0o002])
    #expect(Set(drawn.map(\.locale)).count == 8)
    #expect(Set(drawn.map(\.cpuCount)) == Set(1...7))
    #expect(Set(drawn.map(\.niceness)).count > 10)
    #expect(drawn.allSatisfy { !$0.timezone.contains("VAR+0") && $0.uid != 1000 })
  }

  @Test func allVariationsTogetherChangeEverything() {
    let canonical = Conditions.canonical(cpuCount: 4, jobs: 4)
    let all = Self.changed(canonical, canonical.varied(Variation.allCases))
    #expect(Set(all) == Set(Self.expected.values.flatMap { $0 }))
  }

  @Test func noVariationChangesNothing() {
    let canonical = Conditions.canonical(cpuCount: 4, jobs: 4)
    #expect(canonical.varied([]) == canonical)
  }

  /// There is no build on no CPU: the number of jobs differs even where CPUs cannot.
  @Test func aSingleCPUIsKept() {
    let varied = Conditions.canonical(cpuCount: 1, jobs: 1).varied([.cpus])
    #expect(varied.cpuCount == 1)
    #expect(varied.jobs == 2)
  }

  @Test func noiseReachesTheEnvironmentOfLegBAlone() throws {
    let plan = try Example.plan { $0.variations = [.environment] }
    let noise = plan.legs.map { $0.environment.filter { $0.name.hasPrefix("CUPEL_VARIED_") } }
    #expect(noise[0].isEmpty)
    #expect(noise[1] == plan.legs[1].conditions.noise)
    #expect(!noise[1].isEmpty)
  }

  /// Another day, month, year and day of the week, whenever the build is.
  @Test func theClockGoesToAnotherDateAltogether() throws {
    let plan = try Example.plan { $0.variations = [.clock] }
    #expect(plan.legs[0].clockLibrary == nil)
    #expect(plan.legs[1].clockLibrary == ClockLibrary(offset: 398 * 86400))
    #expect(plan.legs[1].clockLibrary?.command.contains("-DOFFSET=34387200L") == true)
    #expect(plan.legs[0].environment.map(\.name) == plan.legs[1].environment.map(\.name))
    #expect(String(decoding: ClockLibrary.source, as: UTF8.self).contains("clock_gettime"))
  }

  // MARK: Choosing

  @Test func namesAreReadInAnyOrderAndOnce() throws {
    #expect(try Variation.set(["tmpdir", "hostname", "tmpdir"]) == [.hostname, .tmpdir])
    #expect(try Variation.set(Variation.allCases.map(\.rawValue)) == Variation.allCases)
  }

  @Test func defaultIsEverythingButPathsAndNoneIsNothing() throws {
    #expect(try Variation.set(["default"]) == Variation.allCases.filter { $0 != .paths })
    #expect(try Variation.set(["readdir", "default"]) == Variation.standard)
    #expect(try Variation.set(["default", "paths"]) == Variation.allCases)
    #expect(try Variation.set(["none"]) == [])
  }

  @Test func noNamesAtAllAreRefused() {
    let error = #expect(throws: PlanningError.self) { try Variation.set([]) }
    #expect(error?.message == "choosing variations: no name is given")
    #expect(error?.exitCode == .usage)
  }

  @Test(arguments: ["", "Hostname", "host", "default ", "all"])
  func unknownNamesAreRefused(_ name: String) {
    let error = #expect(throws: PlanningError.self) { try Variation.set(["umask", name]) }
    #expect(error?.message == "choosing variations: `\(name)` is none")
    for variation in Variation.allCases {
      #expect(error?.hint?.contains(variation.rawValue) == true)
    }
    #expect(error?.exitCode == .usage)
  }

  @Test(arguments: [
    ["none", "umask"], ["umask", "none"], ["none", "default"], ["none", "none"],
  ])
  func noneStandsAlone(_ names: [String]) {
    let error = #expect(throws: PlanningError.self) { try Variation.set(names) }
    #expect(error?.message == "choosing variations: `none` stands beside others")
    #expect(error?.hint == "give `none` alone, or the names you want")
  }
}
