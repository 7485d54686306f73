internal import Failing
internal import Linux
internal import Reading

extension HostSurvey {
  static func limitFindings(_ profile: Profile) -> [Finding] {
    [memoryLimitFinding(), processLimitFinding(profile)]
  }

  private static func memoryLimitFinding() -> Finding {
    switch MemoryCgroup.make(limit: 256 << 20) {
    case .some(let group):
      Finding(
        "memory-limit", .ok,
        "--memory is held for the whole sandbox by \(group.enforcement.rawValue) in "
          + FileSystem.split(group.path).parent)
    case .none:
      Finding(
        "memory-limit", .degraded,
        "--memory is held for each process alone (RLIMIT_AS): no cgroup can be made here",
        remedy: "run under `systemd-run --user --scope -p Delegate=yes cupel …`, or as root")
    }
  }

  /// Two processes are init and a shell, so that a shell which could fork shows that nothing held.
  private static func processLimitFinding(_ profile: Profile) -> Finding {
    let trial = Trial.run(
      profile, script: "(exit 7); exit $?", hasProc: false, limits: Limits(pids: 2))
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
