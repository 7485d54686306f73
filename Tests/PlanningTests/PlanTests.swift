import Failing
import Hashing
import Linux
import Planning
import Reading
import Testing

@Suite struct PlanTests {
  /// Written out in Golden/plan.json: whoever changes what a plan holds changes this file, and with
  /// it every plan's identity.
  @Test func jsonIsAsRecorded() throws {
    let plan = try Example().plan()
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let golden = try FileSystem.read("/\(folder)/Golden/plan.json")
    #expect(plan.json.prettyBytes() == golden)
    #expect(
      plan.digest == Digest.hashing(try JSON(parsing: golden, file: "golden").canonicalBytes()))
    #expect(plan.digest.hex == "47f65679cd6c3eb1c0d5da09cafdfe50567067f6a7d97535c59a2064ca8098c5")
  }

  @Test func equalIngredientsGiveEqualDigests() throws {
    #expect(try Example().plan().digest == Example().plan().digest)
  }

  @Test(arguments: Change.all) func everyIngredientChangesTheDigest(_ change: Change) throws {
    let changed = try Example.plan(change.apply)
    #expect(try changed.digest != Example().plan().digest, "\(change.name) does not count")
  }

  @Test(arguments: Variation.allCases) func everyVariationChangesTheDigest(
    _ variation: Variation
  ) throws {
    let without = try Example.plan { $0.variations = Variation.allCases.filter { $0 != variation } }
    let all = try Example.plan { $0.variations = Variation.allCases }
    #expect(without.digest != all.digest)
  }

  @Test func noVariationsMakeTwoEqualLegsAndNilMakesOne() throws {
    let same = try Example.plan { $0.variations = [] }
    #expect(same.legs.map(\.name) == ["A", "B"])
    #expect(same.legs[0].command == same.legs[1].command)
    #expect(same.legs[0].environment == same.legs[1].environment)
    #expect(same.legs[0].conditions == same.legs[1].conditions)
    #expect(try Example.plan { $0.variations = nil }.legs.map(\.name) == ["A"])
  }

  /// In the strict leg no path of leg A is left, but for what the user wrote.
  @Test func variedPathsAreVariedEverywhere() throws {
    let plan = try Example.plan {
      $0.variations = [.paths]
      $0.inputs.toolchain.cargo = "/build/toolchain/bin/cargo"
      $0.inputs.toolchain.rustc = "/build/toolchain/bin/rustc"
      $0.inputs.vendors[0].cargoSettings = [
        "source.v.directory=\"/build/vendor\"", "a=\"/build/vendor/\"",
      ]
      $0.request.cargoArguments = ["--cfg=/build/x"]
    }
    let leg = plan.legs[1]
    let root = leg.conditions.root
    #expect(leg.directory == "\(root)/src/crates/app")
    #expect(leg.command[0] == "\(root)/toolchain/bin/cargo")
    let texts = leg.command.dropLast() + leg.environment.map(\.value) + [leg.directory]
    for text in texts where !text.hasPrefix("-ffile-prefix-map=") {
      #expect(!text.contains("/build/"), "\(text)")
    }
    #expect(leg.command.last == "--cfg=/build/x")
    #expect(plan.folders(of: leg).allSatisfy { $0.hasPrefix("\(root)/") && $0.hasSuffix("/") })
    #expect(plan.folders(of: plan.legs[0]).contains("/build/vendor/"))
    #expect(Relocation(wrapper: "\(root)/bin/cupel-rustc") == leg.conditions.relocation)
    #expect(Relocation(wrapper: "cupel-rustc") == nil)
  }

  // MARK: Seeds and legs

  @Test func theSameSeedGivesTheSamePlan() throws {
    let plans = try [nil, 0, 1, 1, Plan.largestSeed].map { (seed: UInt64?) throws in
      try Example.plan { $0.seed = seed }
    }
    #expect(plans[2].digest == plans[3].digest)
    #expect(Set(plans.map(\.digest)).count == 4)
    #expect(Set(plans.map { $0.legs[0] }.map(\.conditions.hostname)).count == 1)
    #expect(plans.map { $0.legs[1].seed } == [nil, 0, 1, 1, Plan.largestSeed])
    _ = try plans[4].json.canonicalBytes()
  }

  @Test func furtherLegsAreDrawnFromTheNextSeeds() throws {
    let plan = try Example.plan { $0.legCount = Plan.mostLegs }
    #expect(plan.legs.map(\.name) == ["A", "B", "C", "D", "E", "F", "G", "H"])
    #expect(plan.legs.map(\.seed) == [nil, nil, 1, 2, 3, 4, 5, 6])
    #expect(Set(plan.legs.map(\.conditions.hostname)).count == 8)
    let seeded = try Example.plan {
      $0.legCount = 3
      $0.seed = 2
    }
    #expect(seeded.legs.map(\.seed) == [nil, 2, 3])
    #expect(seeded.legs[1].conditions == plan.legs[3].conditions)
    #expect(seeded.legs[2].conditions == plan.legs[4].conditions)
  }

  @Test func seedsAndLegsHaveLimits() {
    for count in [-1, 0, 1, Plan.mostLegs + 1] {
      let error = #expect(throws: PlanningError.self) {
        try Example.plan { $0.legCount = count }
      }
      #expect(error?.message == "planning the build: the number of legs is \(count)")
      #expect(error?.hint?.contains("2 to 8") == true)
    }
    let error = #expect(throws: PlanningError.self) {
      try Example.plan { $0.seed = Plan.largestSeed + 1 }
    }
    #expect(error?.message == "planning the build: the seed 9007199254740984 is too large")
  }

  @Test func legsBuildInTheProjectsFolder() throws {
    #expect(
      try Example().plan().legs.map(\.directory)
        == Array(repeating: "/build/src/crates/app", count: 2))
    let root = try Example.plan { $0.inputs.source.projectPath = "" }
    #expect(root.legs[0].directory == "/build/src")
  }

  @Test func theCommandSaysEverythingThatWasAskedFor() throws {
    let plan = try Example.plan {
      $0.request = BuildRequest(
        profile: "dist", targets: ["a-b-c", "d-e-f"], packages: ["p"], bins: ["b"],
        features: ["x", "y/z"], allFeatures: true, noDefaultFeatures: true, workspace: true,
        cargoArguments: ["--keep-going"])
    }
    #expect(
      plan.legs[0].command == [
        "/usr/bin/cargo", "build", "--locked", "--offline", "--target-dir", "/build/target",
        "--message-format", "json-render-diagnostics",
        "--config", "source.crates-io.replace-with=\"v\"",
        "--profile", "dist", "--target", "a-b-c", "--target", "d-e-f", "--workspace",
        "--package", "p", "--bin", "b", "--features", "x,y/z", "--all-features",
        "--no-default-features", "--keep-going",
      ])
  }

  @Test(arguments: [
    "--target-dir", "--target-dir=/x", "--message-format=json", "--locked", "--frozen", "--offline",
    "--jobs=1", "-j", "-j4", "-j=4", "--manifest-path=/x", "--profile=dev", "--release", "-r",
    "--artifact-dir=/x", "--config=a=1", "--config", "--lockfile-path=x", "--out-dir=x",
  ])
  func argumentsThatThePlanDecidesAreRefused(_ argument: String) throws {
    let error = #expect(throws: PlanningError.self) {
      _ = try Example.plan { $0.request.cargoArguments = ["--keep-going", argument] }
    }
    #expect(
      error?.message
        == "planning the build: the cargo argument `\(argument)` is decided by the plan")
    #expect(error?.hint?.isEmpty == false)
    #expect(error?.exitCode == .usage)
  }

  @Test(arguments: ["-v", "--keep-going", "--ignore-rust-version", "--features", "--timings"])
  func otherArgumentsPass(_ argument: String) throws {
    let plan = try Example.plan { $0.request.cargoArguments = [argument] }
    #expect(plan.legs.allSatisfy { $0.command.last == argument })
  }
}

/// One thing that decides a build.
struct Change: Sendable, CustomTestStringConvertible {
  let name: String
  let apply: @Sendable (inout Example) -> Void

  var testDescription: String { name }

  private init(_ name: String, _ apply: @escaping @Sendable (inout Example) -> Void) {
    self.name = name
    self.apply = apply
  }

  static let all: [Change] = inputs + request + surroundings

  private static let inputs = [
    Change("source digest") { $0.inputs.source.digest = .hashing("x") },
    Change("project path") { $0.inputs.source.projectPath = "" },
    Change("commit") { $0.inputs.source.commit = nil },
    Change("dirty") { $0.inputs.source.isDirty = true },
    Change("epoch") { $0.inputs.source.epoch += 1 },
    Change("epoch origin") { $0.inputs.source.epochOrigin = .given },
    Change("vendors") { $0.inputs.vendors = [] },
    Change("vendor digest") { $0.inputs.vendors[0].digest = .hashing("x") },
    Change("mount path") { $0.inputs.vendors[0].mountPath = "/build/vendor-2" },
    Change("cargo settings") { $0.inputs.vendors[0].cargoSettings = [] },
    Change("Cargo.lock") { $0.inputs.cargoLock = .hashing("x") },
    Change("rootfs digest") { $0.inputs.rootfs.digest = .hashing("x") },
    Change("recipe") { $0.inputs.rootfs.recipe = "x" },
    Change("cupel.lock") { $0.inputs.rootfs.lock = .hashing("x") },
    Change("toolchain digest") { $0.inputs.toolchain.digest = .hashing("x") },
    Change("toolchain version") { $0.inputs.toolchain.version = "1.96.1" },
    Change("components") { $0.inputs.toolchain.components = ["rust-src"] },
    Change("cargo") { $0.inputs.toolchain.cargo = "/x" },
    Change("rustc") { $0.inputs.toolchain.rustc = "/x" },
  ]

  private static let request = [
    Change("cargo profile") { $0.request.profile = "dev" },
    Change("targets") { $0.request.targets = ["x86_64-unknown-linux-gnu"] },
    Change("packages") { $0.request.packages = ["x"] },
    Change("bins") { $0.request.bins = ["x"] },
    Change("features") { $0.request.features = ["x"] },
    Change("all features") { $0.request.allFeatures = true },
    Change("no default features") { $0.request.noDefaultFeatures = true },
    Change("workspace") { $0.request.workspace = true },
    Change("cargo arguments") { $0.request.cargoArguments = ["--keep-going"] },
  ]

  private static let surroundings = [
    Change("sandbox profile") { $0.profile = .hashing("x") },
    Change("name of the sandbox profile") { $0.profileName = "x" },
    Change("CPUs") { $0.cpuCount = 3 },
    Change("jobs") { $0.jobs = 3 },
    Change("no variations") { $0.variations = [] },
    Change("one leg") { $0.variations = nil },
    Change("configured environment") { $0.configured = [EnvironmentVariable("CFLAGS", "-O1")] },
  ]
}
