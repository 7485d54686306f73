internal import Linux

/// The single user and group of a sandbox, outside and inside (user_namespaces(7)).
struct IdentityMapping: Equatable {
  let outsideUser: UInt32
  let outsideGroup: UInt32
  /// Whether the runner may map an identity other than its own, and so drop its groups.
  let isPrivileged: Bool

  /// An ordinary user maps itself. Root maps an unprivileged user, or, where root is itself inside
  /// a user namespace, the last one that exists there.
  static func choose(for identity: Identity) -> IdentityMapping {
    guard Machine.userID == 0 else {
      return IdentityMapping(
        outsideUser: Machine.userID, outsideGroup: Machine.groupID, isPrivileged: false)
    }
    let user = available(identity.outsideWhenRoot, map: "/proc/self/uid_map")
    let group = available(identity.outsideWhenRoot, map: "/proc/self/gid_map")
    return IdentityMapping(outsideUser: user, outsideGroup: group, isPrivileged: user != 0)
  }

  /// Whether the user outside may be root of the machine, whom the kernel holds to no number of
  /// processes (kernel/fork.c `copy_process`, INIT_USER): where root is alone in its user
  /// namespace and the one around it calls it root too.
  var mayBeMachineRoot: Bool {
    outsideUser == 0
      && Self.ranges("/proc/self/uid_map").contains { $0.first == 0 && $0.parent == 0 }
  }

  func write(pid: Int32, identity: Identity) throws(SystemError) {
    if !isPrivileged { try FileSystem.overwrite("/proc/\(pid)/setgroups", "deny") }
    try FileSystem.overwrite("/proc/\(pid)/gid_map", "\(identity.gid) \(outsideGroup) 1")
    try FileSystem.overwrite("/proc/\(pid)/uid_map", "\(identity.uid) \(outsideUser) 1")
  }

  /// `wanted` if this namespace has it, else its last other identity, else 0.
  private static func available(_ wanted: UInt32, map path: String) -> UInt32 {
    let ranges = ranges(path)
    if ranges.isEmpty { return wanted }
    var last: UInt64 = 0
    for range in ranges {
      if range.first..<(range.first + range.count) ~= UInt64(wanted) { return wanted }
      last = max(last, range.first + range.count - 1)
    }
    return UInt32(min(last, UInt64(UInt32.max) - 1))
  }

  /// The lines of a uid_map or gid_map (user_namespaces(7)); none where it cannot be read.
  private static func ranges(
    _ path: String
  ) -> [(first: UInt64, parent: UInt64, count: UInt64)] {
    guard let bytes = try? FileSystem.read(path) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").compactMap { UInt64($0) }
      guard fields.count == 3, fields[2] > 0 else { return nil }
      return (fields[0], fields[1], fields[2])
    }
  }
}
