public import Reading
public import Sandboxing
public import Storing

/// What a build needs of the machine it runs on; nothing here may decide a byte of it.
public struct BuildHost: Sendable {
  public var store: Store
  public var profile: Profile
  /// The running program itself, which serves as the rustc wrapper inside.
  public var executable: String
  public var limits: Limits
  /// Most bytes of the target folder, which lives in memory; a quarter of it for temporary files.
  public var targetSize: Int64
  /// Which refused attempts make a build fail.
  public var denialPolicy: DenialPolicy
  /// A descriptor that becomes readable when everything is to stop.
  public var stop: Int32?

  public init(
    store: Store, profile: Profile, executable: String, limits: Limits, targetSize: Int64,
    denialPolicy: DenialPolicy, stop: Int32?
  ) {
    self.store = store
    self.profile = profile
    self.executable = executable
    self.limits = limits
    self.targetSize = targetSize
    self.denialPolicy = denialPolicy
    self.stop = stop
  }
}
