/// A folder to make something in, which goes away with this value; one whose maker died, for
/// whatever reason, is recognised as abandoned and removed by `removeAbandoned`.
///
/// Beneath `PARENT/PREFIX-XXXXXX` stand `lock`, which the maker holds locked, and `contents`. The
/// kernel gives the lock up when the maker dies, so neither the number of a process nor who can see
/// it matters: makers and removers may live in different process namespaces.
public struct ScratchFolder: ~Copyable, Sendable {
  /// The folder above `path`.
  public let place: String
  private let lock: FileLock

  private static let lockName = "lock"
  private static let contentsName = "contents"

  /// The folder to fill.
  public var path: String { "\(place)/\(Self.contentsName)" }

  /// Makes `parent/prefix-XXXXXX`.
  public static func make(
    in parent: String, prefix: String
  ) throws(SystemError) -> ScratchFolder {
    while true {
      let place = try FileSystem.makeTemporaryDirectory(in: parent, prefix: prefix)
      guard let lock = try lock(place) else { continue }
      let folder = ScratchFolder(place: place, lock: lock)
      try FileSystem.makeDirectory(folder.path)
      return folder
    }
  }

  private init(place: String, lock: consuming FileLock) {
    self.place = place
    self.lock = lock
  }

  deinit {
    try? FileSystem.removeTree(place)
  }

  /// Puts the contents into their place in one step (renameat2(2)). What stood there goes away with
  /// this value, or fails with EEXIST where nothing may be replaced.
  public borrowing func publish(
    to parent: borrowing Directory, as name: String, replacing: Bool = true
  ) throws(SystemError) {
    let made = try Directory(place)
    do throws(SystemError) {
      try made.rename(Self.contentsName, to: parent, as: name, .onlyNew)
    } catch {
      guard replacing, error.isAlreadyThere else { throw error }
      try made.rename(Self.contentsName, to: parent, as: name, .exchange)
    }
  }

  /// Nil when a remover was faster, who may have taken the folder for an abandoned one until now.
  private static func lock(_ place: String) throws(SystemError) -> FileLock? {
    let path = "\(place)/\(lockName)"
    do throws(SystemError) {
      guard let lock = try FileLock.attempt(path, .exclusive) else { return nil }
      if try lock.isStill(path) { return lock }
      return nil
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  /// Removes folders `PARENT/PREFIX-…` whose makers are dead, as far as this user may.
  ///
  /// - Returns: how many.
  @discardableResult
  public static func removeAbandoned(
    in parent: String, prefix: String
  ) throws(SystemError) -> Int {
    let folder = try Directory(parent)
    var count = 0
    for entry in try folder.entriesAsFound()
    where entry.kind == .directory && entry.name.hasPrefix("\(prefix)-") {
      do throws(SystemError) {
        if try removeIfAbandoned(entry.name, in: folder) { count += 1 }
      } catch {
        // Somebody else's, or removed meanwhile.
        if !error.isPermission && !error.isNotFound { throw error }
      }
    }
    return count
  }

  private static func removeIfAbandoned(
    _ name: String, in parent: borrowing Directory
  ) throws(SystemError) -> Bool {
    // What stands in it is listed first: the lock comes before everything else, so a folder with
    // contents and no lock was being removed when its remover died.
    let entries = try parent.directory(name).entriesAsFound()
    if entries.isEmpty {
      // One that is just being made gets a lock meanwhile, and then is not empty, or its maker
      // takes another.
      do throws(SystemError) {
        try parent.removeDirectory(name)
      } catch {
        if error.isAlreadyThere { return false }
        throw error
      }
      return true
    }
    let path = "\(parent.path)/\(name)/\(lockName)"
    if entries.contains(where: { $0.name == lockName }) {
      guard let lock = try FileLock.attempt(path, .exclusive, creating: false) else {
        return false
      }
      try parent.removeTree(name)
      _ = consume lock
    } else {
      try parent.removeTree(name)
    }
    return true
  }
}
