public import Hashing
import Linux
public import Reading
public import Storing

/// From a recipe to a lock, from a lock to a tree in the store.
public enum Rootfs {
  /// Resolves a recipe with apt, which checks the archive's signatures, to exact packages, and traces
  /// each of them to the signed Release file of its suite.
  ///
  /// `mirrors` are `URI` or `SUITE=URI`, tried in turn; nil stands for CUPEL_MIRROR, else the sources
  /// of this machine's apt. `keyring` is a file of the keys that may sign; nil stands for
  /// CUPEL_KEYRING, else Debian's. `snapshot` asks for the archive as it was then, from those of
  /// `mirrors` that hold `{date}`, else from CUPEL_SNAPSHOT_MIRROR; nil stands for what the recipe
  /// says. With `allowOutdated`, and where this machine's apt is set up so for the sources that are
  /// used, an archive is accepted that is no longer valid by this machine's
  /// clock, or not yet, as those of a snapshot are. An archive older than the lock `previous` knows it
  /// is refused, unless a snapshot is asked for.
  public static func lock(
    recipe: Recipe, mirrors: [String]? = nil, keyring: String? = nil, snapshot: UTCTime? = nil,
    allowOutdated: Bool = false, replacing previous: Lock? = nil,
    progress: @escaping @Sendable (RootfsProgress) -> Void = { _ in }
  ) throws(FetchingError) -> Lock {
    let snapshot = snapshot ?? recipe.snapshot
    let keyring = try Keyring(given: keyring)
    let found =
      if let snapshot {
        try Mirrors(given: mirrors, suites: recipe.suites, snapshot: snapshot)
      } else { try Mirrors(given: mirrors, suites: recipe.suites) }
    let settings = try Apt.hostSettings()
    let acceptsAnyDate = found.areConfigured && Apt.acceptsAnyDate(settings)
    progress(.resolving(anyDate: acceptsAnyDate))
    let architecture = try machineArchitecture()
    let apt = try Apt()
    try update(from: found) { sources throws(FetchingError) in
      try apt.update(
        sources, components: recipe.components, architecture: architecture, keyring: keyring,
        checksDates: snapshot == nil && !allowOutdated && !acceptsAnyDate)
    }
    let debs = try apt.closure(of: recipe.packages, architecture: architecture)
    let chain = try ReleaseChain(
      of: debs, apt.indexes(), suites: recipe.suites, keyring: keyring, snapshot: snapshot)
    let packages = try debs.map { (deb) throws(FetchingError) in try chain.package(deb) }
    let releases = chain.locked
    if let previous { try ReleaseChain.check(releases, replace: previous.releases) }
    return Lock(
      recipe: recipe, architecture: architecture, rootfs: nil, packages: packages,
      releases: releases)
  }

  /// Finds the image of a recipe in a layout, a folder or a tar archive, and pins it by its manifest.
  public static func lock(
    recipe: Recipe, image: String?, store: Store
  ) throws(FetchingError) -> Lock {
    guard let image else { throw .noImage(recipe: recipe.name) }
    let layout = try ImageLayout.open(image, store: store)
    let manifest = try layout.manifest(
      recipe.image?.manifest, reference: recipe.image?.reference, architecture: .current)
    return Lock(
      recipe: recipe, architecture: Architecture.current.debian, rootfs: nil, packages: [],
      image: Lock.Image(
        manifest: manifest.digest, layers: manifest.layers.map(\.descriptor.digest)))
  }

  /// Updates apt from the first mirrors that work.
  private static func update(
    from mirrors: Mirrors,
    _ body: ([(suite: String, uri: String)]) throws(FetchingError) -> Void
  ) throws(FetchingError) {
    let attempts = mirrors.bases.map(\.uris.count).max() ?? 1
    for attempt in 0..<attempts {
      do throws(FetchingError) {
        return try body(
          mirrors.bases.map { (suite: $0.suite, uri: $0.uris[min(attempt, $0.uris.count - 1)]) })
      } catch {
        if attempt + 1 == attempts { throw error }
      }
    }
  }

  /// Gets the packages of a lock, lays them out and puts the tree into the store, where it is known
  /// as `rootfs/RECIPE` from then on.
  ///
  /// `downloads` is where packages are kept, nil stands for the store's own folder; `mirrors` are
  /// those of `lock`; `image` is the layout that has the image of a lock that is made of one.
  public static func fetch(
    lock: Lock, store: Store, mirrors: [String]? = nil, downloads: String? = nil,
    image: String? = nil,
    progress: @escaping @Sendable (RootfsProgress) -> Void = { _ in }
  ) throws(FetchingError) -> StoredTree {
    let machine =
      lock.image == nil ? try machineArchitecture() : Architecture.current.debian
    guard lock.architecture == machine else {
      throw .architecture(lock: lock.architecture, machine: machine)
    }
    if let found = try find(lock, in: store) {
      try remember(found, lock, in: store)
      return try storing(StoredTree(try store.tree(found)))
    }
    let tree =
      if let pinned = lock.image {
        try make(lock, pinned, from: image, in: store, progress: progress)
      } else {
        try make(
          lock, from: packages(lock, store, mirrors, downloads, progress), in: store,
          progress: progress)
      }
    if let expected = lock.rootfs, expected != tree.digest {
      throw .rootfsMismatch(recipe: lock.recipe.name, expected: expected, actual: tree.digest)
    }
    try remember(tree.digest, lock, in: store)
    return tree
  }

  /// The packages of a lock as `fetch` left them in the store's own folder, with their places.
  ///
  /// - Throws: `.packageNotKept` where one is not there any more.
  public static func packages(
    of lock: Lock, in store: Store
  ) throws(FetchingError) -> [(digest: Digest, path: String)] {
    let files = Downloads(folder: "\(store.path)/downloads", packages: lock.packages)
    return try lock.packages.map { (package) throws(FetchingError) in
      let path = files.path(of: package)
      guard FileSystem.exists(path) else { throw .packageNotKept(filename: package.filename) }
      return (package.sha256, path)
    }
  }

  /// Lays out the packages of a lock, verified files in `folder` under the names of their digests,
  /// and puts the tree into the store if it is the one that the lock names. Needs no network, and
  /// does not make the tree the one that is known by its recipe's name.
  public static func assemble(
    _ lock: Lock, from folder: String, in store: Store
  ) throws(FetchingError) {
    guard let expected = lock.rootfs, !store.contains(expected) else { return }
    let files = Downloads(folder: folder, packages: lock.packages)
    let draft = try unpack(lock, from: files, in: store) { _ in }
    let found: Tree
    do throws(StoringError) {
      found = try Tree(reading: draft.path)
    } catch {
      throw .storing(error)
    }
    guard found.digest == expected else {
      throw .rootfsMismatch(
        recipe: lock.recipe.name, expected: expected, actual: found.digest)
    }
    do throws(StoringError) {
      _ = try draft.publish()
    } catch {
      throw .storing(error)
    }
  }

  /// Gets what is not here yet.
  private static func packages(
    _ lock: Lock, _ store: Store, _ mirrors: [String]?, _ downloads: String?,
    _ progress: @escaping @Sendable (RootfsProgress) -> Void
  ) throws(FetchingError) -> Downloads {
    let files = Downloads(
      folder: downloads ?? "\(store.path)/downloads", packages: lock.packages)
    var snapshots: [String: UTCTime] = [:]
    for release in lock.releases { snapshots[release.suite] = release.snapshot }
    try files.complete(
      mirrors: Mirrors(given: mirrors, suites: lock.recipe.suites, snapshots: snapshots),
      progress: progress)
    return files
  }

  private static func make(
    _ lock: Lock, _ pinned: Lock.Image, from path: String?, in store: Store,
    progress: @escaping @Sendable (RootfsProgress) -> Void
  ) throws(FetchingError) -> StoredTree {
    guard let path else { throw .noImage(recipe: lock.recipe.name) }
    let layout = try ImageLayout.open(path, store: store)
    let manifest = try layout.manifest(
      pinned.manifest, reference: nil, architecture: .current)
    guard manifest.digest == pinned.manifest,
      manifest.layers.map(\.descriptor.digest) == pinned.layers
    else { throw .badImage(path: path, reason: "its manifest is not the one of the lock") }
    let draft = try storing(try store.draft())
    let unpacker = Unpacker(root: draft.path, recipe: lock.recipe)
    var stack = LayerStack(unpacker: unpacker, store: store)
    for (index, layer) in manifest.layers.enumerated() {
      progress(.layering(layers: index, totalLayers: manifest.layers.count))
      try stack.apply(layer, of: layout)
    }
    try unpacker.finish()
    progress(.storing)
    do throws(StoringError) {
      return try draft.publish()
    } catch {
      throw .storing(error)
    }
  }

  private static func make(
    _ lock: Lock, from files: Downloads, in store: Store,
    progress: @escaping @Sendable (RootfsProgress) -> Void
  ) throws(FetchingError) -> StoredTree {
    let draft = try unpack(lock, from: files, in: store, progress: progress)
    progress(.storing)
    do throws(StoringError) {
      return try draft.publish()
    } catch {
      throw .storing(error)
    }
  }

  private static func unpack(
    _ lock: Lock, from files: Downloads, in store: Store,
    progress: @escaping @Sendable (RootfsProgress) -> Void
  ) throws(FetchingError) -> Draft {
    let draft = try storing(try store.draft())
    let unpacker = Unpacker(root: draft.path, recipe: lock.recipe)
    let count = lock.packages.count
    let meter = Meter { items, _ in progress(.unpacking(packages: items, totalPackages: count)) }
    let ordered = lock.packages.sorted { $0.size > $1.size }
    _ = try Workers.map(ordered, threads: Machine.allowedCPUs.count) {
      package throws(FetchingError) in
      try unpacker.unpack(files.path(of: package), filename: package.filename)
      meter.add(package.size)
    }
    try unpacker.finish()
    return draft
  }

  /// The tree that a lock stands for, if the store has it.
  public static func find(_ lock: Lock, in store: Store) throws(FetchingError) -> Digest? {
    if let digest = lock.rootfs { return store.contains(digest) ? digest : nil }
    guard let (digest, known) = try find(lock.recipe, in: store), known.packages == lock.packages,
      known.image == lock.image,
      known.architecture == lock.architecture
    else { return nil }
    return digest
  }

  /// The tree and the lock that were last fetched for a recipe, if the store has them.
  public static func find(
    _ recipe: Recipe, in store: Store
  ) throws(FetchingError) -> (digest: Digest, lock: Lock)? {
    let path = lockPath(recipe, in: store)
    guard let bytes = try doing("reading \(path)", try FileSystem.readIfPresent(path)) else {
      return nil
    }
    let lock: Lock
    do throws(ReadingError) {
      lock = try Lock(parsing: bytes, file: path)
    } catch {
      throw .reading(error)
    }
    guard let digest = lock.rootfs, store.contains(digest) else { return nil }
    return (digest, lock)
  }

  /// The locks that were fetched into the store and can be read.
  public static func locks(in store: Store) throws(FetchingError) -> [Lock] {
    let folder = "\(store.path)/locks"
    guard FileSystem.isDirectory(folder) else { return [] }
    var locks: [Lock] = []
    for entry in try doing("listing \(folder)", try Directory(folder).entries())
    where entry.kind == .regular && entry.name.hasSuffix(".lock") {
      let path = "\(folder)/\(entry.name)"
      let bytes = try doing("reading \(path)", try FileSystem.read(path, limit: 64 << 20))
      // A lock of a later version of this tool is none of ours.
      if let lock = try? Lock(parsing: bytes, file: path) { locks.append(lock) }
    }
    return locks
  }

  /// Hashes the packages of a lock that the store has kept; how many those are. One that is not what
  /// the lock says is a mismatch.
  public static func verifyDownloads(
    of lock: Lock, in store: Store
  ) throws(FetchingError) -> Int {
    try Downloads(folder: "\(store.path)/downloads", packages: lock.packages).verify()
  }

  private static func lockPath(_ recipe: Recipe, in store: Store) -> String {
    "\(store.path)/locks/\(recipe.digest.hex).lock"
  }

  /// Keeps the tree from being collected and the lock at hand.
  private static func remember(
    _ digest: Digest, _ lock: Lock, in store: Store
  ) throws(FetchingError) {
    var lock = lock
    lock.rootfs = digest
    // A project's choice, of no concern to another that uses the same rootfs.
    lock.toolchain = nil
    let path = lockPath(lock.recipe, in: store)
    let text = Array(lock.render().utf8)
    try doing(
      "making the folder of locks",
      try FileSystem.makeDirectories("\(store.path)/locks", permissions: 0o700))
    try doing("writing \(path)", try FileSystem.write(text, to: path))
    try storing(try store.setRoot("rootfs/\(lock.recipe.name)", to: digest))
  }

  /// Debian's name of this machine's architecture.
  private static func machineArchitecture() throws(FetchingError) -> String {
    do throws(CommandError) {
      let output = try Command(["dpkg", "--print-architecture"], timeout: 60).runChecked()
      return String(output.text.prefix { !$0.isWhitespace })
    } catch {
      throw .apt(task: "asking dpkg for the architecture of this machine", error)
    }
  }
}
