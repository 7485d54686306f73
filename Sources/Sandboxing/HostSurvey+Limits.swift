internal import Failing

extension HostSurvey {
  static func limitFindings(_ facts: HostFacts) -> [Finding] {
    [memoryLimitFinding(facts), processLimitFinding(facts.fork)]
  }

  private static func memoryLimitFinding(_ facts: HostFacts) -> Finding {
    if let group = facts.memoryGroup {
      return Finding(
        "memory-limit", .ok,
        "--memory is held for the whole sandbox by \(group.enforcement.rawValue) in "
          + group.parent)
    }
    let mounted = Set(facts.mounts.map(\.fileSystem)).intersection(["cgroup", "cgroup2"])
    let why =
      switch (mounted.contains("cgroup2"), mounted.contains("cgroup")) {
      case (false, false): "no cgroup file system is mounted"
      case (false, true): "no cgroup of version 1 can be made, and version 2 is not mounted"
      default: "no cgroup with the memory controller can be made"
      }
    return Finding(
      "memory-limit", .degraded,
      "--memory is held for each process alone (RLIMIT_AS): \(why)",
      remedy: mounted.isEmpty
        ? "mount cgroup2 at /sys/fs/cgroup, in a container writable"
        : "run under `systemd-run --user --scope -p Delegate=yes cupel …`, or as root")
  }

  private static func processLimitFinding(_ trial: Trial) -> Finding {
    if case .refused(let error) = trial {
      return Finding("process-limit", .missing, error.chain, remedy: error.bestHint)
    }
    guard case .ended(let outcome) = trial, case .exited(let status) = outcome.ending else {
      return Finding("process-limit", .missing, "could not be tried")
    }
    return status == 7
      ? Finding(
        "process-limit", .missing,
        "--pids holds nothing here (RLIMIT_NPROC)", remedy: "use Linux 5.14 or later")
      : Finding(
        "process-limit", .ok, "--pids is held by RLIMIT_NPROC of the sandbox's user namespace")
  }
}
