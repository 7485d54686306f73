/// A sandbox profile that comes with the executable, by its name: the files in profiles/ themselves.
enum EmbeddedProfile: String, CaseIterable {
  case cargoBuild = "cargo-build"
  case strict, observe, shell, fetch

  /// Only the one that is asked for is made ready, which each costs a start.
  var text: [UInt8] {
    switch self {
    case .cargoBuild: PackageResources.cargo_build_toml
    case .strict: PackageResources.strict_toml
    case .observe: PackageResources.observe_toml
    case .shell: PackageResources.shell_toml
    case .fetch: PackageResources.fetch_toml
    }
  }
}
