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
    /// `A` is canonical, `B` varied.
    public let name: String
    public let variations: [Variation]
    public let conditions: Conditions
    /// The program inside the sandbox and its arguments.
    public let command: [String]
    /// The whole environment of the command.
    public let environment: [EnvironmentVariable]
    /// Working folder inside the sandbox.
    public let directory: String
  }

  /// Plans leg A with `cpuCount` CPUs and `jobs` parallel jobs, and, unless `variations` is nil, a
  /// leg B with them applied.
  ///
  /// `configuredEnvironment` is what the project's own cargo configuration sets in `[env]`: cargo
  /// gives way to a variable that is already set, so flags for C are put before the project's.
  public init(
    inputs: Inputs, request: BuildRequest, profile: Digest, profileName: String, cpuCount: Int,
    jobs: Int, variations: [Variation]?, configuredEnvironment: [EnvironmentVariable] = []
  ) throws(PlanningError) {
    try Self.check(request.cargoArguments)
    self.inputs = inputs
    self.request = request
    self.profile = profile
    self.profileName = profileName
    self.configuredEnvironment = configuredEnvironment
    let canonical = Conditions.canonical(cpuCount: cpuCount, jobs: jobs)
    func leg(_ name: String, _ variations: [Variation]) -> Leg {
      Self.leg(
        name, variations, canonical.varied(variations), inputs, request,
        configured: configuredEnvironment)
    }
    legs = [leg("A", [])] + (variations.map { [leg("B", $0)] } ?? [])
  }

  /// Leg A with some of leg B's variations.
  public func replay(varying variations: [Variation]) -> Leg {
    Self.leg(
      "replay", variations, legs[0].conditions.varied(variations), inputs, request,
      configured: configuredEnvironment)
  }

  private static func leg(
    _ name: String, _ variations: [Variation], _ conditions: Conditions, _ inputs: Inputs,
    _ request: BuildRequest, configured: [EnvironmentVariable]
  ) -> Leg {
    Leg(
      name: name, variations: variations, conditions: conditions,
      command: command(inputs, request, conditions),
      environment: environment(inputs, conditions, configured: configured),
      directory: inputs.source.projectPath.isEmpty
        ? SandboxPaths.source : "\(SandboxPaths.source)/\(inputs.source.projectPath)")
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
    var command = [
      inputs.toolchain.cargo, "build", "--locked", "--offline",
      "--target-dir", SandboxPaths.target, "--message-format", "json-render-diagnostics",
    ]
    for setting in inputs.vendors.flatMap(\.cargoSettings) { command += ["--config", setting] }
    return command + request.arguments
  }

  private static func environment(
    _ inputs: Inputs, _ conditions: Conditions, configured: [EnvironmentVariable]
  ) -> [EnvironmentVariable] {
    let cFlags = PathRemapping.cFlags.joined(separator: " ")
    func flags(_ name: String) -> EnvironmentVariable {
      let own = configured.last { $0.name.utf8.elementsEqual(name.utf8) }
      return EnvironmentVariable(name, own.map { "\(cFlags) \($0.value)" } ?? cFlags)
    }
    return [
      EnvironmentVariable("PATH", "\(SandboxPaths.toolchain)/bin:/usr/bin:/bin"),
      EnvironmentVariable("HOME", conditions.home),
      EnvironmentVariable("TMPDIR", conditions.temporary),
      EnvironmentVariable("USER", conditions.userName),
      EnvironmentVariable("LOGNAME", conditions.userName),
      EnvironmentVariable("TZ", conditions.timezone),
      EnvironmentVariable("LANG", conditions.locale),
      EnvironmentVariable("LC_ALL", conditions.locale),
      EnvironmentVariable("SOURCE_DATE_EPOCH", "\(inputs.source.epoch)"),
      EnvironmentVariable("ZERO_AR_DATE", "1"),
      EnvironmentVariable("CARGO_HOME", SandboxPaths.cargoHome),
      EnvironmentVariable("CARGO_INCREMENTAL", "0"),
      // What build scripts see as NUM_JOBS. How many jobs run is up to the tokens in the jobserver
      // at descriptors 4 and 5, beside which cargo would ignore `--jobs`, with a warning.
      EnvironmentVariable("CARGO_BUILD_JOBS", "\(conditions.jobs)"),
      EnvironmentVariable("CARGO_MAKEFLAGS", "-j --jobserver-fds=4,5 --jobserver-auth=4,5"),
      EnvironmentVariable("CARGO_TERM_COLOR", "never"),
      EnvironmentVariable("CARGO_TERM_PROGRESS_WHEN", "always"),
      EnvironmentVariable("CARGO_TERM_PROGRESS_WIDTH", "400"),
      EnvironmentVariable("RUSTC", inputs.toolchain.rustc),
      EnvironmentVariable("RUSTC_WRAPPER", SandboxPaths.wrapper),
      flags("CFLAGS"),
      flags("CXXFLAGS"),
    ] + conditions.noise
  }
}
