public import Hashing
import Linux

/// The promise that some trees stay in the store as long as this value lives; a process that dies
/// gives it up.
public struct Lease: ~Copyable, Sendable {
  public let digests: [Digest]
  private let locks: [Held]

  /// A lock in a box, for an array cannot hold a noncopyable value.
  private final class Held: Sendable {
    let lock: FileLock

    init(_ lock: consuming FileLock) {
      self.lock = lock
    }
  }

  init(_ digests: [Digest], in store: Store) throws(StoringError) {
    var locks: [Held] = []
    var missing: Digest?
    do throws(SystemError) {
      try store.locked(.shared) { () throws(SystemError) in
        // Asked while nothing is collected: what is published a moment later would have no lock.
        missing = digests.first { !store.contains($0) }
        guard missing == nil else { return }
        for digest in Set(digests).sorted() {
          locks.append(Held(try FileLock(store.leasePath(digest), .shared)))
          try store.touch(digest)
        }
      }
    } catch {
      throw .system("leasing trees from the store", error)
    }
    if let missing { throw .missing(missing) }
    self.init(digests: digests, locks: locks)
  }

  private init(digests: [Digest], locks: [Held]) {
    self.digests = digests
    self.locks = locks
  }
}

extension Store {
  /// Keeps the trees from being collected; fails with `.missing` where one is not there.
  public func lease(_ digests: [Digest]) throws(StoringError) -> Lease {
    try Lease(digests, in: self)
  }
}
