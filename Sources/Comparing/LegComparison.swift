/// The artifacts of several legs, those of each compared with the first one's.
public struct LegComparison: Sendable, Equatable {
  /// The artifacts of one name.
  public struct Entry: Sendable, Equatable {
    public let name: String
    /// The first leg's.
    public let first: Artifact?
    /// That of the first leg where it is not the same; where there is none, of the second leg.
    public fileprivate(set) var second: Artifact?
    /// What came of comparing `first` and `second`.
    public fileprivate(set) var result: Comparison.Result
    /// Legs where it is not as in the first one, in their order.
    public fileprivate(set) var differingLegs: [String]
  }

  /// In the order of the names' bytes.
  public let entries: [Entry]
  /// Legs where anything is not as in the first one, in their order.
  public let differingLegs: [String]

  /// Compares every byte of every artifact of `others` with those of `first`.
  public init(
    _ first: [Artifact], _ others: [(leg: String, artifacts: [Artifact])]
  ) throws(ComparingError) {
    var entries: [[UInt8]: Entry] = [:]
    var differing: [String] = []
    for (leg, artifacts) in others {
      let comparison = try Comparison(first, artifacts)
      if comparison.entries.contains(where: { $0.result != .identical }) { differing.append(leg) }
      for new in comparison.entries {
        var entry =
          entries[Array(new.name.utf8)]
          ?? Entry(
            name: new.name, first: new.first, second: new.second, result: new.result,
            differingLegs: [])
        if new.result != .identical {
          if entry.differingLegs.isEmpty {
            entry.second = new.second
            entry.result = new.result
          }
          entry.differingLegs.append(leg)
        }
        entries[Array(new.name.utf8)] = entry
      }
    }
    self.entries = entries.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    differingLegs = differing
  }

  /// - Parameter variations: what the other legs were made to differ in.
  /// - Returns: never `identical` for no artifacts at all.
  public func verdict(variations: [String]) -> Verdict {
    if entries.isEmpty { return .notCompared(.noArtifacts) }
    return differingLegs.isEmpty ? .identical(variations: variations) : .different
  }
}
