import ArgumentParser
import Fetching
import Linux
import Reading
import Storing

/// `cupel lock`.
struct LockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Resolve a rootfs recipe to exact packages and write cupel.lock.",
    discussion: """
      apt resolves the recipe and checks the archive's signatures; the lock names every package by
      version, size and SHA-256, the signed Release files that vouch for them, and the digest of the
      tree that they make. A toolchain that cupel.toml or --toolchain names is pinned too. Commit the
      lock beside Cargo.lock. An archive that is older than the lock to be replaced is refused.

      Examples:
        cupel lock
        cupel lock --recipe debian-bookworm-rust-sys
        cupel lock --toolchain rust-1.95.0-x86_64-unknown-linux-gnu --toolchain-only
        cupel lock --snapshot 2026-11-01
      """)

  @Argument(help: "The project's folder.")
  var project = "."

  @OptionGroup var environment: EnvironmentOptions
  @OptionGroup var mirrors: MirrorOptions
  @OptionGroup var archive: ArchiveOptions
  @OptionGroup var image: ImageOptions

  @Option(help: "Where to write the lock; by default cupel.lock in the project's folder.")
  var out: String?

  @Flag(help: "Do not fetch the packages: the lock then pins them, but not the tree's digest.")
  var resolveOnly = false

  @Option(help: "Pin this toolchain: a name, a folder or rootfs; by default that of cupel.toml.")
  var toolchain: String?

  @Flag(help: "Pin the toolchain and leave the rest as it is locked or was fetched; no network.")
  var toolchainOnly = false

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let manifest = try ProjectFiles.manifest(in: project)
    let store = try Store.open()
    let path = out ?? "\(project)/cupel.lock"
    var lock =
      try toolchainOnly ? knownLock(manifest, store) : resolvedLock(manifest, store, path)
    let old = lock.toolchain ?? (try? ProjectFiles.lock(in: project, named: out))?.toolchain
    lock.toolchain = nil
    if toolchain != nil || manifest.toolchain.choice != nil {
      lock.toolchain = try ToolchainSelection.select(
        toolchain, manifest.toolchain, folder: project, lock: lock, store: store,
        notice: Talk.notice
      ).pin
    } else if let old {
      Talk.notice(
        "the lock pinned the toolchain \(old.name) and no longer does: name it in cupel.toml or "
          + "with --toolchain")
    }
    try FileSystem.write(Array(lock.render().utf8), to: path)
    Talk.say(
      "wrote \(path): \(lock.recipe.name), \(lock.contents)"
        + (lock.rootfs.map { ", \($0)" } ?? "")
        + (lock.toolchain.map { ", toolchain \($0.name) (\($0.trust.rawValue))" } ?? ""))
  }

  private func resolvedLock(
    _ manifest: Manifest, _ store: Store, _ path: String
  ) throws -> Lock {
    let recipe = try environment.recipe(manifest, projectFolder: project)
    try image.check(recipe)
    let bar = RootfsBar()
    defer { bar.clear() }
    var lock =
      if recipe.image != nil {
        try Rootfs.lock(recipe: recipe, image: image.path, store: store)
      } else {
        try Rootfs.lock(
          recipe: recipe, mirrors: mirrors.list, keyring: archive.keyring,
          snapshot: archive.snapshot, allowOutdated: archive.allowOutdated,
          replacing: try previous(path), progress: bar.show)
      }
    if !resolveOnly {
      lock.rootfs = try Rootfs.fetch(
        lock: lock, store: store, mirrors: mirrors.list, image: image.path, progress: bar.show
      ).digest
    }
    return lock
  }

  private func knownLock(_ manifest: Manifest, _ store: Store) throws -> Lock {
    if environment.recipe == nil, let lock = try ProjectFiles.lock(in: project, named: nil) {
      return lock
    }
    let recipe = try environment.recipe(manifest, projectFolder: project)
    guard let known = try Rootfs.find(recipe, in: store) else {
      throw MissingRootfs(name: recipe.name)
    }
    return known.lock
  }

  /// The lock that will be replaced.
  private func previous(_ path: String) throws -> Lock? {
    guard let bytes = try FileSystem.readIfPresent(path) else { return nil }
    return try Lock(parsing: bytes, file: path)
  }
}

/// Where packages come from.
struct MirrorOptions: ParsableArguments {
  @Option(
    help: "A mirror as URI or SUITE=URI, tried in turn; by default CUPEL_MIRROR, else apt's own.")
  var mirror: [String] = []

  var list: [String]? { mirror.isEmpty ? nil : mirror }
}

/// Where images come from.
struct ImageOptions: ParsableArguments {
  @Option(
    name: .customLong("image"),
    help: "An OCI image layout, a folder or a .tar file, for a recipe that is made of an image.")
  var path: String?

  func check(_ recipe: Recipe) throws {
    if path != nil, recipe.image == nil {
      throw UsageError(
        "using an image for the recipe `\(recipe.name)`: it is made of packages",
        hint: "name a recipe with a table [oci], or leave out --image")
    }
  }
}

/// Which archive is believed.
struct ArchiveOptions: ParsableArguments {
  @Option(
    help:
      "The keys that may sign the archive, a binary file; by default CUPEL_KEYRING, else Debian's.")
  var keyring: String?

  @Option(
    help: "The archive as it was on a day (2026-11-01) or at a time (20261101T123000Z), UTC.",
    transform: { text in
      guard let time = UTCTime(snapshot: text) else {
        throw ValidationError("write a day as 2026-11-01 or a time as 20261101T123000Z")
      }
      return time
    })
  var snapshot: UTCTime?

  @Flag(help: "Accept an archive that is no longer valid, or not yet, by this machine's clock.")
  var allowOutdated = false
}
