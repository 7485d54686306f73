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

  func write(pid: Int32, identity: Identity) throws(SystemError) {
    if !isPrivileged { try FileSystem.overwrite("/proc/\(pid)/setgroups", "deny") }
    try FileSystem.overwrite("/proc/\(pid)/gid_map", "\(identity.gid) \(outsideGroup) 1")
    try FileSystem.overwrite("/proc/\(pid)/uid_map", "\(identity.uid) \(outsideUser) 1")
  }

  /// `wanted` if this namespace has it, else its last other identity, else 0.
  private static func available(_ wanted: UInt32, map path: String) -> UInt32 {
    guard let bytes = try? FileSystem.read(path) else { return wanted }
    var last: UInt64 = 0
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ").compactMap { UInt64($0) }
      guard fields.count == 3, fields[2] > 0 else { continue }
      if fields[0]..<(fields[0] + fields[2]) ~= UInt64(wanted) { return wanted }
      last = max(last, fields[0] + fields[2] - 1)
    }
    return UInt32(min(last, UInt64(UInt32.max) - 1))
  }
}
