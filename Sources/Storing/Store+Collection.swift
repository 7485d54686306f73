public import Hashing
import Linux

/// One tree of a listing of the store.
public struct StoreEntry: Sendable {
  public let tree: StoredTree
  /// Seconds since the epoch.
  public let lastUsed: Int64
  /// Names that stand for it, sorted.
  public let roots: [String]
}

/// What a collection removed.
public struct Collected: Sendable {
  public let trees: [StoredTree]
  /// Half-made trees of runs that died.
  public let draftCount: Int
}

extension Store {
  /// Every tree, most recently used first.
  public func list() throws(StoringError) -> [StoreEntry] {
    let roots = try roots()
    var entries: [StoreEntry] = []
    for digest in try digests() {
      guard let tree = try? tree(digest) else { continue }
      entries.append(
        StoreEntry(
          tree: StoredTree(tree), lastUsed: lastUsed(digest),
          roots: roots.filter { $0.digest == digest }.map(\.name)))
    }
    return entries.sorted {
      ($1.lastUsed, $0.tree.digest) < ($0.lastUsed, $1.tree.digest)
    }
  }

  /// The digests of all trees, sorted.
  public func digests() throws(StoringError) -> [Digest] {
    try doing("listing the store", try Directory("\(path)/trees").entries())
      .compactMap { Digest(hex: $0.name) }
  }

  private func lastUsed(_ digest: Digest) -> Int64 {
    (try? FileSystem.linkStatus(leasePath(digest)).modified) ?? 0
  }

  /// Removes every tree that nobody leases, that no root names, that is not in `keeping`, and that
  /// was last used more than `age` seconds ago; and what dead runs left half-made.
  public func collectGarbage(
    keeping: Set<Digest> = [], unusedFor age: Int64 = 3600
  ) throws(StoringError) -> Collected {
    // Its deinit removes what is moved into it, after the lock is given up.
    let drafts = try removeAbandonedDrafts()
    let graveyard = try draft()
    do throws(SystemError) {
      let place = graveyard.path
      let trees = try locked(.exclusive) { () throws(SystemError) in
        try buryTrees(in: place, keeping: keeping, unusedFor: age)
      }
      return Collected(trees: trees, draftCount: drafts)
    } catch {
      throw .system("collecting the store \(path)", error)
    }
  }

  /// Removes a tree whatever names it, unless somebody leases it.
  ///
  /// - Returns: whether it is gone.
  public func remove(_ digest: Digest) throws(StoringError) -> Bool {
    let graveyard = try draft()
    do throws(SystemError) {
      let place = graveyard.path
      return try locked(.exclusive) { () throws(SystemError) in
        guard contains(digest) else { return true }
        guard try FileLock.attempt(leasePath(digest), .exclusive) != nil else { return false }
        try bury(digest, in: place)
        return true
      }
    } catch {
      throw .system("removing the tree \(digest)", error)
    }
  }

  private func bury(_ digest: Digest, in graveyard: String) throws(SystemError) {
    try FileSystem.rename(path(of: digest), to: "\(graveyard)/\(digest.hex)")
    for path in [indexPath(digest), sealPath(digest), leasePath(digest)] {
      try? FileSystem.remove(path)
    }
  }

  /// Moves what is to go into `graveyard`; the store's lock is held exclusively.
  private func buryTrees(
    in graveyard: String, keeping: Set<Digest>, unusedFor age: Int64
  ) throws(SystemError) -> [StoredTree] {
    var buried: [StoredTree] = []
    let kept = try keeping.union(rootDigests())
    for entry in try Directory("\(path)/trees").entries() {
      guard let digest = Digest(hex: entry.name), !kept.contains(digest),
        Machine.wallClockSeconds - lastUsed(digest) >= age,
        try FileLock.attempt(leasePath(digest), .exclusive) != nil
      else { continue }
      if let tree = try? tree(digest) { buried.append(StoredTree(tree)) }
      try bury(digest, in: graveyard)
    }
    return buried
  }

  private func rootDigests() throws(SystemError) -> [Digest] {
    do throws(StoringError) {
      return try roots().map(\.digest)
    } catch {
      if case .system(_, let cause) = error { throw cause }
      return []
    }
  }

  /// Removes what dead runs left half-made.
  ///
  /// - Returns: how many drafts.
  @discardableResult
  func removeAbandonedDrafts() throws(StoringError) -> Int {
    do throws(SystemError) {
      return try ScratchFolder.removeAbandoned(in: draftsPath, prefix: Draft.prefix)
    } catch {
      throw .unusable(path: path, error)
    }
  }
}
