internal import Linux

extension HostSurvey {
  static func identityFindings(_ facts: HostFacts) -> [Finding] {
    [identityFinding(facts), capabilityFinding(facts)]
  }

  private static func identityFinding(_ facts: HostFacts) -> Finding {
    var identity = facts.userID == 0 ? "root" : "ordinary user \(facts.userID)"
    if let map = facts.userMap { identity += ", inside a user namespace (uid_map \(map))" }
    if let mark = facts.containerMarks.first { identity += ", in a container (\(mark))" }
    if facts.mapping.isPrivileged {
      return Finding(
        "identity", .ok,
        "\(identity); programs inside run as user \(facts.mapping.outsideUser), without groups")
    }
    let fact = "\(identity); programs inside run as this user and keep its groups"
    return facts.userID == 0
      ? Finding(
        "identity", .degraded, fact,
        remedy: "run cupel as an ordinary user: this user namespace has no other one to run "
          + "programs as")
      : Finding("identity", .ok, "\(fact); no range in /etc/subuid is needed")
  }

  /// Of root's capabilities, those to map another user than itself decide (user_namespaces(7)).
  private static func capabilityFinding(_ facts: HostFacts) -> Finding {
    guard let held = facts.capabilities else {
      return Finding(
        "capabilities", .missing, "libcap cannot read them", isRequired: facts.userID == 0)
    }
    guard facts.userID == 0 else {
      return Finding(
        "capabilities", .ok, held.isEmpty ? "none held, none needed" : "none needed")
    }
    let needed: [HostFacts.Capability] = [.setUser, .setGroup]
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
}
