public import Hashing
public import Planning
public import Reading
public import Storing

/// What a supply needs of the machine and of the environment that builds will have.
public struct SupplyHost: Sendable {
  public var store: Store
  /// The tree that holds cargo, or what the toolchain's cargo is linked with.
  public var rootfs: Digest
  public var toolchain: ToolchainInput
  public var profile: Profile
  /// Seconds until the fetch is given up.
  public var timeout: Double
  /// A descriptor that becomes readable when everything is to stop.
  public var stop: Int32?

  public init(
    store: Store, rootfs: Digest, toolchain: ToolchainInput, profile: Profile,
    timeout: Double = 1800, stop: Int32?
  ) {
    self.store = store
    self.rootfs = rootfs
    self.toolchain = toolchain
    self.profile = profile
    self.timeout = timeout
    self.stop = stop
  }
}
