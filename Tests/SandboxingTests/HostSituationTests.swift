import Failing
import Linux
import Reading
import Testing

@testable import Sandboxing

/// What is concluded about hosts that cannot be had here, from facts as they would be found there.
@Suite struct HostSituationTests {
  /// An ordinary user on a machine where everything works.
  private static let fine = HostFacts(
    userID: 1000, kernel: "Linux 6.18.0, x86_64",
    texts: [
      "/proc/self/uid_map": "         0          0 4294967295",
      "/proc/self/mountinfo": "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
      "/proc/self/status": "Name:\tcupel\nSeccomp:\t0",
      "/proc/sys/user/max_user_namespaces": "96365",
    ],
    containerMarks: [], landlock: 7, hasUserNotification: true, capabilities: [],
    mapping: IdentityMapping(outsideUser: 1000, outsideGroup: 1000, isPrivileged: false),
    namespaces: HostFacts.NamespaceKind.allCases.map { ($0, 0) },
    memoryGroup: (.cgroupV2, "/sys/fs/cgroup/user.slice"), whole: ended(0), withoutProc: nil,
    fork: ended(2))

  private static func ended(_ status: Int32) -> Trial {
    .ended(
      Outcome(
        ending: .exited(status), userSeconds: 0, systemSeconds: 0, elapsed: 0,
        peakProcessMemory: 0))
  }

  private static func refused(_ stage: String, _ code: Int32) -> Trial {
    .refused(
      SandboxError.setup(stage: stage, SystemError("a system call", code: code), hint: nil))
  }

  /// The survey of a host that differs from the fine one as `change` says.
  private func survey(_ change: (inout HostFacts) -> Void = { _ in }) throws -> HostSurvey {
    var facts = Self.fine
    change(&facts)
    return HostSurvey(findings: HostSurvey.findings(facts, profile: try .cargoBuild()))
  }

  private func finding(
    _ name: String, _ change: (inout HostFacts) -> Void = { _ in }
  ) throws -> HostSurvey.Finding {
    try #require(try survey(change).findings.first { $0.name == name })
  }

  /// User namespaces refused with `code`, and with them everything else.
  private static func refuseUserNamespaces(_ facts: inout HostFacts, code: Int32) {
    facts.namespaces = facts.namespaces.map { ($0.kind, code) }
    let refusal = Trial.refused(
      SandboxError.host(
        "starting a sandbox", SystemError("cloning", code: code), hint: "run `cupel doctor`"))
    facts.whole = refusal
    facts.withoutProc = refusal
    facts.fork = refusal
  }

  @Test func aFineHostHasNothingToDo() throws {
    let survey = try survey()
    #expect(survey.canBuild)
    #expect(survey.remedies.isEmpty, "\(survey.remedies)")
    #expect(survey.findings.allSatisfy { $0.status == .ok })
  }

  @Test func anOrdinaryUserNeedsNoSubuidRange() throws {
    #expect(try finding("identity").fact.contains("no range in /etc/subuid is needed"))
  }

  /// Ubuntu 24.04: the namespace can be made, its capabilities are gone.
  @Test func appArmorIsNamed() throws {
    let survey = try survey {
      $0.texts["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1"
      $0.whole = Self.refused("making mounts private", 13)
      $0.withoutProc = $0.whole
      $0.fork = $0.whole
    }
    #expect(!survey.canBuild)
    let finding = try #require(survey.findings.first { $0.name == "user-namespaces" })
    #expect(finding.status == .missing)
    #expect(finding.fact.contains("apparmor_restrict_unprivileged_userns = 1"))
    let remedy = try #require(finding.remedy)
    #expect(remedy.contains("profiles/apparmor/cupel"))
    #expect(remedy.contains("apparmor_parser"))
    #expect(remedy.contains("kernel.apparmor_restrict_unprivileged_userns=0"))
    #expect(survey.remedies.hasPrefix("user-namespaces, sandbox"), "\(survey.remedies)")
  }

  /// Ubuntu 23.10: it cannot be made.
  @Test func appArmorIsNamedWhereItRefusesAtOnce() throws {
    let finding = try finding("user-namespaces") {
      $0.texts["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1"
      Self.refuseUserNamespaces(&$0, code: 13)
    }
    #expect(finding.remedy?.contains("profiles/apparmor/cupel") == true)
  }

  @Test func appArmorDoesNotMatterToACupelWithItsProfile() throws {
    let finding = try finding("user-namespaces") {
      $0.texts["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1"
      $0.texts["/proc/self/attr/current"] = "cupel (unconfined)"
    }
    #expect(finding.status == .ok)
    #expect(finding.fact.hasSuffix("cupel is exempt by its profile cupel (unconfined)"))
  }

  @Test func forbiddenUserNamespacesAreNamed() throws {
    let all = try finding("user-namespaces") {
      $0.texts["/proc/sys/user/max_user_namespaces"] = "0"
      Self.refuseUserNamespaces(&$0, code: 28)
    }
    #expect(all.remedy?.contains("sysctl -w user.max_user_namespaces=") == true)
    let ordinary = try finding("user-namespaces") {
      $0.texts["/proc/sys/kernel/unprivileged_userns_clone"] = "0"
      Self.refuseUserNamespaces(&$0, code: 1)
    }
    #expect(ordinary.remedy?.contains("sysctl -w kernel.unprivileged_userns_clone=1") == true)
  }

  /// Docker's default filter answers clone3 with ENOSYS.
  @Test func aContainersFilterIsNamed() throws {
    let survey = try survey {
      $0.texts["/proc/self/status"] = "Name:\tcupel\nSeccomp:\t2\nSeccomp_filters:\t1"
      $0.containerMarks = ["/.dockerenv"]
      Self.refuseUserNamespaces(&$0, code: 38)
    }
    #expect(!survey.canBuild)
    let finding = try #require(survey.findings.first { $0.name == "user-namespaces" })
    #expect(finding.fact.contains("function not implemented"))
    #expect(finding.remedy?.contains("--security-opt seccomp=unconfined") == true)
  }

  @Test func aMaskedProcIsNamed() throws {
    let survey = try survey {
      $0.texts["/proc/self/mountinfo"] = """
        30 1 0:5 / /proc rw - proc proc rw
        31 30 0:6 / /proc/kcore rw - tmpfs tmpfs rw
        32 30 0:5 /sys /proc/sys ro - proc proc rw
        """
      $0.whole = Self.refused("setting up /proc", 1)
      $0.withoutProc = Self.ended(0)
    }
    #expect(!survey.canBuild)
    let finding = try #require(survey.findings.first { $0.name == "proc" })
    #expect(finding.fact.hasSuffix("mounted over parts of /proc: /proc/kcore /proc/sys"))
    #expect(finding.remedy?.contains("systempaths=unconfined") == true)
    #expect(survey.findings.first { $0.name == "mounts" }?.status == .ok)
  }

  /// The profile docker-default refuses mounts.
  @Test func aContainersAppArmorProfileIsNamed() throws {
    let finding = try finding("sandbox") {
      $0.containerMarks = ["/.dockerenv"]
      $0.whole = Self.refused("making mounts private", 13)
      $0.withoutProc = $0.whole
    }
    #expect(finding.status == .missing)
    #expect(finding.remedy?.contains("--security-opt apparmor=unconfined") == true)
  }

  @Test func rootAloneInItsNamespaceIsDegraded() throws {
    let finding = try finding("identity") {
      $0.userID = 0
      $0.texts["/proc/self/uid_map"] = "         0       1000          1"
      $0.mapping = IdentityMapping(outsideUser: 0, outsideGroup: 0, isPrivileged: false)
      $0.capabilities = Set(HostFacts.Capability.allCases)
    }
    #expect(finding.status == .degraded)
    #expect(finding.fact.contains("uid_map 0 1000 1"))
    #expect(finding.remedy != nil)
  }

  @Test func lackingCapabilitiesOfRootAreNamed() throws {
    func root(_ held: Set<HostFacts.Capability>) throws -> HostSurvey.Finding {
      try finding("capabilities") {
        $0.userID = 0
        $0.capabilities = held
      }
    }
    let without = try root([.setUser])
    #expect(without.status == .missing)
    #expect(without.isRequired)
    #expect(without.fact == "root without CAP_SETGID")
    let limited = try root([.setUser, .setGroup])
    #expect(limited.status == .ok)
    #expect(limited.fact.contains("no CAP_SYS_RESOURCE"))
  }

  @Test(arguments: [(0, false), (1, false), (2, true), (5, true)])
  func anOldLandlockIsSaid(offered: Int, isUsed: Bool) throws {
    let finding = try finding("landlock") { $0.landlock = offered }
    #expect(finding.status == (isUsed ? .ok : .degraded))
    #expect(finding.remedy == nil || !isUsed)
    if offered == 5 {
      #expect(finding.fact == "version 5, without rules about signals and abstract sockets")
    }
    #expect(try survey { $0.landlock = offered }.canBuild)
  }

  @Test func whatAnOldKernelLacksIsDegradedOnly() throws {
    let survey = try survey {
      $0.hasUserNotification = false
      $0.namespaces = $0.namespaces.map { ($0.kind, $0.kind == .time ? 22 : 0) }
      $0.memoryGroup = nil
      $0.texts["/proc/self/mountinfo"] = ""
    }
    #expect(survey.canBuild)
    for name in ["user-notification", "time-namespace", "memory-limit"] {
      let finding = try #require(survey.findings.first { $0.name == name })
      #expect(finding.status == .degraded, "\(name)")
      #expect(finding.remedy != nil, "\(name)")
    }
    #expect(survey.findings.first { $0.name == "memory-limit" }!.fact.contains("no cgroup"))
  }

  @Test func aKernelWithoutANamespaceIsRefused() throws {
    let survey = try survey {
      $0.namespaces = $0.namespaces.map { ($0.kind, $0.kind == .net ? 22 : 0) }
    }
    #expect(!survey.canBuild)
    let finding = try #require(survey.findings.first { $0.name == "namespaces" })
    #expect(finding.fact.hasPrefix("net: "))
  }

  @Test func anUndelegatedCgroupIsTold() throws {
    let finding = try finding("memory-limit") { $0.memoryGroup = nil }
    #expect(finding.remedy?.contains("Delegate=yes") == true)
  }
}
