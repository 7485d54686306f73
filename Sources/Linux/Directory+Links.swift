private import CLinux
private import Glibc

extension Directory {
  /// How many names each file with several of them has beneath this folder, following no symlink and
  /// leaving out folders that may not be opened.
  public borrowing func linkedNames() throws(SystemError) -> [FileIdentity: UInt64] {
    var counts: [FileIdentity: UInt64] = [:]
    try count(&counts, depth: 0)
    return counts
  }

  /// Deeper than any build goes, and so little that descriptors last.
  private static var deepest: Int { 64 }

  private borrowing func count(
    _ counts: inout [FileIdentity: UInt64], depth: Int
  ) throws(SystemError) {
    try Interruption.check("searching \(path)")
    for name in try rawNames() {
      var status = stat()
      guard unsafe fstatat(descriptor.raw, name, &status, lx_AT_SYMLINK_NOFOLLOW) == 0 else {
        throw .current("examining \(shown(name))")
      }
      let found = FileStatus(status)
      guard found.kind == .directory else {
        if found.linkCount > 1 { counts[found.identity, default: 0] += 1 }
        continue
      }
      guard depth < Self.deepest else { continue }
      let raw = unsafe lx_openat(
        descriptor.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
      guard raw >= 0 else {
        let error = SystemError.current("opening folder \(shown(name))")
        if error.isPermission { continue }
        throw error
      }
      try Directory(Descriptor(owning: raw), path: shown(name)).count(&counts, depth: depth + 1)
    }
  }
}
