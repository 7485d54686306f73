public import Reading

/// Everything about one run in a sandbox: a value, decided before anything happens.
public struct Sandbox: Sendable {
  public var mounts: [Mount]
  public var identity: Identity
  public var hostname: String
  /// The NIS domain name.
  public var domain: String
  /// The whole environment; nothing of the runner's own passes.
  public var environment: [(name: String, value: String)]
  public var directory: String
  /// The program, found through the environment's PATH when it holds no slash, and its arguments.
  public var arguments: [String]
  public var umask: UInt32
  /// CPUs it may run on; nil leaves the runner's own.
  public var cpus: [Int]?
  /// Whether addresses are randomised (personality(2) ADDR_NO_RANDOMIZE when false).
  public var randomizesAddresses: Bool
  /// Whether uname(2) gives the kernel's release as 2.6.60 and more (personality(2), UNAME26).
  public var reportsOldKernel: Bool
  /// Added to the runner's niceness.
  public var niceness: Int
  /// Makes what getrandom(2) gives a function of this and of the order of each thread's calls; nil
  /// leaves it to the kernel. /dev/urandom and a vDSO's own getrandom (Linux 6.11, glibc 2.41) are the
  /// kernel's in any case.
  public var randomSeed: UInt64?
  public var limits: Limits
  public var profile: Profile
  /// Whether it lives in the network of the runner, where it may connect as the profile says, and not
  /// in an empty one of its own.
  public let sharesNetwork: Bool
  /// Only tests of this room leave any out.
  var layers = Layers.all
  /// The version of Landlock's interface beyond which tests of this room use nothing.
  var newestLandlock = Profile.Landlock.newest
  /// What is read of a process whose call was refused, beside its place in the process tree.
  public var interest: ProcessTrace.Interest
  /// Whether refused calls are reported as the profile says. Without, they are refused all the same:
  /// for kernels that cannot, and for tests.
  public var reportsDenials: Bool
  /// The program whose announcements are taken (`Announcement`), a path inside; nil takes none.
  public var announcer: String?
  /// Whether it is watched which programs load the library that /etc/ld.so.preload names
  /// (`PreloadReach`).
  public var watchesPreload: Bool

  public init(
    mounts: [Mount], identity: Identity, hostname: String,
    environment: [(name: String, value: String)], directory: String, arguments: [String],
    umask: UInt32 = 0o022, cpus: [Int]? = nil, randomizesAddresses: Bool = false,
    randomSeed: UInt64? = nil, domain: String = "(none)", reportsOldKernel: Bool = false,
    niceness: Int = 0,
    limits: Limits = Limits(), profile: Profile, sharesNetwork: Bool = false,
    interest: ProcessTrace.Interest = ProcessTrace.Interest(), reportsDenials: Bool = true,
    announcer: String? = nil, watchesPreload: Bool = false
  ) {
    self.mounts = mounts
    self.identity = identity
    self.hostname = hostname
    self.domain = domain
    self.reportsOldKernel = reportsOldKernel
    self.niceness = niceness
    self.environment = environment
    self.directory = directory
    self.arguments = arguments
    self.umask = umask
    self.cpus = cpus
    self.randomizesAddresses = randomizesAddresses
    self.randomSeed = randomSeed
    self.limits = limits
    self.profile = profile
    self.sharesNetwork = sharesNetwork
    if sharesNetwork { layers.remove(.networkNamespace) }
    self.interest = interest
    self.reportsDenials = reportsDenials
    self.announcer = announcer
    self.watchesPreload = watchesPreload
  }
}

extension Sandbox {
  /// Where the program may be, in the order in which to try.
  var programPaths: [String] {
    let program = arguments[0]
    guard !program.utf8.contains(UInt8(ascii: "/")) else { return [program] }
    let path = environment.last { $0.name == "PATH" }?.value ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(program)" }
  }
}

extension Sandbox {
  /// The Landlock rules for a kernel that offers version `offered`; nil where it is too old for any.
  func landlock(offered: Int) throws(SandboxError) -> Landlock? {
    guard layers.contains(.landlock) else { return nil }
    let offered = min(offered, newestLandlock)
    let usable = offered >= Landlock.oldestUsable ? offered : 0
    let required = profile.landlock?.required ?? 0
    guard usable >= required else {
      throw .landlock(required: required, offered: offered)
    }
    return Landlock(
      mounts: mounts, profile: profile, abi: usable, mayConnect: sharesNetwork)
  }
}

/// Who the programs inside seem to be, and who they are outside.
public struct Identity: Sendable, Equatable {
  public var userName: String
  public var uid: UInt32
  public var gid: UInt32
  /// The user outside when the runner is root; an ordinary runner can only map itself
  /// (user_namespaces(7)).
  public var outsideWhenRoot: UInt32

  /// First of the users outside that root's sandboxes run as: far above what Debian, systemd and
  /// subuid ranges hand out, so that it owns nothing else.
  public static let firstOutside: UInt32 = 1_900_000_001

  public init(
    userName: String = "build", uid: UInt32 = 1000, gid: UInt32 = 1000,
    outsideWhenRoot: UInt32 = Identity.firstOutside
  ) {
    self.userName = userName
    self.uid = uid
    self.gid = gid
    self.outsideWhenRoot = outsideWhenRoot
  }
}

/// Limits of a whole sandbox. Nil is unlimited.
public struct Limits: Sendable, Equatable {
  /// Bytes of memory, tmpfs contents included where a cgroup holds the limit.
  public var memory: Int64?
  /// Processes and threads at one time.
  public var pids: Int64?
  /// Seconds of wall clock.
  public var timeout: Double?
  /// Open files of one process.
  public var openFiles: Int64?

  public init(
    memory: Int64? = nil, pids: Int64? = nil, timeout: Double? = nil, openFiles: Int64? = nil
  ) {
    self.memory = memory
    self.pids = pids
    self.timeout = timeout
    self.openFiles = openFiles
  }
}
