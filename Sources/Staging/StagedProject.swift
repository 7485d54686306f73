public import Hashing
public import Planning
public import Reading

/// A project in the store, and what a build needs to know of it.
///
/// Trees in the store are kept from collection by a lease or a root, which is the caller's to take.
public struct StagedProject: Sendable {
  public let location: ProjectLocation
  /// The folder on disk that was staged.
  public let sourceRoot: String
  public let source: SourceInput
  /// What git knows of it; nil outside git and before the first commit.
  public let revision: SourceRevision?
  /// In the order in which they are mounted; empty for a project without foreign crates.
  public let vendors: [VendorInput]
  /// What vouches for each package of Cargo.lock, in its order.
  public let crates: [CrateInput]
  /// SHA-256 of Cargo.lock as staged.
  public let cargoLockDigest: Digest
  public let cargoLock: CargoLock
  /// Where Cargo.lock is, relative to the root of the source.
  public var cargoLockPath: String {
    LexicalPath.relative(location.lockFile, to: sourceRoot) ?? "Cargo.lock"
  }
  /// The configuration files in the staged source that cargo will merge, nearest first.
  public let configurations: [CargoConfig]
  /// The pin of the toolchain in the staged source, nearest to the project.
  public let toolchainFile: ToolchainPin?
  /// In the order in which they were given out.
  public let notices: [Notice]
  /// What often makes builds differ, as far as texts show it; at most 512.
  public let hazards: [Hazard]

  /// What the project's `[env]` tables set, the nearest file first; sorted by name. Cargo sees a
  /// config-relative path in the sandbox, so it is given as such (the Cargo book, "Configuration",
  /// `[env]`).
  public var configuredEnvironment: [EnvironmentVariable] {
    var values: [String: String] = [:]
    for config in configurations {
      let folder = LexicalPath.parent(of: LexicalPath.parent(of: config.file))
      let inside = LexicalPath.relative(folder, to: sourceRoot) ?? ""
      for entry in config.environment where values[entry.name] == nil {
        values[entry.name] =
          entry.isRelative
          ? LexicalPath.join(LexicalPath.join(SandboxPaths.source, inside), entry.value)
          : entry.value
      }
    }
    return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { EnvironmentVariable($0.key, $0.value) }
  }
}
