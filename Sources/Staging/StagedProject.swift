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
  /// In the order in which they are mounted; empty for a project without foreign crates.
  public let vendors: [VendorInput]
  /// SHA-256 of Cargo.lock as staged.
  public let cargoLockDigest: Digest
  public let cargoLock: CargoLock
  /// The configuration files in the staged source that cargo will merge, nearest first.
  public let configurations: [CargoConfig]
  /// The pin of the toolchain in the staged source, nearest to the project.
  public let toolchainFile: ToolchainPin?
  /// In the order in which they were given out.
  public let notices: [Notice]
}
