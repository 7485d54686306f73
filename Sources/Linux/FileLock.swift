private import Glibc

/// An advisory lock on a file (flock(2)), given up when this value goes away or the process dies.
public struct FileLock: ~Copyable, Sendable {
  private let file: Descriptor

  public enum Mode: Sendable {
    case shared, exclusive
  }

  /// Waits for the lock.
  public init(_ path: String, _ mode: Mode) throws(SystemError) {
    let file = try FileSystem.openForLocking(path)
    guard Self.lock(file, mode == .shared ? LOCK_SH : LOCK_EX) else {
      throw .current("locking \(path)")
    }
    self.file = file
  }

  /// Nil when another process holds it; ENOENT when there is no such file and none is to be made.
  public static func attempt(
    _ path: String, _ mode: Mode, creating: Bool = true
  ) throws(SystemError) -> FileLock? {
    let file = try FileSystem.openForLocking(path, creating: creating)
    if lock(file, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) {
      return FileLock(held: file)
    }
    if errno == EWOULDBLOCK { return nil }
    throw .current("locking \(path)")
  }

  /// The same for a folder; a kernel file system such as cgroupfs holds no lock files.
  public static func attempt(folder path: String) throws(SystemError) -> FileLock? {
    let directory = try Directory(path)
    if lock(directory.descriptor, LOCK_EX | LOCK_NB) {
      return FileLock(held: try directory.descriptor.duplicate())
    }
    if errno == EWOULDBLOCK { return nil }
    throw .current("locking \(path)")
  }

  /// Whether `path` is still the name of what is locked; who locks by name must ask, for it may have
  /// been removed between being opened and being locked.
  public borrowing func isStill(_ path: String) throws(SystemError) -> Bool {
    let held = try FileSystem.status(of: file)
    do throws(SystemError) {
      let named = try FileSystem.linkStatus(path)
      return named.device == held.device && named.inode == held.inode
    } catch {
      if error.isNotFound { return false }
      throw error
    }
  }

  private init(held file: consuming Descriptor) {
    self.file = file
  }

  private static func lock(_ file: borrowing Descriptor, _ operation: Int32) -> Bool {
    while flock(file.raw, operation) != 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}
