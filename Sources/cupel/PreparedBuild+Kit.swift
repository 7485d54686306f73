import Failing
import Fetching
import Hashing
import Linux
import Planning
import Reading
import Reporting
import Staging
import Storing

extension PreparedBuild {
  /// Puts what a kit carries into the store; the plan is the kit's own.
  ///
  /// What the sandbox allows is never up to the kit: its profile must be one that comes with this
  /// program, or one that the user names.
  static func prepare(
    kit path: String, _ options: BuildOptions, notice: (String) -> Void
  ) throws -> PreparedBuild {
    if let name = options.decidedByPlan.first {
      throw UsageError(
        "building a kit: `\(name)` is decided by its plan",
        hint: "leave it out, or build the project itself")
    }
    let store = try Store.open()
    let kit = try Kit(reading: path, store: store, notice: { notice($0.text) })
    if let level = options.inputs.require {
      let low = kit.staged.crates.filter { $0.level != .path && $0.level < level }
      if !low.isEmpty { throw StagingError.levelTooLow(required: level, crates: low) }
    }
    let profile = try profile(of: kit, options.limits.sandboxProfile)
    try kit.completeRootfs(in: store)
    try kit.publish(keeping: false)
    // What vouches for the toolchain is what this store knows of it.
    let toolchain = try ToolchainSelection.select(
      nil, Manifest().toolchain, folder: "", lock: kit.lock, store: store, notice: notice)
    if options.inputs.requireSignedToolchain { try toolchain.requireSigned() }
    // Nor is it up to the kit what is no failure.
    var manifest = kit.manifest
    manifest.sandbox.denyIsFailure = nil
    return PreparedBuild(
      plan: kit.plan, staged: kit.staged, manifest: manifest, lock: kit.lock,
      toolchain: toolchain.pin, profile: profile, profileTexts: kit.profileTexts, store: store,
      published: kit.record.map { PublishedBuild(kit: kit.digest, record: $0) })
  }

  /// Writes everything that building it again needs; `record` is the published build's.
  func exportKit(
    to target: String, form: KitExport.Form = .file, rootfs: RootfsForm = .tree, record: [UInt8]?
  ) throws -> KitExport.Result {
    let lease = try store.lease(plan.inputs.trees)
    var export = KitExport(plan: plan, lock: lock, profileTexts: profileTexts)
    if let origin {
      export.manifest = try FileSystem.readIfPresent("\(origin.folder)/cupel.toml")
      export.crates = try StagedProject.archives(origin.request, in: store)
    }
    export.record = record
    if rootfs == .packages {
      guard !lock.packages.isEmpty else {
        throw UsageError(
          "exporting the packages of \(lock.recipe.name): its rootfs is not made of any",
          hint: "leave out --rootfs packages")
      }
      export.packages = try Rootfs.packages(of: lock, in: store)
    }
    let result = try export.write(to: target, form: form, from: store)
    _ = consume lease
    return result
  }

  private static func profile(of kit: borrowing Kit, _ given: String?) throws -> Profile {
    let name = kit.plan.profileName
    guard given != nil || EmbeddedData.profileNames.contains(name) else {
      throw ForeignProfile(name: name, digest: kit.plan.profile)
    }
    let (profile, texts) = try EmbeddedData.profile(given ?? name)
    guard Digest.hashing(texts.flatMap { $0 }) == kit.plan.profile else {
      throw ForeignProfile(name: given ?? name, digest: kit.plan.profile)
    }
    return profile
  }
}

/// A kit's sandbox profile that nobody here vouches for.
struct ForeignProfile: Failure {
  let name: String
  let digest: Digest

  var message: String {
    "accepting the kit's sandbox profile: `\(name.printable)` is here another one than the plan's, "
      + "\(digest)"
  }
  var hint: String? {
    "take profile/1.toml out of the kit (it is a tar archive), read it, and name it with "
      + "--sandbox-profile"
  }
  var exitCode: Failing.ExitCode { .policyRefused }
}

extension BuildOptions {
  /// Options given that the plan of a kit decides.
  var decidedByPlan: [String] {
    let environment = inputs.environment
    let given: [(String, Bool)] = [
      ("PROJECT", project != "."), ("--cargo-profile", cargo.cargoProfile != nil),
      ("--target", !cargo.target.isEmpty), ("--package", !cargo.package.isEmpty),
      ("--bin", !cargo.bin.isEmpty), ("--features", !cargo.features.isEmpty),
      ("--all-features", cargo.allFeatures), ("--no-default-features", cargo.noDefaultFeatures),
      ("--workspace", cargo.workspace), ("--root", inputs.root != nil),
      ("--vendor", inputs.vendor != nil), ("--crates", !inputs.crates.isEmpty),
      ("--rev", inputs.revision.rev != nil), ("--allow-dirty", inputs.allowDirty),
      ("--require-clean", inputs.requireClean),
      ("--require-signed-tag", inputs.requireSignedTag),
      ("--source-date-epoch", inputs.sourceDateEpoch != nil),
      ("--toolchain", inputs.toolchain != nil), ("--lock", inputs.lock != nil),
      ("--recipe", environment.recipe != nil), ("--vary", legs.vary != nil),
      ("--seed", legs.seed != nil), ("--legs", legs.legs != nil), ("--once", legs.once),
      ("--jobs", legs.jobs != nil), ("--", !cargoArguments.isEmpty),
    ]
    return given.filter(\.1).map(\.0)
  }
}
