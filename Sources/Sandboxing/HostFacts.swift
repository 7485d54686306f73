private import CCap
private import CChild
private import CLinux
internal import Linux
internal import Reading

/// What was read and tried on a host, before anything is concluded from it. A survey sees its host
/// through this value alone, so that hosts which cannot be had can be written down.
struct HostFacts: Sendable {
  var userID: UInt32
  var kernel: String
  /// Files of /proc by path, without their last newline; those that could not be read are absent.
  var texts: [String: String]
  /// Files that container engines leave in their containers.
  var containerMarks: [String]
  /// The version of Landlock's interface; 0 is none.
  var landlock: Int
  /// Whether a filter may hand calls to a supervisor (seccomp_unotify(2)).
  var hasUserNotification: Bool
  /// Nil when they could not be read.
  var capabilities: Set<Capability>?
  var mapping: IdentityMapping
  /// What clone3(2) answered for each kind of namespace: an errno value, or 0.
  var namespaces: [(kind: NamespaceKind, error: Int32)]
  /// What would hold a memory limit, and where; nil when only each process alone could be held.
  var memoryGroup: (enforcement: MemoryEnforcement, parent: String)?
  /// A program of the host in a sandbox like that of a build.
  var whole: Trial
  /// The same without /proc, tried where the whole was refused.
  var withoutProc: Trial?
  /// A shell that exits with 7 if it can fork where it must not.
  var fork: Trial

  enum NamespaceKind: String, Sendable, CaseIterable {
    case user, mount, cgroup, uts, ipc, pid, net, time

    /// CLONE_NEW* of clone(2).
    var flag: UInt64 {
      switch self {
      case .user: 0x1000_0000
      case .mount: 0x0002_0000
      case .cgroup: 0x0200_0000
      case .uts: 0x0400_0000
      case .ipc: 0x0800_0000
      case .pid: 0x2000_0000
      case .net: 0x4000_0000
      case .time: 0x0000_0080
      }
    }
  }

  /// linux/capability.h
  enum Capability: Int32, Sendable, CaseIterable {
    case setGroup = 6
    case setUser = 7
    case systemAdministration = 21
    case systemResource = 24

    var name: String {
      switch self {
      case .setGroup: "CAP_SETGID"
      case .setUser: "CAP_SETUID"
      case .systemAdministration: "CAP_SYS_ADMIN"
      case .systemResource: "CAP_SYS_RESOURCE"
      }
    }
  }

  /// The files that conclusions are drawn from.
  private static let paths = [
    "/proc/self/uid_map", "/proc/self/mountinfo", "/proc/self/status", "/proc/self/attr/current",
    "/proc/sys/user/max_user_namespaces", "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
  ]

  /// Looks and tries. Takes a few short sandboxes and about a tenth of a second.
  static func gather(_ profile: Profile) -> HostFacts {
    var texts: [String: String] = [:]
    for path in paths { texts[path] = text(path) }
    let user = NamespaceKind.user.flag
    let namespaces = NamespaceKind.allCases.map { (kind: $0, error: child_probe(user | $0.flag)) }
    let marks = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"]
    let whole = Trial.run(profile, script: Trial.devices, hasProc: true)
    return HostFacts(
      userID: Machine.userID, kernel: "Linux \(Machine.kernelRelease), \(Machine.architecture)",
      texts: texts, containerMarks: marks.filter { FileSystem.exists($0) },
      landlock: Landlock.offered, hasUserNotification: lx_has_user_notification() != 0,
      capabilities: effectiveCapabilities(), mapping: .choose(for: Identity()),
      namespaces: namespaces, memoryGroup: memoryGroup(), whole: whole,
      withoutProc: whole.succeeded
        ? nil : Trial.run(profile, script: Trial.devices, hasProc: false),
      // Init and a shell are two processes.
      fork: Trial.run(
        profile, script: "(exit 7); exit $?", hasProc: false, limits: Limits(pids: 2)))
  }

  private static func text(_ path: String) -> String? {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 20) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  private static func memoryGroup() -> (enforcement: MemoryEnforcement, parent: String)? {
    switch MemoryCgroup.make(limit: 256 << 20) {
    case .some(let group): (group.enforcement, FileSystem.split(group.path).parent)
    case .none: nil
    }
  }

  private static func effectiveCapabilities() -> Set<Capability>? {
    guard let state = unsafe cap_get_proc() else { return nil }
    defer { _ = unsafe cap_free(UnsafeMutableRawPointer(state)) }
    var held: Set<Capability> = []
    for capability in Capability.allCases {
      var flag = CAP_CLEAR
      guard
        unsafe cap_get_flag(state, cap_value_t(capability.rawValue), CAP_EFFECTIVE, &flag) == 0
      else { return nil }
      if flag == CAP_SET { held.insert(capability) }
    }
    return held
  }
}

extension HostFacts {
  /// A setting of sysctl(8) by its name, for example `user.max_user_namespaces`.
  func setting(_ name: String) -> String? {
    texts["/proc/sys/" + name.split(separator: ".").joined(separator: "/")]
  }

  /// What clone3(2) answered for one kind: an errno value, or 0.
  func namespaceError(_ kind: NamespaceKind) -> Int32 {
    namespaces.first { $0.kind == kind }?.error ?? 0
  }

  /// Whether a filter of system calls is around this process (proc_pid_status(5)).
  var isFiltered: Bool {
    (texts["/proc/self/status"] ?? "").split(separator: "\n").contains { line in
      line.hasPrefix("Seccomp:") && line.hasSuffix("2")
    }
  }

  /// uid_map on one line; nil where this is the first user namespace.
  var userMap: String? {
    let map = texts["/proc/self/uid_map"]?.split(separator: "\n")
      .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: ", ")
    return map == "0 0 4294967295" ? nil : map
  }

  var mounts: [HostSurvey.MountPoint] {
    (texts["/proc/self/mountinfo"] ?? "").split(separator: "\n")
      .compactMap { HostSurvey.MountPoint($0) }
  }
}
