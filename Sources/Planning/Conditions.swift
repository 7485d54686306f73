/// The surroundings of one leg, every value explicit, so that it can be repeated.
public struct Conditions: Sendable, Equatable {
  public var hostname: String
  /// The NIS domain name, which is also that of the host in /etc/hosts, unless it is `noDomain`.
  public var domain: String
  public var userName: String
  public var uid: UInt32
  public var gid: UInt32
  /// The value of TZ (tzset(3)).
  public var timezone: String
  /// The value of LANG and LC_ALL.
  public var locale: String
  public var umask: UInt32
  /// Variables that nothing should read. How much they are moves what lies on stacks.
  public var noise: [EnvironmentVariable]
  /// CPUs that cargo and build scripts see, counted from the runner's first allowed one. The rustc
  /// wrapper gives rustc all of them back: it splits its work the same way on any number.
  public var cpuCount: Int
  /// Jobs at one time, which build scripts see as NUM_JOBS.
  public var jobs: Int
  /// Whether folders of the sources list their entries in the reverse of the order they have in the
  /// other leg.
  public var reversesListings: Bool
  /// What the order follows from in which folders of the sources list their entries; nil where it is
  /// that of the store's file system, or its reverse.
  public var listingSeed: UInt64?
  public var randomizesAddresses: Bool
  /// What the numbers of getrandom(2) follow from.
  public var randomSeed: UInt64
  /// Whether uname(2) gives the kernel's release as 2.6 (personality(2), UNAME26).
  public var reportsOldKernel: Bool
  /// What is added to the wall clock, in seconds.
  public var clockOffset: Int64
  public var home: String
  public var temporary: String
  /// The modification time of all sources and crates, in seconds since 1970; nil leaves the one that
  /// everything in the store has.
  public var sourceTime: Int64?
  /// What is added to the runner's niceness.
  public var niceness: Int
  /// What all folders of the build are below: `/build` unless paths are varied.
  public var root: String

  public var relocation: Relocation { Relocation(root: root) }

  /// What the kernel calls no domain name.
  public static let noDomain = "(none)"

  /// Leg A: what an auditor repeats.
  public static func canonical(cpuCount: Int, jobs: Int) -> Conditions {
    Conditions(
      hostname: "localhost", domain: noDomain, userName: "build", uid: 1000, gid: 1000,
      timezone: "UTC", locale: "C.UTF-8", umask: 0o022, noise: [], cpuCount: cpuCount, jobs: jobs,
      reversesListings: false, randomizesAddresses: false, randomSeed: 1, reportsOldKernel: false,
      clockOffset: 0, home: SandboxPaths.home, temporary: SandboxPaths.temporary, niceness: 0,
      root: SandboxPaths.root)
  }

  /// The same with the given variations applied: leg B. With a seed the values follow from it,
  /// otherwise they are always the same.
  public func varied(_ variations: [Variation], seed: UInt64? = nil) -> Conditions {
    var varied = self
    for variation in variations {
      if let seed {
        var draw = Draw(seed: seed, for: variation)
        varied.apply(variation, from: self, &draw)
      } else {
        varied.apply(variation, from: self)
      }
    }
    varied.home = varied.relocation.moved(varied.home)
    varied.temporary = varied.relocation.moved(varied.temporary)
    return varied
  }

  /// Values as far from leg A's as they can sensibly be.
  private mutating func apply(_ variation: Variation, from canonical: Conditions) {
    switch variation {
    case .hostname: hostname = "varied-host"
    case .domain: domain = "varied.example"
    case .user:
      userName = "varied"
      uid = 54321
      gid = 54322
    // POSIX form, as a rootfs need not have zone files: 11 h 30 min west of Greenwich.
    case .timezone: timezone = "VAR+11:30"
    case .locale: locale = "tr_TR.ISO-8859-9"
    case .umask: umask = 0o077
    case .environment:
      noise =
        (1...8).map {
          EnvironmentVariable("CUPEL_VARIED_\($0)", String(repeating: "varied ", count: 64))
        } + [Self.ballast(20_000)]
    case .cpus:
      cpuCount = max(1, canonical.cpuCount - 1)
      jobs = canonical.jobs + 1
    case .readdir: reversesListings.toggle()
    case .aslr: randomizesAddresses.toggle()
    case .random: randomSeed = 2
    case .kernel: reportsOldKernel.toggle()
    // Another year, month, day and weekday.
    case .clock: clockOffset = 398 * 86400
    case .home: home = "/build/home-varied"
    case .tmpdir: temporary = "/build/tmp-varied"
    case .mtimes: sourceTime = 1_000_000_000
    case .niceness: niceness = 5
    case .paths: root = "/elsewhere/varied-build"
    }
  }

  private mutating func apply(
    _ variation: Variation, from canonical: Conditions, _ draw: inout Draw
  ) {
    switch variation {
    case .hostname: hostname = draw.word(5...32)
    case .domain: domain = "\(draw.word(5...16)).example"
    case .user:
      userName = "u\(draw.word(3...12))"
      uid = UInt32(draw.number(1001...60000))
      gid = UInt32(draw.number(1001...60000))
    case .timezone:
      let hours = draw.number(1...12)
      timezone = "VAR\(draw.one(of: ["+", "-"]))\(hours):\(draw.one(of: ["00", "15", "30", "45"]))"
    case .locale: locale = draw.one(of: Self.locales)
    case .umask: umask = draw.one(of: [0o077, 0o027, 0o007, 0o002])
    case .environment:
      noise =
        (1...draw.number(1...16)).map { number in
          EnvironmentVariable(
            "CUPEL_VARIED_\(number)_\(draw.word(1...8).uppercased())", draw.word(0...512))
        } + [Self.ballast(Int(draw.number(1024...65536)))]
    case .cpus:
      cpuCount = Int(draw.number(1...Int64(max(1, canonical.cpuCount - 1))))
      jobs = Int(draw.number(1...Int64(canonical.jobs) + 2, but: Int64(canonical.jobs)))
    case .readdir: listingSeed = draw.seed()
    case .aslr: randomizesAddresses.toggle()
    case .random: randomSeed = draw.seed()
    case .kernel: reportsOldKernel.toggle()
    case .clock: clockOffset = draw.number(33...2000) * 86400 + draw.number(0...86399)
    case .home: home = "/build/home-\(draw.word(3...16))"
    case .tmpdir: temporary = "/build/tmp-\(draw.word(3...16))"
    case .mtimes: sourceTime = draw.number(400_000_000...1_100_000_000)
    case .niceness: niceness = Int(draw.number(1...15))
    case .paths: root = "/\(draw.word(8...24))/\(draw.word(8...24))"
    }
  }

  /// A variable that is there for its size.
  private static func ballast(_ size: Int) -> EnvironmentVariable {
    EnvironmentVariable("CUPEL_VARIED_SIZE", String(repeating: "x", count: size))
  }

  private static let locales = [
    "tr_TR.ISO-8859-9", "de_DE.UTF-8", "fr_FR.ISO-8859-1", "et_EE.UTF-8", "ja_JP.eucJP",
    "zh_CN.GB18030", "ar_EG.UTF-8", "POSIX",
  ]
}

public struct EnvironmentVariable: Sendable, Equatable {
  public let name: String
  public let value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
