import Hashing
import Linux
import Planning
import Reading
import Storing

/// The small members of a kit as values, and what they say of one another.
struct KitDocuments {
  let members: KitMembers
  let recorded: RecordedPlan
  let lock: Lock
  let manifest: Manifest
  let profileTexts: [[UInt8]]
  let record: PublishedRecord?
  private let planDigest: Digest

  init(_ members: KitMembers) throws(StagingError) {
    self.members = members
    func read<Value>(
      _ part: KitPart, _ body: ([UInt8], String) throws(ReadingError) -> Value
    ) throws(StagingError) -> Value? {
      guard let bytes = try members.bytes(of: part) else { return nil }
      do throws(ReadingError) {
        return try body(bytes, part.name)
      } catch {
        throw members.refusal(.unreadable(part.name, error))
      }
    }
    func need<Value>(_ value: Value?, _ part: KitPart) throws(StagingError) -> Value {
      guard let value else { throw members.refusal(.lacks(part.name)) }
      return value
    }
    recorded = try need(
      try read(.plan) { (bytes, file) throws(ReadingError) in
        try RecordedPlan(parsing: bytes, file: file)
      }, .plan)
    let planBytes = try members.required(.plan)
    guard let canonical = try? recorded.json.canonicalBytes(), canonical == planBytes else {
      throw members.refusal(.notCanonical(KitPart.plan.name))
    }
    planDigest = Digest.hashing(planBytes)
    lock = try need(
      try read(.lock) { (bytes, file) throws(ReadingError) in
        try Lock(parsing: bytes, file: file)
      }, .lock)
    guard try members.required(.lock) == Array(lock.render().utf8) else {
      throw members.refusal(.notCanonical(KitPart.lock.name))
    }
    manifest =
      try read(.manifest) { (bytes, file) throws(ReadingError) in
        try Manifest(parsing: bytes, file: file)
      } ?? Manifest()
    record = try members.published()
    var texts: [[UInt8]] = []
    for number in 1...KitPart.profileLimit {
      if let text = try members.bytes(of: .profile(number)) { texts.append(text) }
    }
    profileTexts = texts
  }

  /// Compares the documents with one another and with the listings of the trees.
  func check(_ listings: [KitTree: Tree]) throws(StagingError) {
    if let record, record.plan != planDigest {
      throw members.refusal(.recordOfOtherPlan(record: record.plan, plan: planDigest))
    }
    guard lock.rootfs == recorded.rootfs else {
      throw members.refusal(.lockNotOfRootfs(lock: lock.rootfs, plan: recorded.rootfs))
    }
    var wanted: [(tree: KitTree, digest: Digest)] = [(.source, recorded.source.digest)]
    for (index, vendor) in recorded.vendors.enumerated() {
      wanted.append((.vendor(index + 1), vendor.digest))
    }
    if let toolchain = recorded.toolchain.digest { wanted.append((.toolchain, toolchain)) }
    if members.manifest.packages.isEmpty { wanted.append((.rootfs, recorded.rootfs)) }
    for (tree, digest) in wanted {
      let name = KitPart.tree(tree).name
      guard let listing = listings[tree] else { throw members.refusal(.lacks(name)) }
      guard listing.digest == digest else {
        throw members.refusal(.otherTree(name, plan: digest, kit: listing.digest))
      }
    }
    for tree in members.manifest.trees where !wanted.contains(where: { $0.tree == tree }) {
      throw members.refusal(.superfluous(KitPart.tree(tree).name))
    }
    try checkPackages()
    // Files of these are read on the host.
    for (tree, listing) in listings {
      switch tree {
      case .source, .vendor:
        try VendorFolder.refuseEscapes(listing, shownPath: KitPart.tree(tree).name)
      case .toolchain, .rootfs: break
      }
    }
  }

  private func checkPackages() throws(StagingError) {
    let carried = members.manifest.packages
    if carried.isEmpty { return }
    let locked = Set(lock.packages.map(\.sha256))
    for digest in carried where !locked.contains(digest) {
      throw members.refusal(
        .notLocked(KitPart.package(digest).name, lock: KitPart.lock.name))
    }
    for package in lock.packages where !carried.contains(package.sha256) {
      throw members.refusal(
        .missingPackage(KitPart.package(package.sha256).name, filename: package.filename))
    }
  }

  /// Looks at the source and the crates as the kit has them. `folder` gets the crate archives under
  /// the names that they have elsewhere.
  func stage(
    _ contents: KitContents, crates folder: String, notice: (Notice) -> Void
  ) throws(StagingError) -> StagedProject {
    guard let source = contents.path(of: .source) else {
      throw members.refusal(.lacks(KitPart.tree(.source).name))
    }
    var vendors: [(path: String, tree: Tree)] = []
    for index in recorded.vendors.indices {
      if let path = contents.path(of: .vendor(index + 1)),
        let tree = contents.listings[.vendor(index + 1)]
      {
        vendors.append((path, tree))
      }
    }
    let path = recorded.source.projectPath
    guard FileSystem.exists(LexicalPath.child("Cargo.toml", of: "\(source)/\(path)")) else {
      throw members.refusal(.projectMissing(path.isEmpty ? "" : "\(path)/"))
    }
    return try StagedProject.stageAgain(
      recorded, source: source, vendors: vendors, patches: manifest.source.patched,
      notice: notice
    ) { (lock) throws(StagingError) in
      try layOutCrates(lock, in: folder)
    }
  }

  /// Gives each archive the name that Cargo.lock gives to it.
  private func layOutCrates(_ lock: CargoLock, in folder: String) throws(StagingError) -> String {
    let folder = "\(folder)/crates"
    try doing("laying out crates", try FileSystem.makeDirectories(folder, permissions: 0o700))
    for digest in members.manifest.crates {
      let part = KitPart.crate(digest)
      let packages = lock.packages.filter { $0.checksum == digest }
      if packages.isEmpty { throw members.refusal(.notLocked(part.name, lock: "Cargo.lock")) }
      for package in packages {
        let bytes = try members.required(part)
        let path = "\(folder)/\(package.name)-\(package.version).crate"
        try doing("laying out crates", try FileSystem.write(bytes, to: path))
      }
    }
    return folder
  }

  /// Makes the plan again and compares.
  func plan(_ staged: StagedProject) throws(StagingError) -> Plan {
    let plan: Plan
    do throws(PlanningError) {
      plan = try Plan(
        inputs: Inputs(
          source: staged.source, vendors: staged.vendors, cargoLock: staged.cargoLockDigest,
          rootfs: RootfsInput(
            digest: recorded.rootfs, recipe: lock.recipe.name, lock: lock.rootfsDigest),
          toolchain: toolchain()),
        request: recorded.request, profile: Digest.hashing(profileTexts.flatMap { $0 }),
        profileName: recorded.profileName, cpuCount: recorded.cpuCount, jobs: recorded.jobs,
        variations: recorded.variations, seed: recorded.seed,
        legCount: max(recorded.legCount, 2), configuredEnvironment: staged.configuredEnvironment)
    } catch {
      throw .planning(error)
    }
    if let difference = recorded.firstDifference(from: plan) {
      throw members.refusal(
        .planDiffers(
          ingredient: difference.ingredient, plan: difference.recorded, kit: difference.made))
    }
    return plan
  }

  /// What the lock, or the sandbox's paths, say of the toolchain; the rest is as recorded.
  private func toolchain() -> ToolchainInput {
    var toolchain = recorded.toolchain
    if toolchain.digest != nil {
      toolchain.cargo = "\(SandboxPaths.toolchain)/bin/cargo"
      toolchain.rustc = "\(SandboxPaths.toolchain)/bin/rustc"
      if let pin = lock.toolchain {
        toolchain.digest = pin.digest
        toolchain.version = pin.version
        toolchain.components = pin.components
      }
    } else if let own = try? Toolchain.inRootfs(lock), let version = own.version {
      toolchain = own.input(version: version)
    }
    return toolchain
  }
}
