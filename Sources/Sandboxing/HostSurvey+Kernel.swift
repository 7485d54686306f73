private import CChild
private import CLinux
private import CSeccomp
internal import Linux

extension HostSurvey {
  static func kernelFindings() -> [Finding] {
    let version = unsafe seccomp_version().pointee
    let landlock = lx_landlock_version()
    return [
      Finding("kernel", .ok, "Linux \(Machine.kernelRelease), \(Machine.architecture)"),
      Finding(
        "libseccomp", .ok, "\(version.major).\(version.minor).\(version.micro), linked in"),
      Finding(
        "landlock", .ok,
        landlock > 0 ? "version \(landlock), not used yet" : "none, and not used yet"),
    ]
  }

  /// Each kind of namespace in a child of its own, since all of them in one clone(2) say only that
  /// something failed.
  static func namespaceFindings() -> [Finding] {
    // CLONE_NEW* of clone(2).
    let user: UInt64 = 0x1000_0000
    let kinds: [(name: String, flag: UInt64)] = [
      ("mount", 0x0002_0000), ("cgroup", 0x0200_0000), ("uts", 0x0400_0000),
      ("ipc", 0x0800_0000), ("pid", 0x2000_0000), ("net", 0x4000_0000),
    ]
    let code = child_probe(user)
    guard code == 0 else {
      let reason = SystemError("clone3", code: code).reason
      return [
        Finding(
          "user-namespaces", .missing,
          "clone3 with CLONE_NEWUSER: \(reason)\(userNamespaceSettings())",
          remedy: userNamespaceRemedy(), isRequired: true),
        Finding(
          "namespaces", .missing, "not tried, as they need a user namespace", isRequired: true),
      ]
    }
    var failures: [String] = []
    for kind in kinds {
      let code = child_probe(user | kind.flag)
      if code != 0 { failures.append("\(kind.name): \(SystemError("", code: code).reason)") }
    }
    return [
      Finding("user-namespaces", .ok, "can be made\(userNamespaceSettings())", isRequired: true),
      failures.isEmpty
        ? Finding(
          "namespaces", .ok, kinds.map(\.name).joined(separator: ", "), isRequired: true)
        : Finding(
          "namespaces", .missing, failures.joined(separator: "; "),
          remedy: "use a kernel with all namespaces, or raise the limits in /proc/sys/user",
          isRequired: true),
    ]
  }

  /// The settings that decide about user namespaces, where the kernel has them.
  private static func userNamespaceSettings() -> String {
    let names = [
      "user.max_user_namespaces", "kernel.unprivileged_userns_clone",
      "kernel.apparmor_restrict_unprivileged_userns",
    ]
    return names.compactMap { name in
      text("/proc/sys/" + name.split(separator: ".").joined(separator: "/"))
        .map { "; \(name) = \($0)" }
    }.joined()
  }

  /// What forbids user namespaces here, as far as the kernel's settings tell.
  static func userNamespaceRemedy() -> String? {
    if text("/proc/sys/user/max_user_namespaces") == "0" {
      return "allow user namespaces: `sysctl -w user.max_user_namespaces=15000`"
    }
    if isContainer != nil {
      return "start the container with `--security-opt seccomp=unconfined --security-opt "
        + "apparmor=unconfined --security-opt systempaths=unconfined`"
    }
    guard Machine.userID != 0 else { return nil }
    if text("/proc/sys/kernel/unprivileged_userns_clone") == "0" {
      return "allow them to ordinary users: `sysctl -w kernel.unprivileged_userns_clone=1`"
    }
    if text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" {
      return "AppArmor restricts them: allow them to cupel alone with a profile "
        + "/etc/apparmor.d/cupel that says `abi <abi/4.0>, include <tunables/global> profile "
        + "cupel /PATH/OF/cupel flags=(unconfined) { userns, }` and `apparmor_parser -r` of it, "
        + "or to all with `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
    }
    return nil
  }

  /// What says that this is a container; nil when nothing does.
  static var isContainer: String? {
    for path in ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"]
    where FileSystem.exists(path) {
      return path
    }
    return nil
  }
}
