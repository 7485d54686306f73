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

/// A build from its inputs to its output, for each command that makes one.
struct ProjectBuild {
  let prepared: PreparedBuild
  let options: BuildOptions
  /// Whether it is written down what each unit depended on.
  var observes = false
  /// Whether bills of materials are written, with what linkers say.
  var listsMaterials = false
  /// Whether units that differ are run again to find the cause.
  var findsCauses = true
  /// Most seconds for that; nil leaves it to the search.
  var causeTime: Double?

  /// Fills the folder `path`, which messages call `name`. When it returns, or fails, no sandbox is
  /// left.
  func run(
    into path: String, named name: String, _ progress: BuildProgress, stop: Int32
  ) throws -> BuildReport {
    var profile = prepared.profile
    if observes, profile.observation == nil {
      profile.observation = try EmbeddedData.profile("observe").profile.observation
    }
    let host = BuildHost(
      store: prepared.store, profile: profile, executable: try Machine.executablePath(),
      limits: options.limits.limits(prepared.manifest.sandbox, prepared.profile),
      folderSizes: options.limits.folderSizes(prepared.manifest.sandbox, prepared.profile),
      denialPolicy: options.denials.policy(prepared.manifest.sandbox), observes: observes,
      recordsLinks: listsMaterials, stop: stop)
    let schedule = options.legs.schedule(prepared.manifest.legs)
    // Nothing that this run uses may be collected meanwhile.
    let lease = try prepared.store.lease(prepared.plan.inputs.trees)
    try prepared.verifyTrees(options, standard: .cached)
    var legs = try run(prepared.plan, on: host, schedule, "\(path)/legs", progress)
    progress.clear()
    var linked: [String: Artifact] = [:]
    if prepared.plan.request.auditable {
      for leg in legs.reversed() {
        linked = try DependencyList.embed(
          in: leg.artifacts, units: leg.units, crates: prepared.staged.crates)
      }
    }
    if listsMaterials { try Self.nameSystemPackages(in: &legs, prepared) }
    let crates = Licences.added(
      to: prepared.staged.crates, of: prepared.plan.inputs, in: prepared.store)
    var report = try Self.report(prepared, schedule, legs, crates, linked, host.denialPolicy)
    if findsCauses {
      report.causes = try Self.causes(
        prepared.plan, legs, report.blame, host, "\(path)/legs", within: causeTime, progress)
    }
    _ = consume lease
    try Self.arrange(report, prepared.lock, in: path, named: name)
    if listsMaterials { try Self.list(report, prepared.lock, in: path) }
    return report
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
      guard case .onlySomeLegs(let names, let variations, let failure, _) = error, findsCauses,
        let finder = FailureFinder(
          plan, built, failure, on: host, folder: "\(folder)/trials",
          bound: causeTime ?? Self.failureTime)
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
