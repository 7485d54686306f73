private import CLinux
private import Glibc
private import Synchronization

/// Tells the temporary names of this process's threads apart.
private let serial = Atomic<UInt>(0)

/// File operations by path.
public enum FileSystem {
  /// The whole file; fails with EFBIG beyond `limit` bytes.
  public static func read(_ path: String, limit: Int = 1 << 30) throws(SystemError) -> [UInt8] {
    let file = try open(path)
    do {
      return try file.readToEnd(limit: limit)
    } catch {
      throw SystemError("reading \(path)", code: error.code)
    }
  }

  /// The whole file, or nil where there is none.
  public static func readIfPresent(_ path: String) throws(SystemError) -> [UInt8]? {
    do {
      return try read(path)
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  /// Opens for reading, following symlinks.
  public static func open(_ path: String) throws(SystemError) -> Descriptor {
    let raw = unsafe lx_open(path, O_RDONLY | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("opening \(path)") }
    return Descriptor(owning: raw)
  }

  /// Opens for reading and writing, for lock files; unless told otherwise creates where there is
  /// none.
  public static func openForLocking(
    _ path: String, creating: Bool = true
  ) throws(SystemError) -> Descriptor {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creating ? O_CREAT : 0)
    let raw = unsafe lx_open(path, flags, 0o644)
    guard raw >= 0 else { throw .current("opening \(path)") }
    return Descriptor(owning: raw)
  }

  /// Creates or truncates for writing.
  public static func create(
    _ path: String, permissions: UInt32 = 0o644
  ) throws(SystemError) -> Descriptor {
    let raw = unsafe lx_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions)
    guard raw >= 0 else { throw .current("creating \(path)") }
    return Descriptor(owning: raw)
  }

  /// Writes a new file beside `path` and renames it into place, so that readers see the old or the
  /// new contents, never half.
  public static func write(
    _ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644
  ) throws(SystemError) {
    let serial = serial.wrappingAdd(1, ordering: .relaxed).newValue
    let temporary = "\(path).\(getpid()).\(serial).new"
    let file = try create(temporary, permissions: permissions)
    do {
      try file.write(bytes)
    } catch {
      try? remove(temporary)
      throw SystemError("writing \(path)", code: error.code)
    }
    try rename(temporary, to: path)
  }

  /// Adds to the end of a file, which is made where there is none.
  public static func append(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let raw = unsafe lx_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard raw >= 0 else { throw .current("opening \(path)") }
    let file = Descriptor(owning: raw)
    do {
      try file.write(bytes)
    } catch {
      throw SystemError("writing \(path)", code: error.code)
    }
  }

  /// stat(2), following symlinks.
  public static func status(_ path: String) throws(SystemError) -> FileStatus {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .current("examining \(path)") }
    return FileStatus(status)
  }

  /// lstat(2).
  public static func linkStatus(_ path: String) throws(SystemError) -> FileStatus {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { throw .current("examining \(path)") }
    return FileStatus(status)
  }

  /// fstat(2).
  public static func status(of file: borrowing Descriptor) throws(SystemError) -> FileStatus {
    var status = stat()
    guard unsafe fstat(file.raw, &status) == 0 else { throw .current("examining a descriptor") }
    return FileStatus(status)
  }

  /// Whether anything, a dangling symlink too, has this name.
  public static func exists(_ path: String) -> Bool {
    (try? linkStatus(path)) != nil
  }

  public static func isDirectory(_ path: String) -> Bool {
    (try? status(path))?.kind == .directory
  }

  /// mkdir -p.
  public static func makeDirectories(
    _ path: String, permissions: UInt32 = 0o755
  ) throws(SystemError) {
    if unsafe mkdir(path, permissions) == 0 { return }
    if errno == EEXIST && isDirectory(path) { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw .current("creating folder \(path)")
    }
    try makeDirectories(String(path[..<slash]), permissions: permissions)
    guard unsafe mkdir(path, permissions) == 0 || errno == EEXIST else {
      throw .current("creating folder \(path)")
    }
  }

  public static func makeDirectory(
    _ path: String, permissions: UInt32 = 0o755
  ) throws(SystemError) {
    guard unsafe mkdir(path, permissions) == 0 else { throw .current("creating folder \(path)") }
  }

  public static func removeEmptyDirectory(_ path: String) throws(SystemError) {
    guard unsafe rmdir(path) == 0 else { throw .current("removing folder \(path)") }
  }

  /// Writes to an existing file in one write(2), as the files of procfs and cgroupfs want it.
  public static func overwrite(_ path: String, _ text: String) throws(SystemError) {
    let raw = unsafe lx_open(path, O_WRONLY | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("opening \(path)") }
    let file = Descriptor(owning: raw)
    do {
      try file.write(text)
    } catch {
      throw SystemError("writing \(path)", code: error.code)
    }
  }

  public static func remove(_ path: String) throws(SystemError) {
    guard unsafe unlink(path) == 0 else { throw .current("removing \(path)") }
  }

  /// rm -rf, whatever the permissions inside, never following a symlink.
  public static func removeTree(_ path: String) throws(SystemError) {
    let (parent, name) = split(path)
    if !exists(parent) { return }
    try Directory(parent).removeTree(name)
  }

  public static func rename(_ path: String, to newPath: String) throws(SystemError) {
    guard unsafe Glibc.rename(path, newPath) == 0 else {
      throw .current("renaming \(path) to \(newPath)")
    }
  }

  public static func makeSymlink(_ path: String, to target: String) throws(SystemError) {
    guard unsafe symlink(target, path) == 0 else { throw .current("creating symlink \(path)") }
  }

  public static func setPermissions(_ path: String, _ permissions: UInt32) throws(SystemError) {
    guard unsafe chmod(path, permissions) == 0 else {
      throw .current("setting permissions of \(path)")
    }
  }

  /// realpath(3): absolute, without symlinks; the path must exist.
  public static func realPath(_ path: String) throws(SystemError) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw .current("resolving \(path)") }
    defer { unsafe free(resolved) }
    guard let text = unsafe String(validatingCString: resolved) else {
      throw SystemError("resolving \(path), which is not UTF-8", code: EILSEQ)
    }
    return text
  }

  public static func currentDirectory() throws(SystemError) -> String {
    try realPath(".")
  }

  /// A new private folder `parent/prefix-XXXXXX` (mkdtemp(3)).
  public static func makeTemporaryDirectory(
    in parent: String, prefix: String
  ) throws(SystemError) -> String {
    guard let template = unsafe strdup("\(parent)/\(prefix)-XXXXXX") else {
      throw .current("creating a temporary folder in \(parent)")
    }
    defer { unsafe free(template) }
    guard let made = unsafe mkdtemp(template) else {
      throw .current("creating a temporary folder in \(parent)")
    }
    return unsafe String(cString: made)
  }

  /// Copies the bytes from one open file to another, sharing extents where the file system can and
  /// leaving holes. Returns the number of bytes.
  @discardableResult
  public static func copyContents(
    from source: borrowing Descriptor, to target: borrowing Descriptor
  ) throws(SystemError) -> Int64 {
    let count = lx_copy_contents(source.raw, target.raw, Interruption.descriptor ?? -1)
    guard count >= 0 else { throw .current("copying") }
    return count
  }

  /// Waits until everything written to the file system of an open folder so far is on the disk
  /// (syncfs(2)).
  public static func synchronizeAll(of directory: borrowing Directory) throws(SystemError) {
    guard lx_syncfs(directory.descriptor.raw) == 0 else {
      throw .current("writing \(directory.path) to the disk")
    }
  }

  /// Waits until the bytes of a file, or the names in a folder, are on the disk (fsync(2)).
  public static func synchronize(_ path: String) throws(SystemError) {
    let file = try open(path)
    guard fsync(file.raw) == 0 else {
      throw .current("writing \(path) to the disk")
    }
  }

  /// The folder part and the last component; `.` for a bare name.
  public static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    return (parent, String(path[path.index(after: slash)...]))
  }

  /// Free bytes on the file system of an open folder.
  public static func freeSpace(of directory: borrowing Directory) throws(SystemError) -> Int64 {
    var status = statvfs()
    guard unsafe fstatvfs(directory.descriptor.raw, &status) == 0 else {
      throw .current("examining \(directory.path)")
    }
    return Int64(status.f_bavail) * Int64(status.f_frsize)
  }

  /// Whether the mount that an open file lies on is read-only (statvfs(3) ST_RDONLY).
  public static func isOnReadOnlyMount(_ file: borrowing Descriptor) throws(SystemError) -> Bool {
    var status = statvfs()
    guard unsafe fstatvfs(file.raw, &status) == 0 else { throw .current("examining a mount") }
    return status.f_flag & UInt(ST_RDONLY) != 0
  }

  /// Free bytes for an ordinary user on the file system of `path` (statvfs(3)).
  public static func freeSpace(_ path: String) throws(SystemError) -> Int64 {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { throw .current("examining \(path)") }
    return Int64(status.f_bavail) * Int64(status.f_frsize)
  }
}
