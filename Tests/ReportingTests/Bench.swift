import Comparing
import Explaining
import Hashing
import Linux
import Planning
import Reading
import Staging

@testable import Building
@testable import Reporting
@testable import Sandboxing

/// A private folder with artifacts of two legs, and reports about them.
struct Bench: ~Copyable {
  let path: String

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Artifacts of one leg, by name.
  func artifacts(_ leg: String, _ files: [(name: String, text: [UInt8])]) throws -> [Artifact] {
    try FileSystem.makeDirectory("\(path)/\(leg)")
    var artifacts: [Artifact] = []
    for (index, file) in files.enumerated() {
      let place = "\(path)/\(leg)/\(index)"
      try FileSystem.write(file.text, to: place)
      artifacts.append(
        try Artifact.examine(path: place, name: file.name, kind: .bin, target: nil))
    }
    return artifacts
  }

  /// A report about leg A's artifacts and leg B's; nil for a build that was done once. `further` has
  /// those of legs C, D, ….
  func report(
    _ a: [(name: String, text: String)], _ b: [(name: String, text: String)]?,
    further: [[(name: String, text: String)]] = [], seed: UInt64? = nil,
    variations: [Variation] = Variation.standard, notices: [Notice] = [],
    denials: [String: Denials] = [:], policy: DenialPolicy = .network, reportsDenials: Bool = true,
    observations: [UnitObservation]? = nil, activities: [UnitActivity] = [],
    revision: SourceRevision? = nil, units: UnitRecord? = nil, blame: Blame? = nil,
    clock: (reach: PreloadReach?, obstacle: String?) = (reach: Self.reach(), obstacle: nil)
  ) throws -> BuildReport {
    func bytes(_ files: [(name: String, text: String)]) -> [(name: String, text: [UInt8])] {
      files.map { ($0.name, Array($0.text.utf8)) }
    }
    return try report(
      bytes(a), b.map(bytes), further: further.map(bytes), seed: seed, variations: variations,
      notices: notices, denials: denials, policy: policy, reportsDenials: reportsDenials,
      observations: observations, activities: activities, revision: revision, units: units,
      blame: blame, clock: clock)
  }

  func report(
    _ a: [(name: String, text: [UInt8])], _ b: [(name: String, text: [UInt8])]?,
    further: [[(name: String, text: [UInt8])]] = [], seed: UInt64? = nil,
    variations: [Variation] = Variation.standard, notices: [Notice] = [],
    denials: [String: Denials] = [:], policy: DenialPolicy = .network, reportsDenials: Bool = true,
    observations: [UnitObservation]? = nil, activities: [UnitActivity] = [],
    revision: SourceRevision? = nil, units: UnitRecord? = nil, blame: Blame? = nil,
    explanations: [String: Explanation] = [:], causes: [Int: UnitCause] = [:],
    hazards: [Hazard] = [],
    clock: (reach: PreloadReach?, obstacle: String?) = (reach: Self.reach(), obstacle: nil)
  ) throws -> BuildReport {
    let plan = try Plan(
      inputs: Inputs(
        source: SourceInput(
          digest: .hashing("source"), projectPath: "", commit: nil, isDirty: false, epoch: 1,
          epochOrigin: .given),
        vendors: [], cargoLock: .hashing("lock"),
        rootfs: RootfsInput(digest: .hashing("rootfs"), recipe: "r", lock: .hashing("cupel.lock")),
        toolchain: ToolchainInput(
          digest: nil, version: "1.96.0", components: [], cargo: "/usr/bin/cargo",
          rustc: "/usr/bin/rustc")),
      request: BuildRequest(), profile: .hashing("profile"), profileName: "cargo-build",
      cpuCount: 2, jobs: 2, variations: b == nil ? nil : variations, seed: seed,
      legCount: 2 + further.count)
    let first = try artifacts("A", a)
    var others: [(leg: String, artifacts: [Artifact])] = []
    for (leg, files) in zip(plan.legs.dropFirst(), (b.map { [$0] } ?? []) + further) {
      others.append((leg.name, try artifacts(leg.name, files)))
    }
    let legs = plan.legs.map { leg in
      LegResult(
        leg: leg.name,
        outcome: Outcome(
          ending: .exited(0), userSeconds: 1.25, systemSeconds: 0.5,
          elapsed: leg.name == "A" ? 2 : 3.0004, peakProcessMemory: 1 << 20),
        artifacts: [], memoryEnforcement: leg.name == "A" ? .cgroupV2 : nil,
        isolation: Isolation(layers: [
          Isolation.Layer(name: "pid-namespace", state: "held"),
          Isolation.Layer(name: "landlock", state: "abi-7"),
        ]), denials: denials[leg.name] ?? Denials(), reportsDenials: reportsDenials,
        seededCalls: reportsDenials ? 12 : nil,
        clock: leg.clockLibrary.map {
          MovedClock(
            offset: $0.offset, library: clock.obstacle == nil ? .hashing("library") : nil,
            obstacle: clock.obstacle, reach: reportsDenials ? clock.reach : nil,
            unit: Unit.outsideBuilds)
        }, observations: observations, activities: activities,
        unlistedObservations: 0, units: units)
    }
    return BuildReport(
      toolVersion: "0.0.0", plan: plan, schedule: .parallel, legs: legs, artifacts: first,
      comparison: others.isEmpty ? nil : try LegComparison(first, others),
      blame: blame, revision: revision, notices: notices, crates: Self.crates,
      toolchain: Self.toolchain, denialPolicy: policy,
      hazards: hazards, explanations: explanations, causes: causes)
  }

  /// Of three programs that ran with the other clock, and of some that did not.
  static func reach(
    missed: [(executable: String, linkage: PreloadReach.Linkage, count: Int)] = []
  ) -> PreloadReach {
    var reach = PreloadReach()
    reach.reached = 3
    reach.programs = [("/usr/bin/cargo", 1), ("/usr/bin/rustc", 2)]
    reach.missed = missed.map { executable, linkage, count in
      let process = ProcessTrace.Process(
        pid: 1, executable: executable, arguments: [], environment: [:], libraries: [])
      return PreloadReach.Missed(
        executable: executable, linkage: linkage, caller: ProcessTrace(processes: [process]),
        count: count)
    }
    return reach
  }

  static let toolchain = Lock.Toolchain(
    name: "rootfs", digest: nil, version: "1.96.0", components: [], trust: .aptSigned, signer: nil)

  static let revision = SourceRevision(
    requested: "v1", commit: "0123", tree: "4567",
    tags: [
      GitTag(
        name: "v1", object: "89ab",
        signature: TagSignature(
          status: .good, format: .ssh, fingerprint: "SHA256:abc", signer: "me@example.org")),
      GitTag(name: "light", object: nil, signature: TagSignature(status: .none)),
    ],
    submodules: [.init(path: "lib", commit: "cdef")],
    changes: .init(digest: .hashing("changes"), count: 2), leavesOutIgnored: true)

  static let crates = [
    CrateInput(name: "app", version: "0.1.0", source: nil, level: .path),
    CrateInput(
      name: "dep", version: "1.0.0", source: "registry+https://example.org/index",
      level: .patched, checksum: .hashing("archive"), tree: .hashing("folder"),
      patch: .init(reason: "a fix", difference: .hashing("difference"))),
    CrateInput(
      name: "tool", version: "2.0.0", source: "git+https://example.org/tool#0123", level: .git,
      tree: .hashing("tool"), commit: "0123"),
  ]
}
