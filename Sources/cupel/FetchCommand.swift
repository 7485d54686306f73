import ArgumentParser
import Failing
import Fetching
import Hashing
import Linux
import Reading
import Staging
import Storing
import Supplying

/// `cupel fetch`.
struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Get a project's rootfs and crates into the store; needs the network.",
    discussion: """
      With a cupel.lock, exactly its packages. Without one, the recipe is resolved first and the
      lock kept in the store.

      Crates: what Cargo.lock names and neither a vendor folder nor an archive holds is fetched by
      `cargo fetch --locked` of the rootfs or the toolchain, in a sandbox that has the network and
      nothing of the project but its manifests. Archives are kept by the SHA-256 in Cargo.lock, and
      builds find them. Cargo gets no token but those of --registry-token.

      Exit status: 3 when an archive cannot be had or is not the locked one.

      Examples:
        cupel fetch
        cupel fetch --recipe debian-bookworm-rust-1.63
        cupel fetch --offline            say what is missing, and ask nobody
        cupel fetch --rev v1.4.0         what that tag needs
        cupel fetch --anchor             archives of what is vendored, too
        cupel fetch --registry-token private
        cupel fetch --registry-token private=sparse+https://crates.example.org/index/
      """)

  @OptionGroup var crates: CrateOptions
  @OptionGroup var revision: RevisionOptions

  @Option(help: "A lock other than the project's cupel.lock.")
  var lock: String?

  @OptionGroup var environment: EnvironmentOptions
  @OptionGroup var mirrors: MirrorOptions
  @OptionGroup var image: ImageOptions

  @Option(help: "A toolchain's name or folder, instead of the lock's or the rootfs's own.")
  var toolchain: String?

  @Flag(help: "Ask nobody; end with 3 and name what is missing.")
  var offline = false

  @Flag(help: "Get archives of vendored crates too, to compare them with.")
  var anchor = false

  @Option(
    help: ArgumentHelp(
      """
      Let cargo send a registry its token, from CARGO_REGISTRIES_NAME_TOKEN or cargo's \
      credentials.toml. With the index where only the project names it. Repeatable.
      """, valueName: "name[=index]"))
  var registryToken: [String] = []

  @Option(help: "Give up fetching crates after this long, for example 90s or 1h.")
  var timeout = Seconds(1800)

  mutating func run() throws {
    let stop = try Interruption.watch([.interrupt, .terminate, .hangup])
    let store = try Store.open()
    let revision = try self.revision.export(
      project: crates.project, into: store, notice: Talk.notice)
    try revision.reading { try run(revision, store, stop: stop) }
  }

  private func run(_ revision: ExportedRevision?, _ store: Store, stop: Int32) throws {
    let project = ProjectFiles.folder(of: crates.project)
    let folder = revision?.project ?? project
    let (lock, digest) = try rootfs(folder, store)
    StandardStream.output.write("\(digest)\n")
    // The rootfs alone can be fetched from anywhere.
    guard FileSystem.exists("\(folder)/Cargo.toml") else { return }
    let request = try crates.request(revision: revision)
    let order = try CrateOrder.make(request, isAnchoring: anchor, store: store) {
      Talk.notice($0.text)
    }
    if order.missing.isEmpty {
      return Talk.say("\(project): nothing is missing of \(order.count) crates")
    }
    if offline { throw SupplyingError.missing(.init(offline: order)) }
    let tokens = try registryToken.map {
      try RegistryToken.find($0, in: order, cargoHome: request.cargoHome)
    }
    for token in tokens {
      Talk.notice("the token of the registry `\(token.registry)` is for \(token.index)")
    }
    let host = SupplyHost(
      store: store, rootfs: digest,
      toolchain: try ToolchainSelection.select(
        toolchain, try ProjectFiles.manifest(in: folder).toolchain,
        folder: revision?.projectOnDisk ?? folder, lock: lock,
        store: store, notice: Talk.notice
      ).input,
      profile: try EmbeddedData.profile(EmbeddedData.fetchProfileName).profile,
      timeout: Double(timeout.count), stop: stop)
    let supply = try CrateSupply.run(order, on: host, tokens: tokens, say: Talk.say)
    Talk.say(
      "\(project): \(supply.count) of \(order.count) crates fetched, "
        + "\(ByteCount(bytes: supply.byteCount).rounded)")
  }

  private func rootfs(_ folder: String, _ store: Store) throws -> (Lock, Digest) {
    if offline {
      guard let (lock, digest) = try known(folder, store) else {
        let manifest = try ProjectFiles.manifest(in: folder)
        throw MissingRootfs(
          name: try environment.recipe(manifest, projectFolder: folder).name)
      }
      return (lock, digest)
    }
    let bar = RootfsBar()
    let lock = try chosenLock(folder, store, bar)
    try image.check(lock.recipe)
    let tree = try Rootfs.fetch(
      lock: lock, store: store, mirrors: mirrors.list, image: image.path, progress: bar.show)
    bar.clear()
    Talk.say(
      "\(lock.recipe.name): \(lock.contents), \(tree.fileCount) files, "
        + "\(ByteCount(bytes: tree.byteCount).rounded) in the store")
    return (lock, tree.digest)
  }

  /// What the store has already.
  private func known(_ folder: String, _ store: Store) throws -> (Lock, Digest)? {
    if environment.recipe == nil,
      let lock = try ProjectFiles.lock(in: folder, named: self.lock)
    {
      return try Rootfs.find(lock, in: store).map { (lock, $0) }
    }
    let manifest = try ProjectFiles.manifest(in: folder)
    let recipe = try environment.recipe(manifest, projectFolder: folder)
    guard let found = try Rootfs.find(recipe, in: store) else { return nil }
    return (found.lock, found.digest)
  }

  private func chosenLock(_ folder: String, _ store: Store, _ bar: RootfsBar) throws -> Lock {
    if environment.recipe == nil,
      let lock = try ProjectFiles.lock(in: folder, named: lock)
    {
      return lock
    }
    let manifest = try ProjectFiles.manifest(in: folder)
    let recipe = try environment.recipe(manifest, projectFolder: folder)
    if let known = try Rootfs.find(recipe, in: store) { return known.lock }
    if recipe.image != nil {
      return try Rootfs.lock(recipe: recipe, image: image.path, store: store)
    }
    return try Rootfs.lock(recipe: recipe, mirrors: mirrors.list, progress: bar.show)
  }
}

extension Lock {
  /// How much the rootfs is made of.
  var contents: String {
    if let count = image?.layers.count { return count == 1 ? "1 layer" : "\(count) layers" }
    return packages.count == 1 ? "1 package" : "\(packages.count) packages"
  }
}
