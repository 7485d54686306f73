public import Hashing

/// Every input of a build, by digest: what room Staging has put into the store.
public struct Inputs: Sendable, Equatable {
  public var source: SourceInput
  /// Vendored sources, in the order in which they are mounted.
  public var vendors: [VendorInput]
  /// SHA-256 of the project's Cargo.lock as staged.
  public var cargoLock: Digest
  public var rootfs: RootfsInput
  public var toolchain: ToolchainInput

  public init(
    source: SourceInput, vendors: [VendorInput], cargoLock: Digest, rootfs: RootfsInput,
    toolchain: ToolchainInput
  ) {
    self.source = source
    self.vendors = vendors
    self.cargoLock = cargoLock
    self.rootfs = rootfs
    self.toolchain = toolchain
  }

  /// Every tree of the store that the build uses.
  public var trees: [Digest] {
    [source.digest, rootfs.digest] + vendors.map(\.digest) + (toolchain.digest.map { [$0] } ?? [])
  }
}

/// The tree that is mounted at `/build/src`: the repository root, which holds every path dependency.
public struct SourceInput: Sendable, Equatable {
  /// Tree digest in the store.
  public var digest: Digest
  /// Folder of the Cargo.toml to build, relative to the tree's root; empty for the root itself.
  public var projectPath: String
  /// The commit that is checked out; the tree is an export of it unless `isDirty`. Nil outside git.
  public var commit: String?
  /// Whether tracked files differed from the commit, or untracked ones were there; false outside git.
  public var isDirty: Bool
  /// SOURCE_DATE_EPOCH in seconds.
  public var epoch: Int64
  public var epochOrigin: EpochOrigin

  public init(
    digest: Digest, projectPath: String, commit: String?, isDirty: Bool, epoch: Int64,
    epochOrigin: EpochOrigin
  ) {
    self.digest = digest
    self.projectPath = projectPath
    self.commit = commit
    self.isDirty = isDirty
    self.epoch = epoch
    self.epochOrigin = epochOrigin
  }
}

/// Where SOURCE_DATE_EPOCH came from.
public enum EpochOrigin: String, Sendable, Equatable {
  case commit
  case newestFile = "newest-file"
  case given
}

/// A tree that is mounted as a cargo directory source.
public struct VendorInput: Sendable, Equatable {
  /// Tree digest in the store.
  public var digest: Digest
  /// Path inside the sandbox: `/build/vendor`, then `/build/vendor-2`, …
  public var mountPath: String
  /// Settings for `cargo --config`, which has precedence over every config file
  /// (cargo's reference, "Configuration", `--config`), that point cargo at `mountPath`.
  public var cargoSettings: [String]

  public init(digest: Digest, mountPath: String, cargoSettings: [String]) {
    self.digest = digest
    self.mountPath = mountPath
    self.cargoSettings = cargoSettings
  }
}

/// The file system that a build sees.
public struct RootfsInput: Sendable, Equatable {
  /// Tree digest in the store.
  public var digest: Digest
  public var recipe: String
  /// SHA-256 of the lock that the tree was made from.
  public var lock: Digest

  public init(digest: Digest, recipe: String, lock: Digest) {
    self.digest = digest
    self.recipe = recipe
    self.lock = lock
  }
}

/// The Rust toolchain that a build uses.
public struct ToolchainInput: Sendable, Equatable {
  /// Tree digest in the store; nil for the toolchain inside the rootfs.
  public var digest: Digest?
  /// For example `1.96.0`.
  public var version: String
  /// Installed components, sorted; empty for the rootfs's toolchain.
  public var components: [String]
  /// Absolute path inside the sandbox.
  public var cargo: String
  /// Absolute path inside the sandbox.
  public var rustc: String

  public init(
    digest: Digest?, version: String, components: [String], cargo: String, rustc: String
  ) {
    self.digest = digest
    self.version = version
    self.components = components
    self.cargo = cargo
    self.rustc = rustc
  }
}
