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
  /// Most bytes of the writable folders, which live in memory.
  public var folderSizes: Profile.FolderSizes
  /// Which refused attempts make a build fail.
  public var denialPolicy: DenialPolicy
  /// Whether what units depended on is read from what they left.
  public var observes: Bool
  /// Whether linkers are to write down what goes into artifacts.
  public var recordsLinks: Bool
  /// Whether units of leg A may be run again, even where no other leg is built.
  public var keepsRemains: Bool
  /// A descriptor that becomes readable when everything is to stop.
  public var stop: Int32?

  public init(
    store: Store, profile: Profile, executable: String, limits: Limits,
    folderSizes: Profile.FolderSizes, denialPolicy: DenialPolicy, observes: Bool = false,
    recordsLinks: Bool = false, keepsRemains: Bool = false, stop: Int32?
  ) {
    self.store = store
    self.profile = profile
    self.executable = executable
    self.limits = limits
    self.folderSizes = folderSizes
    self.denialPolicy = denialPolicy
    self.observes = observes
    self.recordsLinks = recordsLinks
    self.keepsRemains = keepsRemains
    self.stop = stop
  }
}
