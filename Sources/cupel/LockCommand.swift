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
      version, size and SHA-256, and the digest of the tree that they make. Commit it beside
      Cargo.lock.

      Examples:
        cupel lock
        cupel lock --recipe debian-bookworm-rust-sys
      """)

  @Argument(help: "The project's folder.")
  var project = "."

  @OptionGroup var environment: EnvironmentOptions
  @OptionGroup var mirrors: MirrorOptions

  @Option(help: "Where to write the lock; by default cupel.lock in the project's folder.")
  var out: String?

  @Flag(help: "Do not fetch the packages: the lock then pins them, but not the tree's digest.")
  var resolveOnly = false

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let manifest = try ProjectFiles.manifest(in: project)
    let recipe = try environment.recipe(manifest, projectFolder: project)
    let bar = RootfsBar()
    var lock = try Rootfs.lock(recipe: recipe, mirrors: mirrors.list, progress: bar.show)
    if !resolveOnly {
      let tree = try Rootfs.fetch(
        lock: lock, store: try Store.open(), mirrors: mirrors.list, progress: bar.show)
      lock.rootfs = tree.digest
    }
    bar.clear()
    let path = out ?? "\(project)/cupel.lock"
    try FileSystem.write(Array(lock.render().utf8), to: path)
    Talk.say(
      "wrote \(path): \(recipe.name), \(lock.packages.count) packages"
        + (lock.rootfs.map { ", \($0)" } ?? ""))
  }
}

/// Where packages come from.
struct MirrorOptions: ParsableArguments {
  @Option(
    help: "A mirror as URI or SUITE=URI, tried in turn; by default CUPEL_MIRROR, else apt's own.")
  var mirror: [String] = []

  var list: [String]? { mirror.isEmpty ? nil : mirror }
}
