import Hashing
public import Linux

extension Store {
  /// Copies the folder at `path` into the store, unless its tree is there already.
  ///
  /// `excluding` is that of `Tree.init(reading:excluding:)`.
  public func importTree(
    from path: String,
    excluding: (_ relativePath: String, _ kind: FileStatus.Kind) -> Bool = { _, _ in false }
  ) throws(StoringError) -> StoredTree {
    let tree = try Tree(reading: path, excluding: excluding)
    if contains(tree.digest) {
      try doing("using the tree \(tree.digest)", try touchUnlessCollected(tree.digest))
      if contains(tree.digest) { return StoredTree(tree) }
    }
    let draft = try draft()
    try doing(
      "copying \(path) into the store",
      try Self.copy(tree, from: Directory(path), to: Directory(draft.path)))
    try draft.normalise()
    let copy = try Tree(reading: draft.path)
    guard copy.digest == tree.digest else { throw .changedWhileCopying(path: path) }
    return try draft.publish(copy)
  }

  private func touchUnlessCollected(_ digest: Digest) throws(SystemError) {
    try locked(.shared) { () throws(SystemError) in
      if contains(digest) { try touch(digest) }
    }
  }

  private static func copy(
    _ tree: Tree, from source: borrowing Directory, to target: borrowing Directory
  ) throws(SystemError) {
    for file in tree.files {
      let copy = try target.create(file.name, permissions: file.isExecutable ? 0o755 : 0o644)
      do throws(SystemError) {
        try FileSystem.copyContents(from: source.open(file.name), to: copy)
      } catch {
        throw SystemError("copying \(source.path)/\(file.name)", code: error.code)
      }
    }
    for symlink in tree.symlinks { try target.makeSymlink(symlink.name, to: symlink.target) }
    for subtree in tree.subtrees {
      try target.makeDirectory(subtree.name)
      try copy(
        subtree.tree, from: source.directory(subtree.name), to: target.directory(subtree.name))
    }
  }
}
