/// Constants of clone(2), personality(2) and getrlimit(2), which Swift's Glibc module hides.
enum Namespaces {
  /// What clone3(2) makes: CLONE_NEWUSER, NEWPID.
  static func first(_ layers: Layers) -> UInt64 {
    0x1000_0000 | (layers.contains(.processNamespace) ? 0x2000_0000 : 0)
  }

  /// What the child makes itself: CLONE_NEWNS, NEWUTS, NEWIPC, NEWNET. The cgroup namespace follows
  /// when the runner has put it into a cgroup.
  static func later(_ layers: Layers) -> UInt64 {
    0x0002_0000 | 0x0400_0000 | (layers.contains(.ipcNamespace) ? 0x0800_0000 : 0)
      | (layers.contains(.networkNamespace) ? 0x4000_0000 : 0)
  }

  /// ADDR_NO_RANDOMIZE.
  static let noAddressRandomization: UInt64 = 0x004_0000
  /// UNAME26.
  static let oldKernel: UInt64 = 0x002_0000
}

extension Limits {
  /// What setrlimit(2) is asked for, by resource number (asm-generic/resource.h).
  var resourceLimits: [(resource: Int32, value: UInt64)] {
    // RLIMIT_CORE: 1, not 0, because a core_pattern that is a pipe ignores every other value and
    // would run the host's crash handler on what is inside (core(5); fs/coredump.c).
    var values: [(resource: Int32, value: UInt64)] = [(4, 1)]
    // A user namespace of its own makes RLIMIT_NPROC count this sandbox alone (ucounts, Linux 5.14).
    if let memory { values.append((9, UInt64(memory))) }  // RLIMIT_AS
    if let pids { values.append((6, UInt64(pids))) }  // RLIMIT_NPROC
    if let openFiles { values.append((7, UInt64(openFiles))) }  // RLIMIT_NOFILE
    return values
  }
}
