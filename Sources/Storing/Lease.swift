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
    do throws(SystemError) {
      try store.locked(.shared) { () throws(SystemError) in
        for digest in Set(digests).sorted() where store.contains(digest) {
          locks.append(Held(try FileLock(store.leasePath(digest), .shared)))
          try store.touch(digest)
        }
      }
    } catch {
      throw .system("leasing trees from the store", error)
    }
    for digest in digests where !store.contains(digest) { throw .missing(digest) }
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
