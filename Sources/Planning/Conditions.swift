/// The surroundings of one leg, every value explicit, so that it can be repeated.
public struct Conditions: Sendable, Equatable {
  public var hostname: String
  public var userName: String
  public var uid: UInt32
  public var gid: UInt32
  /// The value of TZ (tzset(3)).
  public var timezone: String
  /// The value of LANG and LC_ALL.
  public var locale: String
  public var umask: UInt32
  /// Variables that nothing should read.
  public var noise: [EnvironmentVariable]
  /// CPUs that cargo and build scripts see, counted from the runner's first allowed one. The rustc
  /// wrapper gives rustc all of them back: it splits its work the same way on any number.
  public var cpuCount: Int
  /// Jobs at one time, which build scripts see as NUM_JOBS.
  public var jobs: Int
  /// Whether folders of the sources list their entries in the reverse of the order they have in the
  /// other leg.
  public var reversesListings: Bool
  public var randomizesAddresses: Bool
  /// What the numbers of getrandom(2) follow from.
  public var randomSeed: UInt64
  /// What is added to the wall clock, in seconds.
  public var clockOffset: Int64
  public var home: String
  public var temporary: String

  /// Leg A: what an auditor repeats.
  public static func canonical(cpuCount: Int, jobs: Int) -> Conditions {
    Conditions(
      hostname: "localhost", userName: "build", uid: 1000, gid: 1000, timezone: "UTC",
      locale: "C.UTF-8", umask: 0o022, noise: [], cpuCount: cpuCount, jobs: jobs,
      reversesListings: false, randomizesAddresses: false, randomSeed: 1, clockOffset: 0,
      home: SandboxPaths.home, temporary: SandboxPaths.temporary)
  }

  /// The same with the given variations applied: leg B.
  public func varied(_ variations: [Variation]) -> Conditions {
    var varied = self
    for variation in variations {
      switch variation {
      case .hostname: varied.hostname = "varied-host"
      case .user:
        varied.userName = "varied"
        varied.uid = 54321
        varied.gid = 54322
      // POSIX form, as a rootfs need not have zone files: 11 h 30 min west of Greenwich.
      case .timezone: varied.timezone = "VAR+11:30"
      case .locale: varied.locale = "tr_TR.ISO-8859-9"
      case .umask: varied.umask = 0o077
      case .environment:
        varied.noise = (1...8).map {
          EnvironmentVariable("CUPEL_VARIED_\($0)", String(repeating: "varied ", count: 64))
        }
      case .cpus:
        varied.cpuCount = max(1, cpuCount - 1)
        varied.jobs = jobs + 1
      case .readdir: varied.reversesListings.toggle()
      case .aslr: varied.randomizesAddresses.toggle()
      case .random: varied.randomSeed = 2
      // Another year, month, day and weekday.
      case .clock: varied.clockOffset = 398 * 86400
      case .home: varied.home = "/build/home-varied"
      case .tmpdir: varied.temporary = "/build/tmp-varied"
      }
    }
    return varied
  }
}

public struct EnvironmentVariable: Sendable, Equatable {
  public let name: String
  public let value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
