import Failing
import Fetching
import Hashing
import Linux
import Planning
import Reading
import Reporting
import Staging
import Storing

/// A project whose inputs are all in the store, and the plan for it.
struct PreparedBuild {
  let plan: Plan
  let staged: StagedProject
  let manifest: Manifest
  /// The lock of the rootfs that is used, and of the toolchain.
  let lock: Lock
  let toolchain: Lock.Toolchain
  let profile: Profile
  /// What decides the profile: its own text, then that of the one that it extends.
  let profileTexts: [[UInt8]]
  let store: Store
  /// What was staged, and the folder of its cupel.toml; nil where a kit had it all.
  var origin: (request: StagingRequest, folder: String)?
  /// What the result is to be compared with, where a kit says that.
  var published: PublishedBuild?

  /// Stages the inputs and plans. `output`, the folder that the build will write, is no part of the
  /// source.
  static func prepare(
    _ options: BuildOptions, output: String, notice: (String) -> Void
  ) throws -> PreparedBuild {
    let store = try Store.open()
    let revision = try options.inputs.revision.export(
      project: options.project, into: store, notice: notice)
    return try revision.reading {
      try prepare(options, revision, output: output, store, notice: notice)
    }
  }

  /// The same, of a commit that is in the store already.
  static func prepare(
    _ options: BuildOptions, _ revision: ExportedRevision?, output: String, _ store: Store,
    notice: (String) -> Void
  ) throws -> PreparedBuild {
    let folder = revision?.project ?? ProjectFiles.folder(of: options.project)
    let manifest = try ProjectFiles.manifest(in: folder)
    let (profile, profileTexts) = try EmbeddedData.profile(
      options.limits.sandboxProfile
        ?? manifest.sandbox.profile.map { ProjectFiles.named($0, in: folder) }
        ?? EmbeddedData.defaultProfileName)
    let variations = try options.legs.variations(manifest.legs)
    var (rootfs, lock) = try rootfs(options, manifest, folder: folder, store)
    let request = options.inputs.request(
      manifest, project: options.project, revision: revision, output: output)
    let staged = try StagedProject.stage(request, store: store) { notice($0.text) }
    // A toolchain is no part of a commit.
    let toolchain = try ToolchainSelection.select(
      options.inputs.toolchain, manifest.toolchain, folder: revision?.projectOnDisk ?? folder,
      lock: lock, store: store, notice: notice)
    if options.inputs.requireSignedToolchain || manifest.toolchain.requireSigned == true {
      try toolchain.requireSigned()
    }
    if let pin = staged.toolchainFile {
      try pin.check(version: toolchain.pin.version) { notice($0.text) }
    }
    lock.toolchain = toolchain.pin
    let cpus = Machine.allowedCPUs.count
    let plan = try Plan(
      inputs: Inputs(
        source: staged.source, vendors: staged.vendors, cargoLock: staged.cargoLockDigest,
        rootfs: RootfsInput(
          digest: rootfs, recipe: lock.recipe.name, lock: lock.rootfsDigest),
        toolchain: toolchain.input),
      request: options.cargo.request(manifest.build, cargoArguments: options.cargoArguments),
      profile: Digest.hashing(profileTexts.flatMap { $0 }), profileName: profile.name,
      cpuCount: cpus, jobs: options.legs.jobs ?? cpus, variations: variations,
      seed: options.legs.seed(manifest.legs), legCount: options.legs.count(manifest.legs),
      configuredEnvironment: staged.configuredEnvironment)
    return PreparedBuild(
      plan: plan, staged: staged, manifest: manifest, lock: lock, toolchain: toolchain.pin,
      profile: profile, profileTexts: profileTexts, store: store, origin: (request, folder))
  }

  /// What often makes builds differ, in the project and in the toolchain.
  var hazards: [Hazard] {
    let source = "rust-src"
    let hasSource = toolchain.components.contains(source)
    return staged.hazards + (hasSource ? [Hazard(.rustSource, file: nil, subject: source)] : [])
  }

  /// Looks at the trees of the plan as the command line and cupel.toml ask, of which the stricter
  /// wins; where neither does, as `standard` says, nil being not at all.
  func verifyTrees(_ options: BuildOptions, standard: StoreVerification?) throws {
    let asked = [options.inputs.verifyStore, manifest.store.verify].compactMap { $0 }.max()
    if let verification = asked ?? standard { try store.verify(plan.inputs.trees, verification) }
  }

  private static func rootfs(
    _ options: BuildOptions, _ manifest: Manifest, folder: String, _ store: Store
  ) throws -> (Digest, Lock) {
    let environment = options.inputs.environment
    if environment.recipe == nil,
      var lock = try ProjectFiles.lock(in: folder, named: options.inputs.lock)
    {
      guard let digest = try Rootfs.find(lock, in: store) else {
        throw MissingRootfs(name: lock.recipe.name)
      }
      lock.rootfs = digest
      return (digest, lock)
    }
    let recipe = try environment.recipe(manifest, projectFolder: folder)
    guard let found = try Rootfs.find(recipe, in: store) else {
      throw MissingRootfs(name: recipe.name)
    }
    return found
  }
}
