import ArgumentParser
import Building
import Explaining
import Failing
import Hashing
import Linux
import Planning
import Reading
import Reporting
import Sandboxing
import Staging
import Storing

/// `cupel replay`.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Build what a record describes again, or run units of it alone.",
    discussion: """
      Builds leg A again by the plan beside the record, from the same inputs in the store, and says
      which unit is the first that came out otherwise than recorded. With --unit, runs that unit
      alone, too: under leg A's conditions, then with each --flip (default: each variation of leg B
      alone, then all together). Nothing is written into the output folder.

      Exit status: 0 all the same, 1 something differs, 2 usage, 3 the record, its plan or an input
      is not to be had, 4 the build failed.

      Examples:
        cupel replay cupel-out
        cupel replay cupel-out path/to/project     stage the project again, if the store lost it
        cupel replay cupel-out/record.json --unit gen --flip readdir
        cupel replay cupel-out --unit 'app 0.1.0' --flip hostname --flip umask,cpus
      """)

  @Argument(help: "A record.json with its plan.json beside it, or the output folder of both.")
  var record: String

  @Argument(help: "The project, to stage inputs from that the store no longer has.")
  var project: String?

  @Option(
    help: """
      A unit to run alone: its package, 'PACKAGE VERSION', its crate, or its name in a report. \
      Repeatable.
      """)
  var unit: [String] = []

  @Option(help: "A variation to run units with, or several separated by commas. Repeatable.")
  var flip: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show what cargo prints.")
  var verbose = false

  @OptionGroup(title: "Sandbox") var limits: LimitOptions

  func validate() throws {
    if unit.isEmpty, !flip.isEmpty {
      throw ValidationError("--flip says how to run a --unit: name one")
    }
  }

  mutating func run() throws {
    let stop = try Interruption.watch([.interrupt, .terminate, .hangup])
    let build = try RecordedBuild(record)
    guard build.units != nil else { throw RecordedBuildError.noUnits(record: build.file) }
    var chosen: [RecordedUnit] = []
    for name in unit { chosen.append(try build.unit(named: name)) }
    let flips =
      try flip.isEmpty ? Self.usual(build.variedLeg.variations) : flip.map(Self.variations)
    let profile = try profile(of: build.plan)
    let store = try Store.open()
    try provide(build.plan.inputs, leavingOut: FileSystem.split(build.file).parent, in: store)
    // Nothing that this run uses may be collected meanwhile.
    let lease = try store.lease(build.plan.inputs.trees)
    try store.verify(build.plan.inputs.trees, .cached)
    let sandbox = Manifest().sandbox
    let host = BuildHost(
      store: store, profile: profile, executable: try Machine.executablePath(),
      limits: limits.limits(sandbox, profile), folderSizes: limits.folderSizes(sandbox, profile),
      denialPolicy: DenialPolicy(failing: []), keepsRemains: !chosen.isEmpty, stop: stop)
    let scratch = try ScratchFolder.make(
      in: Machine.environment("TMPDIR") ?? "/tmp", prefix: "cupel-replay")
    let progress = BuildProgress(format: .human, isVerbose: verbose)
    defer { progress.clear() }
    let legs = try Build.run(
      build.once, on: host, schedule: .sequential, folder: "\(scratch.path)/legs",
      onEvent: progress.show)
    progress.clear()
    guard let leg = legs.first, let units = leg.units else { throw UnseenUnits() }
    let differing = Set(try ReplayReport.comparison(build, units).findings.map(\.unit.key))
    var results: [ReplayReport.Unit] = []
    for wanted in chosen {
      guard let made = units.units.first(where: { $0.key == wanted.key }),
        let remains = leg.remains,
        let replay = UnitReplay(made, among: units.units, remains, build.plan, on: host)
      else { throw UnstartedUnit(words: wanted.words) }
      Talk.say("running alone: \(made.words)")
      results.append(
        ReplayReport.Unit(
          made, isAsRecorded: !differing.contains(made.key),
          runs: try run(
            replay, units, flips, build.variedLeg, "\(scratch.path)/trials-\(results.count)")))
    }
    _ = consume lease
    let report = try ReplayReport(build, rebuilt: units, units: results)
    if json {
      StandardStream.output.write(report.json.prettyBytes())
    } else {
      StandardStream.output.write(report.words)
    }
    if !report.isSame { throw Ending(.different) }
  }

  private static func variations(_ text: String) throws -> [Variation] {
    let chosen = try Variation.set(text.split(separator: ",").map(String.init))
    if chosen.isEmpty {
      throw UsageError(
        "reading `--flip \(text.printable)`: nothing would be varied",
        hint: "leave it out, or name variations; each unit is run without any first")
    }
    return chosen
  }

  /// Each alone, then all together.
  private static func usual(_ variations: [Variation]) -> [[Variation]] {
    variations.map { [$0] } + (variations.count > 1 ? [variations] : [])
  }

  /// What the sandbox allows is up to this program and the user, never to a record.
  private func profile(of plan: Plan) throws -> Profile {
    let name =
      limits.sandboxProfile
      ?? (EmbeddedData.profileNames.contains(plan.profileName)
        ? plan.profileName : EmbeddedData.defaultProfileName)
    let (profile, texts) = try EmbeddedData.profile(name)
    guard Digest.hashing(texts.flatMap { $0 }) == plan.profile else {
      throw UsageError(
        "replaying \(record): `\(name.printable)` is not the sandbox profile of its plan, "
          + "`\(plan.profileName.printable)` with \(plan.profile)",
        hint: "name the file of that profile with --sandbox-profile")
    }
    return profile
  }

  /// Stages the project again where the store lacks something and it is named.
  private func provide(
    _ inputs: Inputs, leavingOut folder: String, in store: Store
  ) throws {
    var missing = Self.missing(inputs, in: store)
    if !missing.isEmpty, let project {
      let manifest = try ProjectFiles.manifest(in: ProjectFiles.folder(of: project))
      var request = StagingRequest(
        manifest.source, project: project, root: nil, vendor: nil, crates: [], required: nil)
      // What comes of it is known by its digest.
      request.allowDirty = true
      request.epoch = inputs.source.epoch
      // As it was when that was built.
      request.output = folder
      _ = try StagedProject.stage(request, store: store) { Talk.notice($0.text) }
      missing = Self.missing(inputs, in: store)
    }
    guard missing.isEmpty else {
      throw MissingInputs(record: record, missing: missing, inputs: inputs, project: project)
    }
  }

  private static func missing(_ inputs: Inputs, in store: Store) -> [String] {
    var parts = [("the source", inputs.source.digest)]
    parts += inputs.vendors.map { ("the crates of \($0.mountPath)", $0.digest) }
    parts.append(("the rootfs", inputs.rootfs.digest))
    parts += inputs.toolchain.digest.map { [("the toolchain", $0)] } ?? []
    return parts.filter { !store.contains($0.1) }.map { "\($0.0), \($0.1)" }
  }

  /// Most seconds of one run of a unit, unless --timeout says otherwise.
  private static let longestRun = 600.0

  private func run(
    _ replay: UnitReplay, _ units: UnitRecord, _ flips: [[Variation]], _ leg: Plan.Leg,
    _ folder: String
  ) throws -> [ReplayReport.Run] {
    func trial(_ variations: [Variation], _ number: Int) throws -> TrialDifference.Side {
      let copies = "\(folder)/\(number)"
      try FileSystem.makeDirectories(copies)
      let trial = try replay.run(
        varying: variations, of: leg,
        timeout: limits.timeout.map { Double($0.count) } ?? Self.longestRun, copies: copies)
      return (trial, UnitRecord(units: [], copies: copies))
    }
    let control = try trial([], 0)
    var runs = [
      ReplayReport.Run(
        [], TrialDifference(replay.unit, (.made(replay.unit.outputs), units), control))
    ]
    for (number, variations) in flips.enumerated() {
      let varied = try trial(variations, number + 1)
      runs.append(
        ReplayReport.Run(variations, TrialDifference(replay.unit, control, varied)))
    }
    return runs
  }
}

/// The kernel here does not show the steps of a build.
struct UnseenUnits: Failure {
  var message: String { "replaying: this kernel does not show the steps of a build" }
  var hint: String? { "run `cupel doctor`" }
  var exitCode: Failing.ExitCode { .hostUnsuitable }
}

/// A unit of the record that leg A, built again, does not have.
struct UnstartedUnit: Failure {
  let words: String

  var message: String {
    "replaying \(words): leg A, built again, has no such unit whose start was seen"
  }
  var hint: String? { "leave --unit out to see how the builds differ" }
  var exitCode: Failing.ExitCode { .different }
}

/// Inputs of a plan that the store does not have.
struct MissingInputs: Failure {
  let record: String
  let missing: [String]
  let inputs: Inputs
  let project: String?

  var message: String {
    (["replaying \(record): the store lacks inputs of its plan"] + missing)
      .joined(separator: "\n  ")
  }

  var hint: String? {
    let commit = inputs.source.commit.map { " at commit \($0)" } ?? ""
    let source =
      project == nil
      ? "name the project\(commit) behind the record to stage it again"
      : "the project named is another state of it: take it\(commit)"
    return
      "\(source), get the rootfs with `cupel fetch --lock` and the output's cupel.lock, or all "
      + "of it with `cupel kit import`"
  }

  var exitCode: Failing.ExitCode { .inputRejected }
}
