public import Reading

/// What this host offers to a sandbox, found out by trying wherever that is cheap.
public struct HostSurvey: Sendable, Equatable {
  /// One thing that was looked at.
  public struct Finding: Sendable, Equatable {
    public enum Status: String, Sendable {
      case ok
      /// It works, but holds less or serves worse.
      case degraded
      /// It does not work, or it could not be tried.
      case missing
    }

    /// Stable, lower case, for machines too.
    public let name: String
    public let status: Status
    /// What was seen.
    public let fact: String
    /// What the user can do about it; nil when nothing needs to be done.
    public let remedy: String?
    /// Whether no build can run while it is missing.
    public let isRequired: Bool

    init(
      _ name: String, _ status: Status, _ fact: String, remedy: String? = nil,
      isRequired: Bool = false
    ) {
      self.name = name
      self.status = status
      self.fact = fact
      self.remedy = remedy
      self.isRequired = isRequired
    }
  }

  public let findings: [Finding]

  /// Whether nothing that a build needs is missing.
  public var canBuild: Bool { !findings.contains { $0.isRequired && $0.status == .missing } }

  init(findings: [Finding]) {
    self.findings = findings
  }

  /// Looks at everything. Takes a few short sandboxes and about a tenth of a second.
  ///
  /// - Parameters:
  ///   - profile: what the sandboxes of the survey allow.
  ///   - store: the folder of the store, which need not exist; nil when nobody said where it is.
  /// - Returns: the findings, in the order in which they are best read.
  public static func take(profile: Profile, store: String?) -> HostSurvey {
    let facts = HostFacts.gather(profile)
    return HostSurvey(
      findings: findings(facts, profile: profile) + [storeFinding(store)] + resourceFindings()
        + programFindings())
  }

  /// What follows from the facts.
  static func findings(_ facts: HostFacts, profile: Profile) -> [Finding] {
    kernelFindings(facts) + identityFindings(facts) + namespaceFindings(facts)
      + sandboxFindings(facts, profile) + limitFindings(facts)
  }
}
