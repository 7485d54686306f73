public import Hashing
internal import Planning
public import Sandboxing

/// What became of a wall clock that the plan moves.
public struct MovedClock: Sendable, Equatable {
  /// What was to be added to it, in seconds.
  public let offset: Int64
  /// SHA-256 of the library that moves it; nil where that could not be made.
  public let library: Digest?
  /// Why it could not be made.
  public let obstacle: String?
  /// Which programs the clock reached; nil where the kernel could not show that.
  public let reach: PreloadReach?
  /// Programs that it did not reach, and whose they are.
  public let missed: [Missed]

  public struct Missed: Sendable, Equatable {
    /// The path inside.
    public let executable: String
    public let linkage: PreloadReach.Linkage
    public let unit: Unit
    /// How often it began.
    public let count: Int
  }

  init(_ library: ClockCompilation, reach: PreloadReach?, unit: (ProcessTrace) -> Unit) {
    self.init(
      offset: library.offset, library: library.product?.digest, obstacle: library.obstacle,
      reach: reach,
      unit: unit)
  }

  public init(
    offset: Int64, library: Digest?, obstacle: String?, reach: PreloadReach?,
    unit: (ProcessTrace) -> Unit
  ) {
    self.offset = offset
    self.library = library
    self.obstacle = obstacle
    self.reach = reach
    missed = (reach?.missed ?? []).map {
      Missed(
        executable: $0.executable, linkage: $0.linkage, unit: unit($0.caller), count: $0.count)
    }
  }

  /// Whether any program was seen to run with it.
  public var hasReached: Bool { (reach?.reached ?? 0) > 0 }
}

extension MovedClock.Missed {
  /// For people: `build script of app 0.1.0 (static)`.
  public var words: String {
    let isUnitItself = executable.utf8.elementsEqual(unit.executable.utf8)
    let program =
      isUnitItself
      ? unit.words
      : "\(Unit.program(executable)), run by \(unit.article)\(unit.words)"
    return "\(program) (\(linkage.words))"
  }
}

extension PreloadReach.Linkage {
  /// Why a program did not load it, in a few words.
  fileprivate var words: String {
    switch self {
    case .none: "static"
    case .otherLoader: "of another C library"
    case .glibc: "it did not load the clock"
    }
  }
}
