import Linux

/// A tree in the making: a folder that nobody else sees, to be filled and then published. It is
/// removed when this value goes away.
public struct Draft: ~Copyable, Sendable {
  /// The folder to fill.
  public let path: String
  private let store: Store
  private let place: String
  private let lock: FileLock

  static let lockName = "lock"

  init(in store: Store) throws(StoringError) {
    // A collector takes the store's lock exclusively, so it never sees a draft without its own.
    let storeLock = try doing("locking the store", try FileLock(store.lockPath, .shared))
    let operation = "making a draft in \(store.draftsPath)"
    let place = try doing(
      operation,
      try FileSystem.makeTemporaryDirectory(in: store.draftsPath, prefix: "draft"))
    let lock = try doing(operation, try FileLock("\(place)/\(Self.lockName)", .exclusive))
    _ = consume storeLock
    let path = "\(place)/tree"
    try doing(operation, try FileSystem.makeDirectories(path))
    self.init(path: path, store: store, place: place, lock: lock)
  }

  private init(path: String, store: Store, place: String, lock: consuming FileLock) {
    self.path = path
    self.store = store
    self.place = place
    self.lock = lock
  }

  deinit {
    try? FileSystem.removeTree(place)
  }

  /// Normalises permissions and times, hashes the tree and moves it to its place in the store. A
  /// tree that is there already, perhaps published by another run meanwhile, is left as it is.
  public consuming func publish() throws(StoringError) -> StoredTree {
    try normalise()
    return try publish(Tree(reading: path))
  }

  /// Moves a tree to its place that is known to have no more to be normalised.
  consuming func publish(_ tree: Tree) throws(StoringError) -> StoredTree {
    let digest = tree.digest
    do throws(SystemError) {
      try FileSystem.write(tree.index, to: "\(place)/index")
      try store.locked(.shared) { () throws(SystemError) in
        if !store.contains(digest) {
          try FileSystem.rename("\(place)/index", to: store.indexPath(digest))
          try move(to: store.path(of: digest))
        }
        try store.touch(digest)
      }
    } catch {
      throw .system("publishing the tree \(digest)", error)
    }
    return StoredTree(tree)
  }

  /// rename(2) replaces an empty folder only, and only the empty tree could be one: a full one
  /// fails with ENOTEMPTY, which says that another run was faster.
  private borrowing func move(to target: String) throws(SystemError) {
    do throws(SystemError) {
      try FileSystem.rename(path, to: target)
    } catch {
      if !error.isAlreadyThere { throw error }
    }
  }

  /// Makes permissions and times those of the store and so drops setuid bits and umask.
  borrowing func normalise() throws(StoringError) {
    do throws(SystemError) {
      try FileSystem.setPermissions(path, 0o755)
      try Self.normalise(Directory(path))
      try Directory(place).setTimes("tree", seconds: Store.time)
    } catch {
      throw .system("normalising the draft \(path)", error)
    }
  }

  private static func normalise(_ directory: borrowing Directory) throws(SystemError) {
    for entry in try directory.entriesAsFound() {
      switch entry.kind {
      case .directory:
        try directory.setPermissions(entry.name, 0o755)
        try normalise(directory.directory(entry.name))
      case .regular:
        let isExecutable = try directory.status(entry.name).isExecutable
        try directory.setPermissions(entry.name, isExecutable ? 0o555 : 0o444)
      default:
        break
      }
      try directory.setTimes(entry.name, seconds: Store.time)
    }
  }
}
