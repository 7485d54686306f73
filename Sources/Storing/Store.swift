public import Hashing
import Linux

/// Trees on disk under the names of their digests.
///
/// Beneath `path`:
/// - `trees/HEX/` — a tree: files 0444 or 0555, folders 0755, all times `Store.time`. An entry
///   appears by one rename, so it is whole or absent.
/// - `indexes/HEX` — its `Tree` message, by which `verify` can name what differs.
/// - `seals/HEX` — the signature that the tree had when it was last hashed and found right.
/// - `leases/HEX` — locked shared by whoever uses the tree; its time is that of the last use.
/// - `roots/NAME` — the digest of a tree that is to be kept.
/// - `drafts/` — trees in the making, each with a lock that shows whether its maker lives.
/// - `lock` — held shared while an entry or a lease comes into being, exclusively while the store is
///   collected.
public struct Store: Sendable {
  /// Absolute, without symlinks.
  public let path: String

  /// The time of everything in a tree, 2006-07-24T01:21:28Z: the constant that `cargo package`
  /// gives to every file in a .crate.
  public static let time: Int64 = 1_153_704_088

  /// Opens the store at `path`, by default in CUPEL_STORE, else XDG_DATA_HOME/cupel, else
  /// ~/.local/share/cupel, and makes it where there is none. What dead runs left half-made is
  /// removed.
  public static func open(path: String? = nil) throws(StoringError) -> Store {
    let store = if let path { try Store(at: path) } else { try Store(at: defaultPath()) }
    try store.removeAbandonedDrafts()
    return store
  }

  private init(at path: String) throws(StoringError) {
    do throws(SystemError) {
      for folder in ["trees", "indexes", "leases", "roots", "drafts"] {
        try FileSystem.makeDirectories("\(path)/\(folder)", permissions: 0o700)
      }
      self.path = try FileSystem.realPath(path)
    } catch {
      throw .unusable(path: path, error)
    }
  }

  /// The folder that `open` takes when no path is given; it need not exist.
  public static func defaultPath() throws(StoringError) -> String {
    if let path = Machine.environment("CUPEL_STORE"), !path.isEmpty { return path }
    // Relative values are to be ignored (XDG Base Directory Specification 0.8).
    if let data = Machine.environment("XDG_DATA_HOME"), data.hasPrefix("/") {
      return "\(data)/cupel"
    }
    guard let home = Machine.environment("HOME"), home.hasPrefix("/") else { throw .noPlace }
    return "\(home)/.local/share/cupel"
  }

  /// Where the tree is, if the store holds it.
  public func path(of digest: Digest) -> String { "\(path)/trees/\(digest.hex)" }

  public func contains(_ digest: Digest) -> Bool { FileSystem.isDirectory(path(of: digest)) }

  /// The tree's listing, from its index.
  public func tree(_ digest: Digest) throws(StoringError) -> Tree {
    guard contains(digest) else { throw .missing(digest) }
    let operation = "reading the index of \(digest)"
    let index = try doing(operation, try FileSystem.read(indexPath(digest)))
    guard let tree = Tree(index: index, expected: digest) else {
      throw .damagedIndex(digest)
    }
    return tree
  }

  /// An empty folder to be filled and published.
  public func draft() throws(StoringError) -> Draft { try Draft(in: self) }

  func indexPath(_ digest: Digest) -> String { "\(path)/indexes/\(digest.hex)" }
  func sealPath(_ digest: Digest) -> String { "\(path)/seals/\(digest.hex)" }
  func leasePath(_ digest: Digest) -> String { "\(path)/leases/\(digest.hex)" }
  var draftsPath: String { "\(path)/drafts" }
  var lockPath: String { "\(path)/lock" }

  /// Runs `body` while holding the store's lock.
  func locked<Value: ~Copyable>(
    _ mode: FileLock.Mode, _ body: () throws(SystemError) -> Value
  ) throws(SystemError) -> Value {
    let lock = try FileLock(lockPath, mode)
    let value = try body()
    _ = consume lock
    return value
  }

  /// Notes that the tree was used now.
  func touch(_ digest: Digest) throws(SystemError) {
    _ = try FileSystem.openForLocking(leasePath(digest))
    try Directory("\(path)/leases").setTimes(digest.hex, seconds: Machine.wallClockSeconds)
  }
}
