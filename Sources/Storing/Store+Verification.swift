public import Hashing
import Linux
public import Reading

extension Store {
  /// Looks at trees that are to be used; fails with `.damaged` and the first path that differs.
  ///
  /// Whoever holds a lease of them keeps them from being collected meanwhile.
  public func verify(
    _ digests: [Digest], _ verification: StoreVerification
  ) throws(StoringError) {
    for digest in Set(digests).sorted() {
      switch verification {
      case .full: try verify(digest)
      case .cached: try confirm(digest)
      }
    }
  }

  /// Hashes the tree again; fails with `.damaged` and the first path that differs.
  @discardableResult
  public func verify(_ digest: Digest) throws(StoringError) -> StoredTree {
    try verify(digest, read(digest))
  }

  /// Hashes the tree again unless it has the signature that it had when it was last hashed. A tree
  /// that was moved or restored from a backup has another one: it is hashed once.
  ///
  /// - Returns: whether the signature was enough.
  @discardableResult
  func confirm(_ digest: Digest) throws(StoringError) -> Bool {
    let reader = try read(digest)
    // Whatever cannot be read as a signature is none.
    let seal = (try? FileSystem.readIfPresent(sealPath(digest))) ?? nil
    if let seal, Self.digest(in: seal) == reader.signature?.digest { return true }
    try verify(digest, reader)
    return false
  }

  private func read(_ digest: Digest) throws(StoringError) -> TreeReader {
    guard contains(digest) else { throw .missing(digest) }
    return try TreeReader(path(of: digest), signs: true) { _, _ in false }
  }

  @discardableResult
  private func verify(
    _ digest: Digest, _ reader: TreeReader
  ) throws(StoringError) -> StoredTree {
    let found = try reader.tree()
    guard found.digest == digest else {
      guard let expected = try? tree(digest), let difference = found.firstDifference(from: expected)
      else { throw .damagedWhole(digest, found: found.digest) }
      throw .damaged(digest, path: difference.path, difference.difference)
    }
    // A seal only saves time: a store that cannot be written to is used without.
    if let signature = reader.signature, signature.isSettled(at: reader.startedAt) {
      try? seal(digest, with: signature)
    }
    return StoredTree(found)
  }

  /// Remembers the signature, which was taken before the tree was hashed: had anything changed
  /// since, the tree would have another one by now.
  private func seal(_ digest: Digest, with signature: TreeSignature) throws {
    let draft = try draft()
    let new = "\(draft.path)/seal"
    try FileSystem.write(Array("\(signature.digest)\n".utf8), to: new)
    try FileSystem.makeDirectories("\(path)/seals", permissions: 0o700)
    try locked(.shared) { () throws(SystemError) in
      if contains(digest) { try FileSystem.rename(new, to: sealPath(digest)) }
    }
  }
}
