/// A version as Semantic Versioning 2.0.0 orders it.
public struct SemanticVersion: Sendable, Hashable, Comparable {
  /// Major, minor, patch.
  public let numbers: [UInt64]
  /// Identifiers after `-`; empty for a release.
  public let prerelease: [String]
  /// What stands after `+`. It has no rank of its own; cargo and this type compare it last, so that
  /// different versions never count as equal.
  public let build: String

  public init?(_ text: String) {
    let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    build = parts.count > 1 ? String(parts[1]) : ""
    let halves = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false)
      .map { UInt64($0) }
    guard numbers.count == 3, !numbers.contains(nil) else { return nil }
    self.numbers = numbers.compactMap { $0 }
    prerelease =
      halves.count > 1
      ? halves[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init) : []
  }

  /// Whether a requirement such as `^1.2` that holds for one can hold for the other (the Cargo book,
  /// "SemVer compatibility").
  public func isCompatible(with other: SemanticVersion) -> Bool {
    let leading = numbers.firstIndex { $0 != 0 } ?? 2
    return numbers.prefix(leading + 1) == other.numbers.prefix(leading + 1)
  }

  public static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
    if left.numbers != right.numbers {
      return left.numbers.lexicographicallyPrecedes(right.numbers)
    }
    if left.prerelease != right.prerelease {
      // A release comes after its own prereleases.
      if left.prerelease.isEmpty || right.prerelease.isEmpty { return right.prerelease.isEmpty }
      for (a, b) in zip(left.prerelease, right.prerelease) where a != b {
        switch (UInt64(a), UInt64(b)) {
        case (let a?, let b?): return a < b
        case (.some, nil): return true
        case (nil, .some): return false
        case (nil, nil): return a.utf8.lexicographicallyPrecedes(b.utf8)
        }
      }
      return left.prerelease.count < right.prerelease.count
    }
    return left.build.utf8.lexicographicallyPrecedes(right.build.utf8)
  }
}
