/// What is to be built: cargo's own choices, in cargo's words.
public struct BuildRequest: Sendable, Equatable {
  /// A cargo profile, `release` unless another is asked for.
  public var profile: String
  /// Target triples; empty builds for the host without `--target`, which gives other symbol hashes
  /// than naming the same triple would.
  public var targets: [String]
  public var packages: [String]
  public var bins: [String]
  public var features: [String]
  public var allFeatures: Bool
  public var noDefaultFeatures: Bool
  public var workspace: Bool
  /// Whether artifacts carry the list of their packages (`.dep-v0`).
  public var auditable: Bool
  /// Passed to `cargo build` as they are, after everything else.
  public var cargoArguments: [String]

  public init(
    profile: String = "release", targets: [String] = [], packages: [String] = [],
    bins: [String] = [], features: [String] = [], allFeatures: Bool = false,
    noDefaultFeatures: Bool = false, workspace: Bool = false, auditable: Bool = false,
    cargoArguments: [String] = []
  ) {
    self.profile = profile
    self.targets = targets
    self.packages = packages
    self.bins = bins
    self.features = features
    self.allFeatures = allFeatures
    self.noDefaultFeatures = noDefaultFeatures
    self.workspace = workspace
    self.auditable = auditable
    self.cargoArguments = cargoArguments
  }

  /// The part of cargo's command line that says what to build.
  var arguments: [String] {
    var arguments = ["--profile", profile]
    for target in targets { arguments += ["--target", target] }
    if workspace { arguments.append("--workspace") }
    for package in packages { arguments += ["--package", package] }
    for bin in bins { arguments += ["--bin", bin] }
    if !features.isEmpty { arguments += ["--features", features.joined(separator: ",")] }
    if allFeatures { arguments.append("--all-features") }
    if noDefaultFeatures { arguments.append("--no-default-features") }
    return arguments + cargoArguments
  }
}
