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
      tree that they make. Commit it beside Cargo.lock. An archive that is older than the lock to be
      replaced is refused.

      Examples:
        cupel lock
        cupel lock --recipe debian-bookworm-rust-sys
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

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let manifest = try ProjectFiles.manifest(in: project)
    let recipe = try environment.recipe(manifest, projectFolder: project)
    let bar = RootfsBar()
    let path = out ?? "\(project)/cupel.lock"
    try image.check(recipe)
    var lock =
      if recipe.image != nil {
        try Rootfs.lock(recipe: recipe, image: image.path, store: Store.open())
      } else {
        try Rootfs.lock(
          recipe: recipe, mirrors: mirrors.list, keyring: archive.keyring,
          snapshot: archive.snapshot, allowOutdated: archive.allowOutdated,
          replacing: try previous(path), progress: bar.show)
      }
    if !resolveOnly {
      let tree = try Rootfs.fetch(
        lock: lock, store: Store.open(), mirrors: mirrors.list, image: image.path,
        progress: bar.show)
      lock.rootfs = tree.digest
    }
    bar.clear()
    try FileSystem.write(Array(lock.render().utf8), to: path)
    Talk.say(
      "wrote \(path): \(recipe.name), \(lock.contents)"
        + (lock.rootfs.map { ", \($0)" } ?? ""))
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
