internal import CChild
public import Failing
public import Linux

/// Why a sandbox could not be made or watched.
public enum SandboxError: Failure {
  /// A step inside the child failed before the program ran.
  case setup(stage: String, SystemError, hint: String?)
  /// The program itself could not be executed.
  case program(String, SystemError)
  /// The working folder does not exist inside.
  case directory(String, SystemError)
  /// The host refused something to the runner.
  case host(String, SystemError, hint: String?)
  /// A limit of processes that the kernel would not hold.
  case unlimitable
  /// The kernel offers an older version of Landlock than the profile requires; 0 is none.
  case landlock(required: Int, offered: Int)
  /// The child went away without a word.
  case vanished(during: String)
  /// It was not ready in time, though nothing failed.
  case slow(seconds: Double)
  /// A stop came before it was ready.
  case interrupted
  /// It was killed, and is still there.
  case unkillable
  /// The syscall filter could not be compiled from its profile.
  case filter(profile: String, rule: String, reason: String)

  public var message: String {
    switch self {
    case .setup(let stage, _, _): "making the sandbox: \(stage)"
    case .program(let path, _): "running \(path) in the sandbox"
    case .directory(let path, _): "entering \(path) in the sandbox"
    case .host(let what, _, _): what
    case .unlimitable:
      "limiting the sandbox's processes: programs in it would run as root of the machine, whom the "
        + "kernel exempts"
    case .landlock(let required, let offered):
      "restricting the sandbox with landlock: the profile requires version \(required), and the "
        + "kernel offers \(offered == 0 ? "none" : "version \(offered)")"
    case .vanished(let during): "making the sandbox: its first process vanished while \(during)"
    case .slow(let seconds): "making the sandbox: not ready within \(Int(seconds)) seconds"
    case .interrupted: "making the sandbox: interrupted"
    case .unkillable: "ending the sandbox: it was killed and does not end"
    case .filter(let profile, let rule, let reason):
      "compiling profile \(profile): rule for \(rule): \(reason)"
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .setup(_, let error, _), .program(_, let error), .directory(_, let error),
      .host(_, let error, _):
      error
    case .unlimitable, .landlock, .vanished, .slow, .interrupted, .unkillable, .filter: nil
    }
  }

  public var hint: String? {
    switch self {
    case .setup(_, _, let hint), .host(_, _, let hint): hint
    case .program: "name a program that exists in the sandbox's rootfs"
    case .directory, .interrupted: nil
    case .slow, .unkillable:
      "see whether every file system answers that the store and the sandbox's mounts are on"
    case .vanished: "run `cupel doctor`"
    case .unlimitable: "run cupel as an ordinary user, or without --pids"
    case .landlock:
      "use a newer kernel, switch landlock on (`lsm=` of the kernel's command line), or lower "
        + "`require` in the profile"
    case .filter: "correct the rule in the profile; syscalls(2) lists the calls by name"
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .program, .directory, .filter: .usage
    case .host(_, let error, _) where error.isInterruption: .interrupted
    case .interrupted: .interrupted
    case .slow: .limitReached
    case .setup, .host, .unlimitable, .landlock, .vanished, .unkillable: .hostUnsuitable
    }
  }

  /// Words for a fault that the child reported.
  static func fault(_ message: ChildMessage, in sandbox: Sandbox) -> SandboxError {
    let steps = sandbox.mounts
    func error(_ what: String) -> SystemError { SystemError(what, code: message.error) }
    let index = message.index
    switch message.stage {
    case CHILD_STAGE_EXEC:
      return .program(sandbox.arguments[0], error("executing it"))
    case CHILD_STAGE_DIRECTORY:
      return .directory(sandbox.directory, error("changing folder"))
    case CHILD_STAGE_SOURCE where steps.indices.contains(index):
      return .setup(
        stage: "opening what is mounted at \(steps[index].target)",
        error("cloning the mount \(steps[index].source ?? "")"), hint: nil)
    case CHILD_STAGE_STEP where steps.indices.contains(index):
      let step = steps[index]
      var hint: String?
      if case .proc = step {
        hint =
          "the kernel refuses a fresh /proc where the visible one is masked, as in most "
          + "containers; run `cupel doctor`"
      }
      return .setup(stage: "setting up \(step.target)", error(step.verb), hint: hint)
    default:
      return .setup(
        stage: stageNames[message.stage.rawValue] ?? "stage \(message.stage.rawValue)",
        error("a system call (part \(index))"), hint: "run `cupel doctor`")
    }
  }

  private static let stageNames: [UInt32: String] = [
    CHILD_STAGE_START.rawValue: "starting",
    CHILD_STAGE_NAMESPACES.rawValue: "making namespaces",
    CHILD_STAGE_PROPAGATION.rawValue: "making mounts private",
    CHILD_STAGE_IDENTITY.rawValue: "taking on the user inside",
    CHILD_STAGE_NETWORK.rawValue: "raising the loopback interface",
    CHILD_STAGE_HOSTNAME.rawValue: "setting the host name",
    CHILD_STAGE_ROOT.rawValue: "mounting the new root",
    CHILD_STAGE_HANDOVER.rawValue: "talking to the runner",
    CHILD_STAGE_PIVOT.rawValue: "entering the new root",
    CHILD_STAGE_LIMIT.rawValue: "setting a resource limit",
    CHILD_STAGE_CPUS.rawValue: "choosing CPUs",
    CHILD_STAGE_PERSONALITY.rawValue: "setting the personality",
    CHILD_STAGE_CAPABILITIES.rawValue: "dropping capabilities",
    CHILD_STAGE_PRIVILEGES.rawValue: "giving up new privileges",
    CHILD_STAGE_LANDLOCK.rawValue: "restricting it with landlock",
    CHILD_STAGE_TIME.rawValue: "setting the clocks of the time namespace",
    CHILD_STAGE_KEYRING.rawValue: "leaving the session keyring",
    CHILD_STAGE_NICENESS.rawValue: "setting the niceness",
    CHILD_STAGE_FILTER.rawValue: "installing the syscall filter",
    CHILD_STAGE_FORK.rawValue: "starting the program",
    CHILD_STAGE_STREAMS.rawValue: "setting up standard streams",
  ]
}

extension Mount {
  /// The host path of a bind.
  var source: String? {
    switch self {
    case .bind(let source, _, _), .device(let source, _): source
    default: nil
    }
  }

  /// What performing it is called in messages.
  var verb: String {
    switch self {
    case .directory: "creating the folder"
    case .file: "writing the file"
    case .cover: "covering the file"
    case .symlink: "creating the symlink"
    case .bind, .device: "attaching the mount"
    case .memory: "mounting tmpfs"
    case .proc: "mounting proc"
    case .mask: "masking it"
    case .readOnly: "making it read-only"
    }
  }
}
