private import CLinux

/// Files without a name (memfd_create(2)).
public enum MemoryFile {
  public static func create(name: String) throws(SystemError) -> Descriptor {
    let raw = unsafe lx_memfd_create(name)
    guard raw >= 0 else { throw .current("creating a file in memory") }
    return Descriptor(owning: raw)
  }
}
