/// Which programs of a sandbox loaded the library that its /etc/ld.so.preload names (ld.so(8)).
///
/// The kernel shows what is executed, and the library makes a call of its own when a program has loaded
/// it. Who forks without executing anything keeps what it has, and is not counted again.
public struct PreloadReach: Sendable, Equatable {
  /// How often a program began with it.
  public internal(set) var reached = 0
  /// The programs among them, by their paths inside, and how often each began; not more than
  /// `capacity`.
  public internal(set) var programs: [(executable: String, count: Int)] = []
  /// Programs that began without it; not more than `capacity`.
  public internal(set) var missed: [Missed] = []
  /// How often one began without it that is not listed, as there were too many others.
  public internal(set) var unlistedMissed = 0

  /// Most different programs in each list.
  static let capacity = 256

  public struct Missed: Sendable, Equatable {
    /// The path inside.
    public let executable: String
    public let linkage: Linkage
    /// What became this program, with it in the place of what it was, and its ancestors.
    public let caller: ProcessTrace
    public internal(set) var count: Int

    public init(executable: String, linkage: Linkage, caller: ProcessTrace, count: Int = 1) {
      self.executable = executable
      self.linkage = linkage
      self.caller = caller
      self.count = count
    }
  }

  /// How an executable file gets its libraries, as far as it says so itself.
  public enum Linkage: String, Sendable {
    /// It names no loader.
    case none = "static"
    /// It names another loader than glibc's for this machine.
    case otherLoader = "other-loader"
    /// It names glibc's loader.
    case glibc = "dynamic"
  }

  public init() {}

  public static func == (first: PreloadReach, second: PreloadReach) -> Bool {
    first.reached == second.reached && first.missed == second.missed
      && first.unlistedMissed == second.unlistedMissed
      && first.programs.elementsEqual(second.programs, by: ==)
  }
}
