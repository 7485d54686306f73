import ArgumentParser
import Building
import Failing
import Linux
import Planning
import Reading
import Sandboxing
import Staging

/// What `build` and `plan` can be told; every choice may also stand in cupel.toml, and the command
/// line wins.
struct BuildOptions: ParsableArguments {
  @Argument(help: "The project: a folder or a Cargo.toml.")
  var project = "."

  @OptionGroup(title: "What to build") var cargo: CargoOptions
  @OptionGroup(title: "Inputs") var inputs: InputOptions
  @OptionGroup(title: "Two legs") var legs: LegOptions
  @OptionGroup(title: "Sandbox") var limits: LimitOptions
  @OptionGroup(title: "Refused attempts") var denials: DenialOptions

  @Argument(parsing: .postTerminator, help: "Arguments for `cargo build` itself, after `--`.")
  var cargoArguments: [String] = []
}

/// Cargo's own choices.
struct CargoOptions: ParsableArguments {
  @Option(help: "The cargo profile (default: release).")
  var cargoProfile: String?

  @Option(help: "A target triple. Repeatable.")
  var target: [String] = []

  @Option(name: [.customShort("p"), .long], help: "A package to build. Repeatable.")
  var package: [String] = []

  @Option(help: "A binary to build. Repeatable.")
  var bin: [String] = []

  @Option(help: "Features to turn on, separated by commas. Repeatable.")
  var features: [String] = []

  @Flag(help: "Turn all features on.")
  var allFeatures = false

  @Flag(help: "Leave the default features out.")
  var noDefaultFeatures = false

  @Flag(help: "Build all packages of the workspace.")
  var workspace = false

  @Flag(help: "Put the list of their packages into programs and cdylibs (.dep-v0, docs/sbom.md).")
  var auditable = false

  func request(_ manifest: Manifest.Build, cargoArguments: [String]) -> BuildRequest {
    func list(_ given: [String], _ configured: [String]?) -> [String] {
      given.isEmpty ? configured ?? [] : given
    }
    return BuildRequest(
      profile: cargoProfile ?? manifest.profile ?? "release",
      targets: list(target, manifest.targets), packages: list(package, manifest.packages),
      bins: list(bin, manifest.bins),
      features: list(
        features.flatMap { $0.split(separator: ",").map(String.init) }, manifest.features),
      allFeatures: allFeatures || manifest.allFeatures == true,
      noDefaultFeatures: noDefaultFeatures || manifest.noDefaultFeatures == true,
      workspace: workspace || manifest.workspace == true,
      auditable: auditable || manifest.auditable == true,
      cargoArguments: list(cargoArguments, manifest.cargoArguments))
  }
}

/// Where sources, crates, toolchain and rootfs come from.
struct InputOptions: ParsableArguments {
  @Option(help: "The folder to stage as a whole; by default the git checkout, else the workspace.")
  var root: String?

  @Option(help: "A folder of vendored crates, instead of the configured one.")
  var vendor: String?

  @Option(
    help: "A folder of .crate archives, or a cargo local registry, to check crates by. Repeatable.")
  var crates: [String] = []

  @Option(help: "Refuse crates below a level: archive, patched, vendored.")
  var require: SourceLevel?

  @OptionGroup var revision: RevisionOptions

  @Flag(help: "Build a git tree with changes that are not committed as it is.")
  var allowDirty = false

  @Flag(help: "Refuse to build anything but a clean git commit, projects outside git too.")
  var requireClean = false

  @Flag(help: "Refuse to build anything but a commit that a tag with a good signature names.")
  var requireSignedTag = false

  @Option(help: "SOURCE_DATE_EPOCH in seconds; by default the commit's time.")
  var sourceDateEpoch: Int64?

  @Option(
    help: "An added toolchain's name, a rustup toolchain's folder, or rootfs for the rootfs's own.")
  var toolchain: String?

  @Flag(help: "Refuse a toolchain that no signature vouches for.")
  var requireSignedToolchain = false

  @Option(help: "A lock other than the project's cupel.lock.")
  var lock: String?

  @Option(
    help: """
      Look at the store's trees before they are used: `cached` hashes those whose files have \
      changed, `full` hashes all (default: cached to build, nothing to plan).
      """)
  var verifyStore: StoreVerification?

  @OptionGroup var environment: EnvironmentOptions

  func validate() throws {
    if revision.rev != nil, allowDirty {
      throw ValidationError("--allow-dirty is of no use with --rev, which reads no work tree")
    }
  }

  func request(
    _ manifest: Manifest, project: String, revision: ExportedRevision?, output: String
  ) -> StagingRequest {
    var request = StagingRequest(
      manifest.source, project: project, revision: revision, root: root, vendor: vendor,
      crates: crates, required: require)
    request.allowDirty = allowDirty || manifest.source.allowDirty == true
    request.requireClean = requireClean || manifest.source.requireClean == true
    request.requireSignedTag = requireSignedTag || manifest.source.requireSignedTag == true
    request.epoch = sourceDateEpoch ?? manifest.build.sourceDateEpoch
    request.output = output
    return request
  }
}

extension StagingRequest {
  /// What the command line says about sources, and where it says nothing, cupel.toml. Of two
  /// required levels the higher one holds.
  init(
    _ manifest: Manifest.Source, project: String, revision: ExportedRevision? = nil,
    root: String?, vendor: String?, crates: [String], required: SourceLevel?
  ) {
    func resolved(_ configured: String) -> String {
      revision?.path(configured)
        ?? ProjectFiles.path(configured, in: ProjectFiles.folder(of: project))
    }
    self.init(project: project)
    self.revision = revision
    self.root = root ?? manifest.root.map(resolved)
    self.vendor = vendor ?? manifest.vendor.map(resolved)
    self.crates = crates.isEmpty ? manifest.crates.map(resolved) : crates
    patches = manifest.patched
    self.required = [required, manifest.require].compactMap { $0 }.max()
  }
}

/// How the build is done twice.
struct LegOptions: ParsableArguments {
  @Option(
    help: """
      What further legs change: `default` (all but `paths`), `none`, or names separated by commas: \
      \(Variation.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var vary: String?

  @Option(help: "Draw the values of leg B from a number; without it they are always the same ones.")
  var seed: UInt64?

  @Option(help: "How many legs to build, 2 to \(Plan.mostLegs) (default: 2).")
  var legs: Int?

  @Flag(help: "Build leg A only and compare nothing.")
  var once = false

  @Option(help: "Build the legs at the same time or one after the other: parallel, sequential.")
  var schedule: Build.Schedule?

  @Option(help: "Parallel jobs of leg A (default: the number of CPUs).")
  var jobs: Int?

  func validate() throws {
    if once, legs != nil || seed != nil {
      throw ValidationError("--once builds leg A only: it goes neither with --legs nor with --seed")
    }
  }

  func variations(_ manifest: Manifest.Legs) throws -> [Variation]? {
    let names = vary.map { $0.split(separator: ",").map(String.init) } ?? manifest.vary
    let variations = try Variation.set(names ?? ["default"])
    let asksForLegs = vary != nil || legs != nil || seed != nil
    return once || (!asksForLegs && manifest.count == 1) ? nil : variations
  }

  /// How many legs to build where there is not only one.
  func count(_ manifest: Manifest.Legs) -> Int { legs ?? max(manifest.count ?? 2, 2) }

  func seed(_ manifest: Manifest.Legs) -> UInt64? { seed ?? manifest.seed.map(UInt64.init) }

  func schedule(_ manifest: Manifest.Legs) -> Build.Schedule {
    schedule ?? (manifest.schedule == .sequential ? .sequential : .parallel)
  }
}

/// What the sandbox of each leg allows, and how much of it.
struct LimitOptions: ParsableArguments {
  @Option(help: "Most memory of a leg, its files included, for example 8G.")
  var memory: ByteCount?

  @Option(help: "Most processes and threads of a leg at one time.")
  var pids: Int?

  @Option(help: "Give a leg up after this long, for example 90s or 1h30m.")
  var timeout: Seconds?

  @Option(
    help:
      "Most bytes of a leg's target folder, which lives in memory (default: the profile's share).")
  var targetSize: ByteCount?

  @Option(help: "Profile of what the sandbox allows: a name or a .toml file.")
  var sandboxProfile: String?

  func limits(_ manifest: Manifest.Sandbox, _ profile: Profile) -> Limits {
    Limits(
      memory: (memory ?? manifest.memory ?? profile.limits.memory?.value)?.bytes,
      pids: (pids ?? manifest.pids ?? profile.limits.pids?.value).map(Int64.init),
      timeout: (timeout ?? manifest.timeout).map { Double($0.count) })
  }

  func folderSizes(_ manifest: Manifest.Sandbox, _ profile: Profile) -> Profile.FolderSizes {
    profile.writable.resolved(
      freeMemory: Machine.availableMemory, target: (targetSize ?? manifest.targetSize)?.bytes)
  }
}
