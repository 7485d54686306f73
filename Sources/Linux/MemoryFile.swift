private import CLinux

/// Files without a name (memfd_create(2)).
public enum MemoryFile {
  public static func create(name: String) throws(SystemError) -> Descriptor {
    let raw = unsafe lx_memfd_create(name)
    guard raw >= 0 else { throw .current("creating a file in memory") }
    return Descriptor(owning: raw)
  }

  /// An empty file that can never hold anything, open for reading (fcntl(2) F_ADD_SEALS).
  public static func inert(name: String) throws(SystemError) -> Descriptor {
    let raw = unsafe lx_inert_file(name)
    guard raw >= 0 else { throw .current("creating an empty file in memory") }
    return Descriptor(owning: raw)
  }
}
