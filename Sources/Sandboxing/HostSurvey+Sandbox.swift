internal import Failing
internal import Linux
internal import Reading

extension HostSurvey {
  /// What a program of the host found in a sandbox like that of a build, or, where that was
  /// refused, in one without /proc, so that a masked /proc does not hide everything after it.
  static func sandboxFindings(_ facts: HostFacts, _ profile: Profile) -> [Finding] {
    let whole = facts.whole
    if whole.succeeded {
      return [
        Finding("proc", .ok, "a fresh one can be mounted", isRequired: true),
        Finding("mounts", .ok, "open_tree, mount_setattr, pivot_root", isRequired: true),
        Finding("devices", .ok, names(profile.devices), isRequired: true),
        Finding("seccomp", .ok, "the filter \(profile.name) is in force", isRequired: true),
        Finding("sandbox", .ok, "a program ran in one", isRequired: true),
      ]
    }
    let part = facts.withoutProc ?? whole
    guard case .ended(let outcome) = part else {
      return ["proc", "mounts", "devices", "seccomp"].map {
        Finding($0, .missing, "not reached", isRequired: true)
      } + [sandboxFinding(part, remedy: userNamespaceRemedy(facts))]
    }
    return [
      procFinding(facts),
      Finding("mounts", .ok, "open_tree, mount_setattr, pivot_root", isRequired: true),
      outcome.ending == .exited(0)
        ? Finding("devices", .ok, names(profile.devices), isRequired: true)
        : Finding(
          "devices", .missing, "using them inside: \(outcome.ending.words)",
          remedy: "mount /dev without nodev", isRequired: true),
      Finding("seccomp", .ok, "the filter \(profile.name) is in force", isRequired: true),
      sandboxFinding(whole, remedy: nil),
    ]
  }

  private static func names(_ devices: [Profile.Device]) -> String {
    "usable inside: " + devices.map(\.rawValue).joined(separator: " ")
  }

  private static func procFinding(_ facts: HostFacts) -> Finding {
    guard case .refused(let error) = facts.whole else {
      return Finding("proc", .ok, "a fresh one can be mounted", isRequired: true)
    }
    let covered = facts.mounts.filter { $0.point.hasPrefix("/proc/") }.map(\.point)
    return Finding(
      "proc", .missing,
      error.chain
        + (covered.isEmpty
          ? "" : "; mounted over parts of /proc: \(covered.joined(separator: " "))"),
      remedy: "the kernel gives a fresh /proc only where the visible one is whole: start the "
        + "container with `--security-opt systempaths=unconfined` (Docker, Podman) or "
        + "`procMount: Unmasked` (Kubernetes)",
      isRequired: true)
  }

  private static func sandboxFinding(_ trial: Trial, remedy: String?) -> Finding {
    switch trial {
    case .ended(let outcome):
      Finding("sandbox", .missing, "a program in it: \(outcome.ending.words)", isRequired: true)
    case .refused(let error):
      Finding("sandbox", .missing, error.chain, remedy: remedy, isRequired: true)
    }
  }
}

/// A program of the host in a sandbox, with a short time to end.
enum Trial: Sendable {
  case ended(Outcome)
  case refused(any Failure)

  /// Opens what every program takes for granted.
  static let devices = ": >/dev/null </dev/zero && : </dev/urandom"

  var succeeded: Bool {
    if case .ended(let outcome) = self { outcome.ending == .exited(0) } else { false }
  }

  static func run(
    _ profile: Profile, script: String, hasProc: Bool, limits: Limits = Limits()
  ) -> Trial {
    let identity = Identity()
    var limits = limits
    limits.timeout = 10
    do {
      var mounts = try Skeleton.mounts(
        rootfs: .host, identity: identity, hostname: "localhost", profile: profile)
      if !hasProc {
        mounts.removeAll { $0.target == "/proc" || $0.target.hasPrefix("/proc/") }
      }
      let sandbox = Sandbox(
        mounts: mounts, identity: identity, hostname: "localhost",
        environment: [(name: "PATH", value: "/usr/bin:/bin")], directory: "/",
        arguments: ["/bin/sh", "-c", script], limits: limits, profile: profile)
      // Its words would only confuse; the exit status says it all.
      var running = try RunningSandbox.start(sandbox, streams: .init(output: -1, error: -1))
      return .ended(try running.wait())
    } catch let error as any Failure {
      return .refused(error)
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
  }
}

extension Outcome.Ending {
  var words: String {
    switch self {
    case .exited(let status): "it exited with \(status)"
    case .signalled(let signal): "it was ended by \(signal.name)"
    case .timedOut: "it did not end in time"
    case .outOfMemory: "it ran out of memory"
    case .interrupted(let signal): "it was interrupted by \(signal.name)"
    case .killed: "it was killed"
    }
  }
}
