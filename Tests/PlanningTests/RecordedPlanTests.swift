import Hashing
import Planning
import Reading
import Testing

@Suite struct RecordedPlanTests {
  private static func read(_ plan: Plan) throws -> RecordedPlan {
    try RecordedPlan(parsing: plan.json.canonicalBytes(), file: "plan.json")
  }

  /// The plan that is made of what was read.
  private static func again(_ recorded: RecordedPlan, like example: Example) throws -> Plan {
    var again = example
    again.inputs.source = recorded.source
    again.inputs.vendors = recorded.vendors
    again.inputs.toolchain = recorded.toolchain
    again.request = recorded.request
    again.profileName = recorded.profileName
    again.cpuCount = recorded.cpuCount
    again.jobs = recorded.jobs
    again.variations = recorded.variations
    again.seed = recorded.seed
    again.legCount = max(recorded.legCount, 2)
    return try again.plan()
  }

  @Test func aPlanIsMadeAgain() throws {
    var once = Example()
    once.variations = nil
    once.inputs.toolchain.digest = .hashing("toolchain")
    once.inputs.source.commit = nil
    once.request = BuildRequest(
      targets: ["x86_64-unknown-linux-gnu"], features: ["a"], workspace: true,
      cargoArguments: ["--ignore-rust-version"])
    var many = Example()
    many.seed = Plan.largestSeed
    many.legCount = Plan.mostLegs
    many.configured = [
      EnvironmentVariable("CFLAGS", "-O1  -g"), EnvironmentVariable("CXXFLAGS", "-O2"),
    ]
    for example in [Example(), once, many] {
      let plan = try example.plan()
      let recorded = try Self.read(plan)
      let again = try Self.again(recorded, like: example)
      #expect(again == plan)
      #expect(recorded.firstDifference(from: again) == nil)
      // It needs nothing but what it says itself.
      #expect(try recorded.plan(file: "plan.json") == plan)
      #expect(try recorded.plan(file: "plan.json", isOnce: true).legs == [plan.legs[0]])
    }
  }

  @Test func everyIngredientIsNamed() throws {
    let recorded = try Self.read(Example().plan())
    let other = Digest.hashing("other")
    let changes: [(ingredient: String, change: (inout Example) -> Void)] = [
      ("inputs.source.digest", { $0.inputs.source.digest = other }),
      ("inputs.source.commit", { $0.inputs.source.commit = nil }),
      ("inputs.cargoLock", { $0.inputs.cargoLock = other }),
      ("inputs.vendors[0].digest", { $0.inputs.vendors[0].digest = other }),
      ("inputs.vendors[0]", { $0.inputs.vendors = [] }),
      ("inputs.rootfs.lock", { $0.inputs.rootfs.lock = other }),
      ("inputs.toolchain.version", { $0.inputs.toolchain.version = "1.0.0" }),
      ("request.features[0]", { $0.request.features = ["more"] }),
      ("sandboxProfile.digest", { $0.profile = other }),
      ("legs[0].conditions.cpuCount", { $0.cpuCount = 5 }),
      ("legs[0].conditions.jobs", { $0.jobs = 5 }),
      ("legs[1]", { $0.variations = nil }),
      ("legs[1].seed", { $0.seed = 0 }),
      ("legs[2]", { $0.legCount = 3 }),
    ]
    for (ingredient, change) in changes {
      let difference = try #require(recorded.firstDifference(from: Example.plan(change)))
      #expect(difference.ingredient == ingredient)
      #expect(difference.recorded != difference.made)
    }
  }

  /// What stands in a plan beside what is known of it is a difference, too.
  @Test func nothingMoreIsAccepted() throws {
    let plan = try Example().plan()
    var object = try #require(plan.json.objectValue)
    object["more"] = 1
    let recorded = try RecordedPlan(
      parsing: JSON.object(object).canonicalBytes(), file: "plan.json")
    let difference = try #require(recorded.firstDifference(from: plan))
    #expect(difference.ingredient == "more")
    #expect(difference.made == "nothing")
  }

  @Test(arguments: [
    ("\"cupel-plan/1\"", "\"cupel-plan/2\""), ("\"cpuCount\":4", "\"cpuCount\":0"),
    ("\"cpuCount\":4", "\"cpuCount\":9007199254740991"), ("\"jobs\":4", "\"jobs\":\"4\""),
    ("crates/app", "../app"), ("crates/app", "/app"), ("crates/app", "a//b"),
    ("\"aslr\"", "\"alsr\""), ("\"legs\":", "\"arms\":"), ("\"dirty\":false", "\"dirty\":0"),
    ("Origin\":\"commit\"", "Origin\":\"x\""), ("\"seed\":null", "\"seed\":-1"),
    ("\"seed\":null", "\"seed\":9007199254740990"),
  ])
  func whatIsNoPlanIsRefused(_ old: String, _ new: String) throws {
    let text = String(decoding: try Example().plan().json.canonicalBytes(), as: UTF8.self)
    guard text.contains(old) else { return }
    #expect(throws: ReadingError.self) {
      try RecordedPlan(parsing: Array(text.replacing(old, with: new).utf8), file: "plan.json")
    }
  }
}
