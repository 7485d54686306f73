private import CCap
internal import Linux

extension HostSurvey {
  static func identityFindings() -> [Finding] {
    let user = Machine.userID
    var identity = user == 0 ? "root" : "ordinary user \(user)"
    if let map = userMap(), map != "0 0 4294967295" {
      identity += ", inside a user namespace (uid_map \(map))"
    }
    if let container = isContainer { identity += ", in a container (\(container))" }
    return [identityFinding(identity), capabilityFinding()]
  }

  private static func identityFinding(_ identity: String) -> Finding {
    let mapping = IdentityMapping.choose(for: Identity())
    if mapping.isPrivileged {
      return Finding(
        "identity", .ok,
        "\(identity); programs inside run as user \(mapping.outsideUser), without groups")
    }
    let fact = "\(identity); programs inside run as this user and keep its groups"
    return Machine.userID == 0
      ? Finding(
        "identity", .degraded, fact,
        remedy: "run cupel as an ordinary user: this user namespace has no other one to run "
          + "programs as")
      : Finding("identity", .ok, fact)
  }

  private static func userMap() -> String? {
    text("/proc/self/uid_map")?.split(separator: "\n")
      .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: ", ")
  }

  /// Of root's capabilities, those to map another user than itself decide (user_namespaces(7)).
  private static func capabilityFinding() -> Finding {
    let held = effectiveCapabilities()
    guard let held else {
      return Finding(
        "capabilities", .missing, "libcap cannot read them", isRequired: Machine.userID == 0)
    }
    guard Machine.userID == 0 else {
      return Finding(
        "capabilities", .ok, held.isEmpty ? "none held, none needed" : "none needed")
    }
    let needed: [Capability] = [.setUser, .setGroup]
    let lacking = needed.filter { !held.contains($0) }
    guard lacking.isEmpty else {
      return Finding(
        "capabilities", .missing,
        "root without " + lacking.map(\.name).joined(separator: " and "),
        remedy: "run cupel as an ordinary user, or give the container these capabilities",
        isRequired: true)
    }
    return Finding(
      "capabilities", .ok,
      held.contains(.systemResource)
        ? "those that root needs"
        : "those that root needs; no CAP_SYS_RESOURCE, so limits are only ever lowered")
  }

  /// linux/capability.h
  private enum Capability: Int32, CaseIterable {
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
