import Hashing
import Planning

/// One plan's ingredients, each of which a test changes alone.
struct Example {
  var inputs = Inputs(
    source: SourceInput(
      digest: .hashing("source"), projectPath: "crates/app", commit: "0123abcd", isDirty: false,
      epoch: 1_600_000_000, epochOrigin: .commit),
    vendors: [
      VendorInput(
        digest: .hashing("vendor"), mountPath: "/build/vendor",
        cargoSettings: ["source.crates-io.replace-with=\"v\""])
    ],
    cargoLock: .hashing("Cargo.lock"),
    rootfs: RootfsInput(
      digest: .hashing("rootfs"), recipe: "debian-bookworm-rust", lock: .hashing("cupel.lock")),
    toolchain: ToolchainInput(
      digest: nil, version: "1.96.0", components: [], cargo: "/usr/bin/cargo",
      rustc: "/usr/bin/rustc"))
  var request = BuildRequest()
  var profile = Digest.hashing("profile")
  var profileName = "cargo-build"
  var cpuCount = 4
  var jobs = 4
  var variations: [Variation]? = Variation.standard
  var seed: UInt64?
  var legCount = 2
  var configured: [EnvironmentVariable] = []

  func plan() throws(PlanningError) -> Plan {
    try Plan(
      inputs: inputs, request: request, profile: profile, profileName: profileName,
      cpuCount: cpuCount, jobs: jobs, variations: variations, seed: seed, legCount: legCount,
      configuredEnvironment: configured)
  }

  /// The plan of this example after a change.
  static func plan(_ change: (inout Example) -> Void) throws(PlanningError) -> Plan {
    var example = Example()
    change(&example)
    return try example.plan()
  }
}
