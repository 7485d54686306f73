private import CLinux
private import Glibc

/// A directory held open, so that every operation beneath it is safe against renames of its path.
/// Names are single components or relative paths; no function here follows a symlink at the end.
public struct Directory: ~Copyable, Sendable {
  public let descriptor: Descriptor
  /// For messages only.
  public let path: String

  public init(_ path: String) throws(SystemError) {
    let raw = unsafe lx_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("opening folder \(path)") }
    self.init(Descriptor(owning: raw), path: path)
  }

  public init(_ descriptor: consuming Descriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// The same folder, open once more.
  public borrowing func duplicate() throws(SystemError) -> Directory {
    Directory(try .duplicating(descriptor.raw), path: path)
  }

  /// An entry of a listing; `kind` is what lstat(2) says.
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let kind: FileStatus.Kind
  }

  /// Entries in the order in which the kernel gives them, without `.` and `..`.
  ///
  /// A name that is not UTF-8 fails with EILSEQ.
  public borrowing func entriesAsFound() throws(SystemError) -> [Entry] {
    try Interruption.check("listing \(path)")
    let raw = unsafe lx_openat(descriptor.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard raw >= 0, let stream = unsafe fdopendir(raw) else { throw .current("listing \(path)") }
    defer { unsafe closedir(stream) }
    var entries: [Entry] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw .current("listing \(path)") }
        return entries
      }
      let type = unsafe entry.pointee.d_type
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer -> String? in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(validatingCString: $0)
        }
      }
      guard let name else {
        throw SystemError("reading a file name in \(path) that is not UTF-8", code: EILSEQ)
      }
      if name == "." || name == ".." { continue }
      let kind =
        type == UInt8(DT_UNKNOWN)
        ? try status(name).kind : FileStatus.kind(ofMode: UInt32(type) << 12)
      entries.append(Entry(name: name, kind: kind))
    }
  }

  /// Entries sorted by the bytes of their names.
  public borrowing func entries() throws(SystemError) -> [Entry] {
    try entriesAsFound().sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Entries whose names are UTF-8, sorted by the bytes of their names, and how many others there are.
  public borrowing func textEntries() throws(SystemError) -> (entries: [Entry], others: Int) {
    var found: [Entry] = []
    var others = 0
    for raw in try rawNames() {
      guard
        let name = String(validating: raw.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      else {
        others += 1
        continue
      }
      found.append(Entry(name: name, kind: try status(name).kind))
    }
    found.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return (found, others)
  }

  /// lstat(2) of an entry.
  public borrowing func status(_ name: String) throws(SystemError) -> FileStatus {
    var status = stat()
    guard unsafe fstatat(descriptor.raw, name, &status, lx_AT_SYMLINK_NOFOLLOW) == 0 else {
      throw .current("examining \(path)/\(name)")
    }
    return FileStatus(status)
  }

  /// Opens a subdirectory; a symlink is refused (ELOOP or ENOTDIR).
  public borrowing func directory(_ name: String) throws(SystemError) -> Directory {
    let raw = unsafe lx_openat(
      descriptor.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("opening folder \(path)/\(name)") }
    return Directory(Descriptor(owning: raw), path: "\(path)/\(name)")
  }

  /// Opens a file for reading; a symlink at the end is refused, a fifo does not block.
  public borrowing func open(_ name: String) throws(SystemError) -> Descriptor {
    try Interruption.check("opening \(path)/\(name)")
    let raw = unsafe lx_openat(
      descriptor.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("opening \(path)/\(name)") }
    return Descriptor(owning: raw)
  }

  /// Opens a relative path beneath this directory, following no symlink and crossing no mount
  /// (openat2(2) RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV).
  public borrowing func openBeneath(_ relativePath: String) throws(SystemError) -> Descriptor {
    try Interruption.check("opening \(path)/\(relativePath)")
    let raw = unsafe lx_openat2(
      descriptor.raw, relativePath, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0,
      lx_RESOLVE_BENEATH | lx_RESOLVE_NO_SYMLINKS | lx_RESOLVE_NO_XDEV)
    guard raw >= 0 else { throw .current("opening \(path)/\(relativePath)") }
    return Descriptor(owning: raw)
  }

  /// Opens a path as if this directory were the root: symlinks are followed and stay inside, mounts
  /// are not crossed (openat2(2) RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV).
  public borrowing func openInRoot(_ inner: String) throws(SystemError) -> Descriptor {
    try Interruption.check("opening \(path)/\(inner)")
    let raw = unsafe lx_openat2(
      descriptor.raw, inner, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0,
      lx_RESOLVE_IN_ROOT | lx_RESOLVE_NO_MAGICLINKS | lx_RESOLVE_NO_XDEV)
    guard raw >= 0 else { throw .current("opening \(path)/\(inner)") }
    return Descriptor(owning: raw)
  }

  /// Makes a new file for writing; fails with EEXIST when the name is taken.
  public borrowing func create(
    _ name: String, permissions: UInt32 = 0o644
  ) throws(SystemError) -> Descriptor {
    try Interruption.check("creating \(path)/\(name)")
    let raw = unsafe lx_openat(
      descriptor.raw, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
    guard raw >= 0 else { throw .current("creating \(path)/\(name)") }
    return Descriptor(owning: raw)
  }

  public borrowing func makeDirectory(
    _ name: String, permissions: UInt32 = 0o755
  ) throws(SystemError) {
    guard unsafe mkdirat(descriptor.raw, name, permissions) == 0 else {
      throw .current("creating folder \(path)/\(name)")
    }
  }

  public borrowing func makeSymlink(_ name: String, to target: String) throws(SystemError) {
    guard unsafe symlinkat(target, descriptor.raw, name) == 0 else {
      throw .current("creating symlink \(path)/\(name)")
    }
  }

  public borrowing func readSymlink(_ name: String) throws(SystemError) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let raw = descriptor.raw
    let count = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
      guard let start = bytes.baseAddress else { return -1 }
      return unsafe readlinkat(raw, name, start, bytes.count)
    }
    guard count >= 0 else { throw .current("reading symlink \(path)/\(name)") }
    guard let target = String(validating: buffer[..<count], as: UTF8.self) else {
      throw SystemError("reading symlink \(path)/\(name), which is not UTF-8", code: EILSEQ)
    }
    return target
  }

  public borrowing func setPermissions(_ name: String, _ permissions: UInt32) throws(SystemError) {
    guard unsafe fchmodat(descriptor.raw, name, permissions, 0) == 0 else {
      throw .current("setting permissions of \(path)/\(name)")
    }
  }

  /// Sets access and modification time, of a symlink itself too.
  public borrowing func setTimes(_ name: String, seconds: Int64) throws(SystemError) {
    guard unsafe lx_set_times(descriptor.raw, name, seconds) == 0 else {
      throw .current("setting times of \(path)/\(name)")
    }
  }

  public borrowing func remove(_ name: String) throws(SystemError) {
    guard unsafe unlinkat(descriptor.raw, name, 0) == 0 else {
      throw .current("removing \(path)/\(name)")
    }
  }

  public borrowing func removeDirectory(_ name: String) throws(SystemError) {
    guard unsafe unlinkat(descriptor.raw, name, lx_AT_REMOVEDIR) == 0 else {
      throw .current("removing folder \(path)/\(name)")
    }
  }

  /// renameat2(2): atomic within one file system.
  public borrowing func rename(
    _ name: String, to target: borrowing Directory, as newName: String,
    _ mode: RenameMode = .replace
  ) throws(SystemError) {
    let flags =
      switch mode {
      case .replace: Int32(0)
      case .onlyNew: lx_RENAME_NOREPLACE
      case .exchange: lx_RENAME_EXCHANGE
      }
    guard
      unsafe lx_renameat2(
        descriptor.raw, name, target.descriptor.raw, newName, UInt32(bitPattern: flags)) == 0
    else {
      throw .current("renaming \(path)/\(name) to \(target.path)/\(newName)")
    }
  }
}

/// What a rename does when the new name exists.
public enum RenameMode: Sendable {
  case replace
  /// Fails with EEXIST (RENAME_NOREPLACE).
  case onlyNew
  /// Swaps the two (RENAME_EXCHANGE).
  case exchange
}
