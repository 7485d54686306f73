import Linux

/// A tree in the making: a folder that nobody else sees, to be filled and then published. It is
/// removed when this value goes away.
public struct Draft: ~Copyable, Sendable {
  /// The folder to fill.
  public var path: String { scratch.path }
  private let store: Store
  private let scratch: ScratchFolder

  static let prefix = "draft"

  init(in store: Store) throws(StoringError) {
    self.store = store
    scratch = try doing(
      "making a draft in \(store.draftsPath)",
      try ScratchFolder.make(in: store.draftsPath, prefix: Self.prefix))
  }

  /// Normalises permissions and times, hashes the tree and moves it to its place in the store. A
  /// tree that is there already, perhaps published by another run meanwhile, is left as it is.
  public consuming func publish() throws(StoringError) -> StoredTree {
    try normalise()
    return try publish(Tree(reading: path))
  }

  /// Moves a tree to its place that is known to have no more to be normalised.
  ///
  /// Everything in it is on the disk before it gets its name, and the name before this returns, so a
  /// loss of power leaves no tree whose files are cut short. One syncfs(2) costs less than an fsync(2)
  /// for every file.
  consuming func publish(_ tree: Tree) throws(StoringError) -> StoredTree {
    let digest = tree.digest
    do throws(SystemError) {
      if !store.contains(digest) { try prepare(tree) }
      try store.locked(.shared) { () throws(SystemError) in
        if !store.contains(digest) {
          // Again, if it was there before and has been collected.
          try prepare(tree)
          try FileSystem.rename(index, to: store.indexPath(digest))
          try move(to: store.path(of: digest))
          for folder in ["indexes", "trees"] {
            try FileSystem.synchronize("\(store.path)/\(folder)")
          }
        }
        try store.touch(digest)
      }
    } catch {
      if error.isAcrossFileSystems { throw .divided(path: store.path) }
      throw .system("publishing the tree \(digest)", error)
    }
    return StoredTree(tree)
  }

  private var index: String { "\(scratch.place)/index" }

  /// Writes the index, and everything to the disk, unless that is done.
  private borrowing func prepare(_ tree: Tree) throws(SystemError) {
    if FileSystem.exists(index) { return }
    try FileSystem.write(tree.index, to: index)
    try FileSystem.synchronizeAll(of: Directory(scratch.place))
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
      let (place, name) = FileSystem.split(path)
      try Directory(place).setTimes(name, seconds: Store.time)
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
