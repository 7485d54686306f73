import ArgumentParser
import Fetching
import Linux
import Reading
import Storing

/// `cupel fetch`.
struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Get the rootfs of a lock into the store; needs the network.",
    discussion: """
      With a cupel.lock, exactly its packages. Without one, the recipe is resolved first and the
      lock kept in the store.

      Examples:
        cupel fetch
        cupel fetch --recipe debian-bookworm-rust-1.63
      """)

  @Argument(help: "The project's folder.")
  var project = "."

  @Option(help: "A lock other than the project's cupel.lock.")
  var lock: String?

  @OptionGroup var environment: EnvironmentOptions
  @OptionGroup var mirrors: MirrorOptions
  @OptionGroup var image: ImageOptions

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let store = try Store.open()
    let bar = RootfsBar()
    let lock = try chosenLock(store, bar)
    try image.check(lock.recipe)
    let tree = try Rootfs.fetch(
      lock: lock, store: store, mirrors: mirrors.list, image: image.path, progress: bar.show)
    bar.clear()
    Talk.say(
      "\(lock.recipe.name): \(lock.contents), \(tree.fileCount) files, "
        + "\(ByteCount(bytes: tree.byteCount).rounded) in the store")
    StandardStream.output.write("\(tree.digest)\n")
  }

  private func chosenLock(_ store: Store, _ bar: RootfsBar) throws -> Lock {
    if environment.recipe == nil,
      let lock = try ProjectFiles.lock(in: project, named: lock)
    {
      return lock
    }
    let manifest = try ProjectFiles.manifest(in: project)
    let recipe = try environment.recipe(manifest, projectFolder: project)
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
