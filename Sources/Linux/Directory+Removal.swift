private import CLinux
private import Glibc

extension Directory {
  /// Removes an entry and everything beneath it, never following a symlink: whatever the
  /// permissions and the names, which need not be UTF-8, and however deep. A missing entry, perhaps
  /// removed by somebody else meanwhile, is no error.
  public borrowing func removeTree(_ name: String) throws(SystemError) {
    let name = Array(name.utf8CString)
    if try discard(name) { return }
    guard let top = try openToEmpty(name) else { return }
    // Folders found deeper are moved up here, so two open descriptors and short paths are enough.
    var serial = 0
    var idle = 0
    while try !removeIfEmpty(name) {
      let names = try top.rawNames()
      // Another folder may have got the name of the one that is held open here.
      idle = names.isEmpty ? idle + 1 : 0
      if idle > 100 { throw SystemError("removing folder \(shown(name))", code: ENOTEMPTY) }
      for name in names {
        if try top.discard(name) { continue }
        guard let child = try top.openToEmpty(name) else { continue }
        for inner in try child.rawNames() {
          if try child.discard(inner) { continue }
          try child.moveUp(inner, to: top, &serial)
        }
        _ = try top.removeIfEmpty(name)
      }
    }
  }

  /// Unlinks what is no folder; false for a folder.
  private borrowing func discard(_ name: [CChar]) throws(SystemError) -> Bool {
    if unsafe unlinkat(descriptor.raw, name, 0) == 0 || errno == ENOENT { return true }
    // POSIX says EPERM for a folder, Linux EISDIR; EPERM may mean anything.
    if errno == EISDIR { return false }
    let code = errno
    var status = stat()
    if unsafe fstatat(descriptor.raw, name, &status, lx_AT_SYMLINK_NOFOLLOW) == 0,
      FileStatus.kind(ofMode: status.st_mode) == .directory
    {
      return false
    }
    throw SystemError("removing \(shown(name))", code: code)
  }

  /// Nil when it has gone meanwhile.
  private borrowing func openToEmpty(_ name: [CChar]) throws(SystemError) -> Directory? {
    unsafe fchmodat(descriptor.raw, name, 0o700, 0)
    let raw = unsafe lx_openat(
      descriptor.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
    if raw < 0 && errno == ENOENT { return nil }
    guard raw >= 0 else { throw .current("opening folder \(shown(name))") }
    return Directory(Descriptor(owning: raw), path: shown(name))
  }

  private borrowing func moveUp(
    _ name: [CChar], to top: borrowing Directory, _ serial: inout Int
  ) throws(SystemError) {
    // Moving a folder needs the right to write in it, for its `..` changes.
    unsafe fchmodat(descriptor.raw, name, 0o700, 0)
    while true {
      serial += 1
      let newName = ".cupel-removing-\(serial)"
      let code = unsafe lx_renameat2(
        descriptor.raw, name, top.descriptor.raw, newName, UInt32(lx_RENAME_NOREPLACE))
      if code == 0 || errno == ENOENT { return }
      if errno != EEXIST { throw .current("moving \(shown(name))") }
    }
  }

  /// False when something is in it, perhaps put there since it was listed.
  private borrowing func removeIfEmpty(_ name: [CChar]) throws(SystemError) -> Bool {
    if unsafe unlinkat(descriptor.raw, name, lx_AT_REMOVEDIR) == 0 || errno == ENOENT {
      return true
    }
    if errno == ENOTEMPTY || errno == EEXIST { return false }
    throw .current("removing folder \(shown(name))")
  }

  /// The names as bytes, each with its NUL.
  borrowing func rawNames() throws(SystemError) -> [[CChar]] {
    let raw = unsafe lx_openat(descriptor.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("listing \(path)") }
    guard let stream = unsafe fdopendir(raw) else {
      let error = SystemError.current("listing \(path)")
      close(raw)
      throw error
    }
    defer { unsafe closedir(stream) }
    var names: [[CChar]] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw .current("listing \(path)") }
        return names
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      }
      if name == [0x2e, 0] || name == [0x2e, 0x2e, 0] { continue }
      names.append(name)
    }
  }

  borrowing func shown(_ name: [CChar]) -> String {
    let bytes = name.dropLast().map { UInt8(bitPattern: $0) }
    return "\(path)/\(String(decoding: bytes, as: UTF8.self))"
  }
}
