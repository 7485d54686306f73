private import CLinux
private import Glibc

extension Directory {
  /// How many names the file of `status` has beneath this folder, following no symlink and leaving
  /// out folders that may not be opened. Looking ends when all are found.
  public borrowing func countNames(of file: FileStatus) throws(SystemError) -> UInt64 {
    try countNames(of: file, depth: 0)
  }

  /// Deeper than any build goes, and so little that descriptors last.
  private static var deepest: Int { 64 }

  private borrowing func countNames(
    of file: FileStatus, depth: Int
  ) throws(SystemError) -> UInt64 {
    try Interruption.check("searching \(path)")
    var count: UInt64 = 0
    for name in try rawNames() {
      var status = stat()
      guard unsafe fstatat(descriptor.raw, name, &status, lx_AT_SYMLINK_NOFOLLOW) == 0 else {
        throw .current("examining \(shown(name))")
      }
      let found = FileStatus(status)
      if found.inode == file.inode, found.device == file.device { count += 1 }
      if found.kind == .directory, depth < Self.deepest {
        let raw = unsafe lx_openat(
          descriptor.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard raw >= 0 else {
          let error = SystemError.current("opening folder \(shown(name))")
          if error.isPermission { continue }
          throw error
        }
        count += try Directory(Descriptor(owning: raw), path: shown(name))
          .countNames(of: file, depth: depth + 1)
      }
      if count >= file.linkCount { break }
    }
    return count
  }
}
