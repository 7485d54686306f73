/// Why two files differ, as far as their bytes show it.
///
/// Bytes are counted after parts, functions and texts of both files have been put side by side, so
/// that what only moved does not count. Each counted byte belongs to exactly one finding, or to
/// none.
public struct Explanation: Sendable, Equatable {
  /// Causes first, then symptoms, then what is only located; each by bytes, largest first.
  public let findings: [Finding]
  /// How many bytes differ.
  public let differingBytes: Int64
  /// Whether findings were left out, because there are more than `findingLimit` kinds.
  public let areMoreFindings: Bool
  /// How the differing bytes are spread over the parts of the file, largest first; at most
  /// `shareLimit`.
  public let shares: [Share]

  public static let findingLimit = 64
  public static let shareLimit = 64

  /// The differing bytes of one part of the file.
  public struct Share: Sendable, Equatable {
    /// From the outermost inwards: `lib.o / .rodata`.
    public let part: String
    /// Those that a cause, that a symptom, and that neither accounts for.
    public private(set) var causes: Int64 = 0
    public private(set) var symptoms: Int64 = 0
    public private(set) var located: Int64 = 0

    public var bytes: Int64 { causes + symptoms + located }

    init(part: String) { self.part = part }

    mutating func add(_ standing: Cause.Standing, _ bytes: Int64) {
      switch standing {
      case .cause: causes += bytes
      case .symptom: symptoms += bytes
      case .located: located += bytes
      }
    }
  }

  /// How many of the differing bytes a cause or a symptom accounts for.
  public var explainedBytes: Int64 { bytes(.cause) + bytes(.symptom) }
  /// How many of them are in a place that has a name, for an unknown reason.
  public var locatedBytes: Int64 { bytes(.located) }
  /// How many of them nothing is known about.
  public var unexplainedBytes: Int64 { differingBytes - explainedBytes - locatedBytes }

  private func bytes(_ standing: Cause.Standing) -> Int64 {
    findings.filter { $0.standing == standing }.reduce(0) { $0 + $1.bytes }
  }
}
