private import CSeccomp
internal import Linux

extension HostSurvey {
  static func kernelFindings(_ facts: HostFacts) -> [Finding] {
    let version = unsafe seccomp_version().pointee
    return [
      Finding("kernel", .ok, facts.kernel),
      Finding(
        "libseccomp", .ok, "\(version.major).\(version.minor).\(version.micro), linked in"),
      landlockFinding(facts.landlock), notificationFinding(facts),
    ]
  }

  private static func landlockFinding(_ offered: Int) -> Finding {
    guard offered >= Landlock.oldestUsable else {
      let what =
        offered == 0
        ? "none: the kernel has it not, or switched off, or a filter around cupel refuses it"
        : "version \(offered), which forbids every rename between folders, and so is not used"
      return Finding(
        "landlock", .degraded, "\(what); mounts alone guard the files",
        remedy: "use Linux 5.19 or later with `landlock` in `lsm=` of the kernel's command line")
    }
    let lacking = [
      (3, "truncating"), (4, "TCP"), (5, "device controls"), (6, "signals and abstract sockets"),
    ].filter { offered < $0.0 }.map(\.1)
    return Finding(
      "landlock", .ok,
      "version \(offered)"
        + (lacking.isEmpty ? "" : ", without rules about \(lacking.joined(separator: ", "))"))
  }

  private static func notificationFinding(_ facts: HostFacts) -> Finding {
    facts.hasUserNotification
      ? Finding("user-notification", .ok, "refused calls can be reported")
      : Finding(
        "user-notification", .degraded, "none: calls are refused without being reported",
        remedy: "use Linux 5.9 or later; in a container, an engine whose filter allows seccomp(2)")
  }

  /// Each kind of namespace in a child of its own, since all of them in one clone(2) say only that
  /// something failed.
  static func namespaceFindings(_ facts: HostFacts) -> [Finding] {
    let code = facts.namespaceError(.user)
    guard code == 0 else {
      return [
        Finding(
          "user-namespaces", .missing,
          "clone3 with CLONE_NEWUSER: \(SystemError("", code: code).reason)"
            + userNamespaceSettings(facts),
          remedy: userNamespaceRemedy(facts), isRequired: true),
        Finding(
          "namespaces", .missing, "not tried, as they need a user namespace", isRequired: true),
      ]
    }
    let kinds = facts.namespaces.filter { $0.kind != .user && $0.kind != .time }
    let failures = kinds.filter { $0.error != 0 }.map {
      "\($0.kind.rawValue): \(SystemError("", code: $0.error).reason)"
    }
    return [
      userNamespaceFinding(facts),
      failures.isEmpty
        ? Finding(
          "namespaces", .ok, kinds.map(\.kind.rawValue).joined(separator: ", "), isRequired: true)
        : Finding(
          "namespaces", .missing, failures.joined(separator: "; "),
          remedy: "use a kernel with all namespaces, or raise the limits in /proc/sys/user",
          isRequired: true),
      timeNamespaceFinding(facts.namespaceError(.time)),
    ]
  }

  /// AppArmor lets the namespace be made and takes its capabilities away, so that the first mount
  /// shows it (Ubuntu 24.04).
  private static func userNamespaceFinding(_ facts: HostFacts) -> Finding {
    let settings = userNamespaceSettings(facts)
    if isRestrictedByAppArmor(facts), !facts.whole.succeeded {
      return Finding(
        "user-namespaces", .missing,
        "can be made, but AppArmor takes their capabilities away\(settings)",
        remedy: appArmorRemedy, isRequired: true)
    }
    let label = facts.texts["/proc/self/attr/current"]
    let isExempt = isRestrictedByAppArmor(facts)
    return Finding(
      "user-namespaces", .ok,
      "can be made\(settings)"
        + (isExempt ? "; cupel is exempt by its profile \(label ?? "")" : ""),
      isRequired: true)
  }

  private static func timeNamespaceFinding(_ code: Int32) -> Finding {
    code == 0
      ? Finding("time-namespace", .ok, "clocks since boot are hidden")
      : Finding(
        "time-namespace", .degraded,
        "\(SystemError("", code: code).reason): builds see how long this machine has been up",
        remedy: "use Linux 5.6 or later with CONFIG_TIME_NS, and user.max_time_namespaces above 0")
  }

  /// The settings that decide about user namespaces, where the kernel has them.
  private static func userNamespaceSettings(_ facts: HostFacts) -> String {
    let names = [
      "user.max_user_namespaces", "kernel.unprivileged_userns_clone",
      "kernel.apparmor_restrict_unprivileged_userns",
    ]
    return names.compactMap { name in facts.setting(name).map { "; \(name) = \($0)" } }.joined()
  }

  private static func isRestrictedByAppArmor(_ facts: HostFacts) -> Bool {
    facts.userID != 0 && facts.setting("kernel.apparmor_restrict_unprivileged_userns") == "1"
  }

  private static let appArmorRemedy =
    "AppArmor restricts user namespaces: allow them to cupel alone with its profile, "
    + "`sudo install -m 644 profiles/apparmor/cupel /etc/apparmor.d/cupel && sudo apparmor_parser "
    + "-r /etc/apparmor.d/cupel` (it names /usr/bin/cupel and /usr/local/bin/cupel), or to every "
    + "program with `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"

  /// What forbids user namespaces here, as far as can be told.
  static func userNamespaceRemedy(_ facts: HostFacts) -> String? {
    if facts.setting("user.max_user_namespaces") == "0" {
      return "allow user namespaces: `sysctl -w user.max_user_namespaces=15000`"
    }
    if facts.isFiltered || !facts.containerMarks.isEmpty {
      return "a container around cupel refuses them: start it with `--security-opt "
        + "seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
        + "systempaths=unconfined`"
    }
    guard facts.userID != 0 else { return nil }
    if facts.setting("kernel.unprivileged_userns_clone") == "0" {
      return "allow them to ordinary users: `sysctl -w kernel.unprivileged_userns_clone=1`"
    }
    return isRestrictedByAppArmor(facts) ? appArmorRemedy : nil
  }
}
