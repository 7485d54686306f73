import ArgumentParser
import Building
import Comparing
import Explaining
import Failing
import Linux
import Listing
import Planning
import Reading
import Reporting
import Staging
import Storing

/// `cupel build`.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build a project in the sandbox, twice, and compare every byte.",
    discussion: """
      Leg A is canonical, leg B differs on purpose in everything that must not matter. Artifacts,
      checksums, the plan, the record and the logs go to the output folder, which is replaced as a
      whole or not at all.

      Examples:
        cupel build
        cupel build --vary readdir,cpus --schedule sequential
        cupel build --legs 4 --seed 7
        cupel build path/to/project --target x86_64-unknown-linux-gnu -- --ignore-rust-version
        cupel build --rev v1.4.0 --require-signed-tag
        cupel build --once --message-format json
        cupel build --kit app.kit
      """)

  @OptionGroup var options: BuildOptions

  @Option(help: "The output folder.")
  var out = "cupel-out"

  @Option(help: "Build what a kit carries, by its own plan, and compare with what was published.")
  var kit: String?

  @Option(help: "How to report: human, or json for one event a line.")
  var messageFormat = MessageFormat.human

  @Flag(help: "Write down what each unit of the build depended on (docs/observation.md).")
  var observe = false

  @Flag(help: "Do not run the units that differ again to find the cause.")
  var noCause = false

  @Option(
    help: "Most time for finding the cause (default: a tenth of the build's, at least 10s).")
  var causeTime: Seconds?

  @Flag(help: "Write bills of materials, with what linkers say they linked (docs/sbom.md).")
  var sbom = false

  @Flag(name: .shortAndLong, help: "Show what cargo prints.")
  var verbose = false

  mutating func run() throws {
    let stop = try Interruption.watch([.interrupt, .terminate, .hangup])
    var output = try OutputFolder(out)
    let prepared =
      if let kit {
        try PreparedBuild.prepare(kit: kit, options, notice: Talk.notice)
      } else {
        try PreparedBuild.prepare(options, output: out, notice: Talk.notice)
      }
    var profile = prepared.profile
    if observe, profile.observation == nil {
      profile.observation = try EmbeddedData.profile("observe").profile.observation
    }
    let host = BuildHost(
      store: prepared.store, profile: profile, executable: try Machine.executablePath(),
      limits: options.limits.limits(prepared.manifest.sandbox, prepared.profile),
      folderSizes: options.limits.folderSizes(prepared.manifest.sandbox, prepared.profile),
      denialPolicy: options.denials.policy(prepared.manifest.sandbox), observes: observe,
      recordsLinks: sbom, stop: stop)
    let schedule = options.legs.schedule(prepared.manifest.legs)
    let progress = BuildProgress(format: messageFormat, isVerbose: verbose)
    defer { progress.clear() }
    // Nothing that this run uses may be collected meanwhile.
    let lease = try prepared.store.lease(prepared.plan.inputs.trees)
    try prepared.verifyTrees(options, standard: .cached)
    var legs = try run(prepared.plan, on: host, schedule, "\(output.path)/legs", progress)
    progress.clear()
    var linked: [String: Artifact] = [:]
    if prepared.plan.request.auditable {
      for leg in legs.reversed() {
        linked = try DependencyList.embed(
          in: leg.artifacts, units: leg.units, crates: prepared.staged.crates)
      }
    }
    if sbom { try Self.nameSystemPackages(in: &legs, prepared) }
    let crates = Licences.added(
      to: prepared.staged.crates, of: prepared.plan.inputs, in: prepared.store)
    var report = try Self.report(prepared, schedule, legs, crates, linked, host.denialPolicy)
    if !noCause {
      report.causes = try Self.causes(
        prepared.plan, legs, report.blame, host, "\(output.path)/legs",
        within: causeTime.map { Double($0.count) }, progress)
    }
    _ = consume lease
    try Self.arrange(report, prepared.lock, in: output.path, named: out)
    if sbom { try Self.list(report, prepared.lock, in: output.path) }
    try output.publish()
    switch messageFormat {
    case .human: StandardStream.output.write(report.words(output: out))
    case .json:
      let line = JSON.object([("event", "record"), ("record", report.record)])
      StandardStream.output.write(line.compactBytes() + [UInt8(ascii: "\n")])
    }
    if let refusal = report.refusal { throw RefusedResult(refusal: refusal, output: out) }
    if report.verdict == .different || report.published?.isAsPublished == false {
      throw Ending(.different)
    }
  }

  /// Builds the legs. Where cargo fails in some only, it is looked for what makes it fail.
  private func run(
    _ plan: Plan, on host: BuildHost, _ schedule: Build.Schedule, _ folder: String,
    _ progress: BuildProgress
  ) throws(BuildingError) -> [LegResult] {
    var built: [LegResult] = []
    do throws(BuildingError) {
      return try Build.run(
        plan, on: host, schedule: schedule, folder: folder, onEvent: progress.show,
        onSomeBuilt: { built = $0 })
    } catch {
      guard case .onlySomeLegs(let names, let variations, let failure, _) = error, !noCause,
        let finder = FailureFinder(
          plan, built, failure, on: host, folder: "\(folder)/trials",
          bound: causeTime.map { Double($0.count) } ?? Self.failureTime)
      else { throw error }
      throw .onlySomeLegs(
        built: names, variations: variations, failure: failure, culprit: try finder.culprit())
    }
  }

  /// Seconds that the search for what makes one leg fail may take, unless `--cause-time` says so.
  private static let failureTime = 20.0

  private static func report(
    _ prepared: PreparedBuild, _ schedule: Build.Schedule, _ legs: [LegResult],
    _ crates: [CrateInput], _ linked: [String: Artifact], _ policy: DenialPolicy
  ) throws -> BuildReport {
    var artifacts: [[Artifact]] = []
    for leg in legs {
      artifacts.append(try leg.artifacts.map(examine))
    }
    let others = zip(legs, artifacts).dropFirst().map { (leg: $0.leg, artifacts: $1) }
    let comparison = others.isEmpty ? nil : try LegComparison(artifacts[0], others)
    return BuildReport(
      toolVersion: Cupel.version, plan: prepared.plan, schedule: schedule, legs: legs,
      artifacts: artifacts[0], comparison: comparison, blame: Self.blame(legs, comparison),
      revision: prepared.staged.revision, notices: prepared.staged.notices,
      crates: crates, toolchain: prepared.toolchain, denialPolicy: policy,
      hazards: prepared.hazards, explanations: Self.explain(comparison), linked: linked,
      published: prepared.published, leakedPaths: try Self.leakedPaths(prepared.plan, legs))
  }

  /// Where paths were varied, what the artifacts of leg A and of the next one name of them.
  private static func leakedPaths(_ plan: Plan, _ legs: [LegResult]) throws -> [LeakedPaths]? {
    guard plan.legs.last?.variations.contains(.paths) == true else { return nil }
    var leaked: [LeakedPaths] = []
    for (leg, result) in zip(plan.legs, legs).prefix(2) {
      for artifact in result.artifacts {
        let search = try PathSearch(plan.folders(of: leg), inFileAt: artifact.path)
        if search.leaks.isEmpty { continue }
        leaked.append(LeakedPaths(leg: leg.name, artifact: artifact.name, search: search))
      }
    }
    return leaked
  }

  /// Of the first leg whose artifacts differ from leg A's; where none do, of the first whose units
  /// differ. Nil unless there are several legs, of which the kernel could show the units.
  private static func blame(_ legs: [LegResult], _ comparison: LegComparison?) -> Blame? {
    guard let comparison, let first = legs.first?.units else { return nil }
    let differing = comparison.differingLegs.first
    var blame: Blame?
    for leg in legs.dropFirst() where differing == nil || leg.leg == differing {
      guard let units = leg.units else { continue }
      blame = Blame(first, units, legs: ("A", leg.leg))
      if blame?.findings.isEmpty == false { break }
    }
    return blame
  }

  /// Why the first units that differ do. `folder` is that of the legs, of which nothing but the
  /// artifacts and the logs is kept.
  private static func causes(
    _ plan: Plan, _ legs: [LegResult], _ blame: Blame?, _ host: BuildHost, _ folder: String,
    within bound: Double?, _ progress: BuildProgress
  ) throws -> [Int: UnitCause] {
    guard let blame, !blame.findings.isEmpty else { return [:] }
    let trials = "\(folder)/trials"
    try FileSystem.makeDirectories(trials)
    defer { progress.clear() }
    return try CauseFinder(
      plan, legs, on: host, folder: trials, bound: bound, onProgress: progress.showCause
    ).causes(of: blame)
  }

  /// Most artifacts that are explained; `cupel compare` takes them all.
  private static let explanationLimit = 16

  /// What the bytes show of the reasons. The verdict stands without it, so what cannot be explained
  /// is left out.
  private static func explain(_ comparison: LegComparison?) -> [String: Explanation] {
    var explanations: [String: Explanation] = [:]
    for entry in comparison?.entries ?? [] where explanations.count < explanationLimit {
      guard case .different = entry.result, let first = entry.first, let second = entry.second,
        let explanation = try? Explanation(first.path, second.path)
      else { continue }
      explanations[entry.name] = explanation
    }
    return explanations
  }

  private static func examine(_ collected: CollectedArtifact) throws -> Artifact {
    let isWasm = collected.name.hasSuffix(".wasm")
    let kind = isWasm ? .wasm : Artifact.Kind(rawValue: collected.file.kind.rawValue) ?? .bin
    return try Artifact.examine(
      path: collected.path, name: collected.name, kind: kind, target: collected.file.target)
  }

  private static func nameSystemPackages(
    in legs: inout [LegResult], _ prepared: PreparedBuild
  ) throws {
    guard let links = legs.first?.links else { return }
    legs[0].links = try SystemPackages(lock: prepared.lock, store: prepared.store).named(in: links)
  }

  /// Writes the bills of materials of all artifacts, each and together.
  private static func list(_ report: BuildReport, _ lock: Lock, in path: String) throws {
    let build = try FinishedBuild(
      record: report.record, plan: report.plan.json, packages: lock.packages,
      file: "record.json")
    var bills = [("merged", try BillOfMaterials(of: build))]
    for artifact in build.artifacts {
      bills.append(
        (
          "artifacts/\(artifact.name)",
          BillOfMaterials(of: try Inventory(of: artifact, in: build), in: build)
        ))
    }
    for line in bills[0].1.linkGaps { Talk.notice(line) }
    for (name, bill) in bills {
      let file = "\(path)/sbom/\(name)"
      try FileSystem.makeDirectories(FileSystem.split(file).parent)
      try FileSystem.write(bill.cycloneDX(.v1_6).prettyBytes(), to: "\(file).cdx.json")
      try FileSystem.write(bill.spdx.prettyBytes(), to: "\(file).spdx.json")
    }
  }

  /// Gives the output its final shape (docs/record.md).
  private static func arrange(
    _ report: BuildReport, _ lock: Lock, in path: String, named name: String
  ) throws {
    try FileSystem.rename("\(path)/legs/A/artifacts", to: "\(path)/artifacts")
    for leg in report.comparison?.differingLegs ?? [] {
      try FileSystem.rename("\(path)/legs/\(leg)/artifacts", to: "\(path)/artifacts-\(leg)")
    }
    try FileSystem.makeDirectories("\(path)/logs")
    for leg in report.legs {
      try FileSystem.rename("\(path)/legs/\(leg.leg)/log", to: "\(path)/logs/\(leg.leg).log")
    }
    try FileSystem.removeTree("\(path)/legs")
    for leg in report.legs {
      guard let lines = leg.observationLines else { continue }
      try FileSystem.makeDirectories("\(path)/observed")
      try FileSystem.write(
        lines.flatMap { $0.compactBytes() + [UInt8(ascii: "\n")] },
        to: "\(path)/observed/\(leg.leg).jsonl")
    }
    if report.isExplained {
      let json = report.explanation(output: name).prettyBytes()
      try FileSystem.write(json, to: "\(path)/explain.json")
      try FileSystem.write(report.page(output: name), to: "\(path)/report.html")
    }
    for (name, contents) in [
      ("SHA256SUMS", Array(report.checksums.utf8)),
      ("plan.json", report.plan.json.prettyBytes()),
      ("record.json", report.record.prettyBytes()),
      ("cupel.lock", Array(lock.render().utf8)),
    ] {
      try FileSystem.write(contents, to: "\(path)/\(name)")
    }
  }
}

/// The build succeeded, but tried what the policy forbids. Its output is in place.
struct RefusedResult: Failure {
  let refusal: Refusal
  let output: String

  var message: String { "accepting the build: \(refusal.words())" }
  var hint: String? { "look at it before you use \(output); \(refusal.remedy)" }
  var exitCode: Failing.ExitCode { .policyRefused }
}

enum MessageFormat: String, CaseIterable, ExpressibleByArgument {
  case human, json
}
