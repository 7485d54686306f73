import Failing
import Planning
import Testing

@Suite struct VariationTests {
  /// What leg B has otherwise than leg A, one entry for each condition.
  private static func changed(_ a: Conditions, _ b: Conditions) -> [String] {
    func name(_ name: String, _ differs: Bool) -> [String] { differs ? [name] : [] }
    return name("hostname", a.hostname != b.hostname)
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
      + name("randomizesAddresses", a.randomizesAddresses != b.randomizesAddresses)
      + name("randomSeed", a.randomSeed != b.randomSeed)
      + name("clockOffset", a.clockOffset != b.clockOffset)
      + name("home", a.home != b.home)
      + name("temporary", a.temporary != b.temporary)
  }

  private static let expected: [Variation: [String]] = [
    .hostname: ["hostname"],
    .user: ["userName", "uid", "gid"],
    .timezone: ["timezone"],
    .locale: ["locale"],
    .umask: ["umask"],
    .environment: ["noise"],
    .cpus: ["cpuCount", "jobs"],
    .readdir: ["reversesListings"],
    .aslr: ["randomizesAddresses"],
    .random: ["randomSeed"],
    .clock: ["clockOffset"],
    .home: ["home"],
    .tmpdir: ["temporary"],
  ]

  @Test(arguments: Variation.allCases) func aVariationChangesItsOwnConditionOnly(
    _ variation: Variation
  ) {
    let canonical = Conditions.canonical(cpuCount: 4, jobs: 4)
    let varied = canonical.varied([variation])
    #expect(Self.changed(canonical, varied) == Self.expected[variation])
  }

  @Test func allVariationsTogetherChangeEverything() {
    let canonical = Conditions.canonical(cpuCount: 4, jobs: 4)
    let all = Self.changed(canonical, canonical.varied(Variation.allCases))
    #expect(all.sorted() == Self.expected.values.flatMap { $0 }.sorted())
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

  @Test func defaultIsEverythingAndNoneIsNothing() throws {
    #expect(try Variation.set(["default"]) == Variation.allCases)
    #expect(try Variation.set(["readdir", "default"]) == Variation.allCases)
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
