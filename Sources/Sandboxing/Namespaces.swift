/// Constants of clone(2), personality(2) and getrlimit(2), which Swift's Glibc module hides.
enum Namespaces {
  /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
  static let all: UInt64 =
    0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000

  /// ADDR_NO_RANDOMIZE.
  static let noAddressRandomization: UInt32 = 0x004_0000
}

extension Limits {
  /// What setrlimit(2) is asked for, by resource number (asm-generic/resource.h).
  var resourceLimits: [(resource: Int32, value: UInt64)] {
    var values: [(resource: Int32, value: UInt64)] = [(4, 0)]  // RLIMIT_CORE
    // A user namespace of its own makes RLIMIT_NPROC count this sandbox alone (ucounts, Linux 5.14).
    if let memory { values.append((9, UInt64(memory))) }  // RLIMIT_AS
    if let pids { values.append((6, UInt64(pids))) }  // RLIMIT_NPROC
    if let openFiles { values.append((7, UInt64(openFiles))) }  // RLIMIT_NOFILE
    return values
  }
}
