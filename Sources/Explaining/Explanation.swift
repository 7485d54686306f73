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

  public static let findingLimit = 64

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
