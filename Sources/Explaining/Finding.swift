/// Differences of one cause.
public struct Finding: Sendable, Equatable {
  /// One place where it shows.
  public struct Evidence: Sendable, Equatable {
    /// The part of the file, from the outermost inwards: `lib.o / .rodata`.
    public let part: String
    /// The function or object, demangled; nil where none is known.
    public let symbol: String?
    /// In the part, in bytes; nil where the first file has no such place.
    public let firstOffset: Int64?
    public let secondOffset: Int64?
    /// What stands there, shortened and printable; nil where there is nothing.
    public let first: String?
    public let second: String?

    init(
      _ part: String, symbol: String? = nil, at firstOffset: Int? = nil, _ secondOffset: Int? = nil,
      _ first: String? = nil, _ second: String? = nil
    ) {
      self.part = part
      self.symbol = symbol
      self.firstOffset = firstOffset.map(Int64.init)
      self.secondOffset = secondOffset.map(Int64.init)
      self.first = first
      self.second = second
    }

    /// Whether it shows the same values in the same part, and so nothing new.
    func isLike(_ other: Evidence) -> Bool {
      part == other.part && first == other.first && second == other.second
        && (first != nil || second != nil)
    }
  }

  public let cause: Cause
  /// What is common to its places: `/home/a against /home/b`.
  public let detail: String
  /// Whether the values only look as if that were the cause.
  public let isGuess: Bool
  /// How many places show it.
  public internal(set) var places: Int
  /// How many of the differing bytes it accounts for.
  public internal(set) var bytes: Int64
  /// At most `evidenceLimit` of its places.
  public internal(set) var evidence: [Evidence]

  public static let evidenceLimit = 8

  /// What it is to the difference.
  public var standing: Cause.Standing { cause.standing }
}
