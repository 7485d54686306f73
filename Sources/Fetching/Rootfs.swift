public import Hashing
import Linux
public import Reading
public import Storing

/// From a recipe to a lock, from a lock to a tree in the store.
public enum Rootfs {
  /// Resolves a recipe with apt, which checks the archive's signatures, to exact packages.
  ///
  /// `mirrors` are `URI` or `SUITE=URI`, tried in turn; nil stands for CUPEL_MIRROR, else the sources
  /// of this machine's apt.
  public static func lock(
    recipe: Recipe, mirrors: [String]? = nil,
    progress: @escaping @Sendable (RootfsProgress) -> Void = { _ in }
  ) throws(FetchingError) -> Lock {
    progress(.resolving)
    let mirrors = try Mirrors(given: mirrors, suites: recipe.suites)
    let architecture = try machineArchitecture()
    let apt = try Apt()
    let sources = try update(apt, recipe, mirrors, architecture)
    let debs = try apt.closure(of: recipe.packages, architecture: architecture)
    let suites = try apt.suites(of: debs)
    var packages: [Lock.Package] = []
    for deb in debs {
      let base = sources.map(\.uri).filter { deb.uri.hasPrefix($0) }.max { $0.count < $1.count }
      let holding = suites["\(deb.name) \(deb.version)"] ?? []
      guard let base, let filename = PercentEncoding.decode(deb.uri.dropFirst(base.count)),
        let suite = recipe.suites.first(where: { holding.contains($0) })
      else { throw .unexpectedOutput(program: "apt-get --print-uris", line: deb.uri) }
      packages.append(
        Lock.Package(
          name: deb.name, version: deb.version, architecture: deb.architecture, size: deb.size,
          sha256: deb.sha256, filename: filename, suite: suite))
    }
    return Lock(recipe: recipe, architecture: architecture, rootfs: nil, packages: packages)
  }

  /// Updates apt from the first mirrors that work, and returns which those are.
  private static func update(
    _ apt: borrowing Apt, _ recipe: Recipe, _ mirrors: Mirrors, _ architecture: String
  ) throws(FetchingError) -> [(suite: String, uri: String)] {
    let attempts = mirrors.bases.map(\.uris.count).max() ?? 1
    for attempt in 0..<attempts {
      let sources = mirrors.bases.map {
        (suite: $0.suite, uri: $0.uris[min(attempt, $0.uris.count - 1)])
      }
      do throws(FetchingError) {
        try apt.update(sources, components: recipe.components, architecture: architecture)
        return sources
      } catch {
        if attempt + 1 == attempts { throw error }
      }
    }
    return []
  }

  /// Gets the packages of a lock, lays them out and puts the tree into the store, where it is known
  /// as `rootfs/RECIPE` from then on.
  ///
  /// `downloads` is where packages are kept, nil stands for the store's own folder; `mirrors` are
  /// those of `lock`.
  public static func fetch(
    lock: Lock, store: Store, mirrors: [String]? = nil, downloads: String? = nil,
    progress: @escaping @Sendable (RootfsProgress) -> Void = { _ in }
  ) throws(FetchingError) -> StoredTree {
    let machine = try machineArchitecture()
    guard lock.architecture == machine else {
      throw .architecture(lock: lock.architecture, machine: machine)
    }
    if let found = try find(lock, in: store) {
      try remember(found, lock, in: store)
      return try storing(StoredTree(try store.tree(found)))
    }
    let files = Downloads(
      folder: downloads ?? "\(store.path)/downloads", packages: lock.packages)
    try files.complete(
      mirrors: Mirrors(given: mirrors, suites: lock.recipe.suites), progress: progress)
    let tree = try make(lock, from: files, in: store, progress: progress)
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
