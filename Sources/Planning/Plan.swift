public import Hashing

/// Everything that decides the bytes of a build, as data. Nothing that can change a byte of output
/// is decided after it.
public struct Plan: Sendable, Equatable {
  public let inputs: Inputs
  public let request: BuildRequest
  /// SHA-256 of the sandbox profile's text.
  public let profile: Digest
  public let profileName: String
  public let legs: [Leg]
  private let configuredEnvironment: [EnvironmentVariable]

  /// One build of the plan.
  public struct Leg: Sendable, Equatable {
    /// `A` is canonical, `B` and further ones varied.
    public let name: String
    public let variations: [Variation]
    /// What the values of the variations follow from; nil where they are the fixed ones, and in leg A.
    public let seed: UInt64?
    public let conditions: Conditions
    /// The program inside the sandbox and its arguments.
    public let command: [String]
    /// The whole environment of the command.
    public let environment: [EnvironmentVariable]
    /// Working folder inside the sandbox.
    public let directory: String
  }

  /// Most legs of a plan.
  public static let mostLegs = 8
  /// The largest seed of a leg B: that of the last leg is still a number that JSON holds exactly
  /// (RFC 7493 section 2.2).
  public static let largestSeed: UInt64 = (1 << 53) - 1 - UInt64(mostLegs)

  /// Plans leg A with `cpuCount` CPUs and `jobs` parallel jobs, and, unless `variations` is nil,
  /// further ones with them applied, `legCount` in all.
  ///
  /// Leg B has the values that follow from `seed`, or the fixed ones where that is nil. Leg C's follow
  /// from the next seed (1 where that is nil), and so on: two legs with leg C's seed build it as leg B.
  ///
  /// `configuredEnvironment` is what the project's own cargo configuration sets in `[env]`: cargo
  /// gives way to a variable that is already set, so flags for C are put before the project's.
  public init(
    inputs: Inputs, request: BuildRequest, profile: Digest, profileName: String, cpuCount: Int,
    jobs: Int, variations: [Variation]?, seed: UInt64? = nil, legCount: Int = 2,
    configuredEnvironment: [EnvironmentVariable] = []
  ) throws(PlanningError) {
    try Self.check(request.cargoArguments)
    self.inputs = inputs
    self.request = request
    self.profile = profile
    self.profileName = profileName
    self.configuredEnvironment = configuredEnvironment
    let canonical = Conditions.canonical(cpuCount: cpuCount, jobs: jobs)
    func leg(_ name: String, _ variations: [Variation], seed: UInt64? = nil) -> Leg {
      Self.leg(
        name, variations, seed: seed, canonical.varied(variations, seed: seed), inputs, request,
        configured: configuredEnvironment)
    }
    var legs = [leg("A", [])]
    if let variations {
      try Self.check(legCount, seed)
      legs.append(leg("B", variations, seed: seed))
      for number in legs.count..<legCount {
        let name = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number)))
        legs.append(leg(name, variations, seed: (seed ?? 0) + UInt64(number - 1)))
      }
    }
    self.legs = legs
  }

  private static func check(_ legCount: Int, _ seed: UInt64?) throws(PlanningError) {
    guard 2...mostLegs ~= legCount else { throw .badLegCount(legCount) }
    if let seed, seed > largestSeed { throw .seedTooLarge(seed) }
  }

  /// Folders of the build inside the sandbox of `leg`, a slash at the end of each: what no artifact
  /// should name.
  public func folders(of leg: Leg) -> [String] {
    let own = [
      SandboxPaths.source, SandboxPaths.target, SandboxPaths.cargoHome, SandboxPaths.toolchain,
    ]
    return (own + inputs.vendors.map(\.mountPath)).map {
      leg.conditions.relocation.moved($0) + "/"
    } + [leg.conditions.home + "/", leg.conditions.temporary + "/"]
  }

  /// Leg A with some of another leg's variations, which have its values.
  public func replay(of leg: Leg, varying variations: [Variation]) -> Leg {
    Self.leg(
      "replay", variations, seed: leg.seed,
      legs[0].conditions.varied(variations, seed: leg.seed), inputs, request,
      configured: configuredEnvironment)
  }

  private static func leg(
    _ name: String, _ variations: [Variation], seed: UInt64?, _ conditions: Conditions,
    _ inputs: Inputs, _ request: BuildRequest, configured: [EnvironmentVariable]
  ) -> Leg {
    let source = conditions.relocation.moved(SandboxPaths.source)
    return Leg(
      name: name, variations: variations, seed: seed, conditions: conditions,
      command: command(inputs, request, conditions),
      environment: environment(inputs, conditions, configured: configured),
      directory: inputs.source.projectPath.isEmpty
        ? source : "\(source)/\(inputs.source.projectPath)")
  }

  private static func check(_ arguments: [String]) throws(PlanningError) {
    let decided = [
      "--target-dir": "leave it out; artifacts are copied to the output folder",
      "--message-format": "use cupel's own --message-format",
      "--locked": "leave it out; it is always given",
      "--frozen": "leave it out; the build never has a network",
      "--offline": "leave it out; it is always given",
      "--jobs": "use cupel's own --jobs",
      "-j": "use cupel's own --jobs",
      "--manifest-path": "give the path of the project to cupel build itself",
      "--profile": "use cupel's own --profile",
      "--release": "leave it out; `release` is the default profile",
      "-r": "leave it out; `release` is the default profile",
      "--artifact-dir": "use cupel's own --out",
      "--out-dir": "use cupel's own --out",
      "--lockfile-path": "leave it out; Cargo.lock is the project's own",
      "--config": "put the setting into the project's .cargo/config.toml",
    ]
    for argument in arguments {
      let option = argument.split(separator: "=", maxSplits: 1).first.map(String.init) ?? argument
      let name = option.hasPrefix("-j") ? "-j" : option
      if let instead = decided[name] {
        throw .argumentNotAllowed(argument, instead: instead)
      }
    }
  }

  private static func command(
    _ inputs: Inputs, _ request: BuildRequest, _ conditions: Conditions
  ) -> [String] {
    let relocation = conditions.relocation
    var command = [
      relocation.moved(inputs.toolchain.cargo), "build", "--locked", "--offline",
      "--target-dir", relocation.moved(SandboxPaths.target), "--message-format",
      "json-render-diagnostics",
    ]
    for setting in inputs.vendors.flatMap(\.cargoSettings) {
      command += ["--config", relocation.moved(setting)]
    }
    return command + request.arguments
  }

  private static func environment(
    _ inputs: Inputs, _ conditions: Conditions, configured: [EnvironmentVariable]
  ) -> [EnvironmentVariable] {
    let relocation = conditions.relocation
    let cFlags = PathRemapping.cFlags(relocation).joined(separator: " ")
    func flags(_ name: String) -> EnvironmentVariable {
      let own = configured.last { $0.name.utf8.elementsEqual(name.utf8) }
      return EnvironmentVariable(
        name, own.map { "\(cFlags) \(relocation.moved($0.value))" } ?? cFlags)
    }
    return [
      EnvironmentVariable("PATH", "\(relocation.moved(SandboxPaths.toolchain))/bin:/usr/bin:/bin"),
      EnvironmentVariable("HOME", conditions.home),
      EnvironmentVariable("TMPDIR", conditions.temporary),
      EnvironmentVariable("USER", conditions.userName),
      EnvironmentVariable("LOGNAME", conditions.userName),
      EnvironmentVariable("TZ", conditions.timezone),
      EnvironmentVariable("LANG", conditions.locale),
      EnvironmentVariable("LC_ALL", conditions.locale),
      EnvironmentVariable("SOURCE_DATE_EPOCH", "\(inputs.source.epoch)"),
      EnvironmentVariable("ZERO_AR_DATE", "1"),
      EnvironmentVariable("CARGO_HOME", relocation.moved(SandboxPaths.cargoHome)),
      EnvironmentVariable("CARGO_INCREMENTAL", "0"),
      // What build scripts see as NUM_JOBS. How many jobs run is up to the tokens in the jobserver
      // at descriptors 4 and 5, beside which cargo would ignore `--jobs`, with a warning.
      EnvironmentVariable("CARGO_BUILD_JOBS", "\(conditions.jobs)"),
      EnvironmentVariable("CARGO_MAKEFLAGS", "-j --jobserver-fds=4,5 --jobserver-auth=4,5"),
      EnvironmentVariable("CARGO_TERM_COLOR", "never"),
      EnvironmentVariable("CARGO_TERM_PROGRESS_WHEN", "always"),
      EnvironmentVariable("CARGO_TERM_PROGRESS_WIDTH", "400"),
      EnvironmentVariable("RUSTC", relocation.moved(inputs.toolchain.rustc)),
      EnvironmentVariable("RUSTC_WRAPPER", relocation.moved(SandboxPaths.wrapper)),
      flags("CFLAGS"),
      flags("CXXFLAGS"),
    ] + conditions.noise
  }
}
