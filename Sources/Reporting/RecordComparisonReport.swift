public import Explaining
internal import Failing
internal import Hashing
public import Reading

/// What `cupel compare` says of two records, or of two output folders.
public struct RecordComparisonReport: Sendable {
  private let records: RecordComparison
  private let first: String
  private let second: String
  private let files: ComparisonReport?
  /// Whether the artifacts are the same: by their bytes where these are at hand, else by what the
  /// records say.
  public let isIdentical: Bool

  /// `first` and `second` are the paths as the user named them; `files` compares the artifacts
  /// themselves.
  public init(
    _ records: RecordComparison, first: String, second: String,
    files: (comparison: TreeComparison, report: ComparisonReport)?
  ) {
    self.records = records
    self.first = first
    self.second = second
    self.files = files?.report
    isIdentical = files?.comparison.isIdentical ?? records.isIdentical
  }

  private static let mostArtifacts = 16
  private static let mostAdvice = 2

  /// For people.
  public var words: String {
    var lines: [String] = []
    if files == nil { lines += artifactLines }
    if !records.isSamePlan {
      lines.append(
        "the plans differ, so sources, tools or conditions may (compare both plan.json): that is what a "
          + "unit named here may follow from")
    }
    if let blame = records.blame {
      if blame.findings.isEmpty, !isIdentical {
        lines.append("the units' own files agree: what differs was made or changed outside of them")
      }
      lines += blame.words
      if records.isSamePlan, let beginning = blame.beginnings.first {
        lines += blame.advice(beginning).prefix(Self.mostAdvice).map { "advice: \($0.words)" }
      }
    } else {
      lines.append("which unit differs first is not known: a record lists no units")
    }
    return (files?.words ?? "") + lines.map { $0 + "\n" }.joined()
  }

  private var artifactLines: [String] {
    let differing = records.artifacts.filter { $0.first != $0.second }
    if differing.isEmpty {
      let latent = records.blame?.findings.isEmpty == false ? ", latent differences" : ""
      return [
        "identical\(latent): \(ReportPage.count(records.artifacts.count, "artifact")), by digest"
      ]
    }
    var lines = [
      "different: \(differing.count) of \(ReportPage.count(records.artifacts.count, "artifact")), by digest; "
        + "A \(first.printable), B \(second.printable)"
    ]
    for artifact in differing.prefix(Self.mostArtifacts) {
      lines.append("  \(artifact.name.printable)")
      for (leg, digest) in [("A", artifact.first), ("B", artifact.second)] {
        lines.append("    \(leg)  \(digest.map { "\($0)" } ?? "none")")
      }
    }
    let left = differing.count - Self.mostArtifacts
    if left > 0 { lines.append("  and \(left) more; --json lists them") }
    return lines
  }

  /// As docs/explaining.md describes it.
  public var json: JSON {
    var members: [(String, JSON)] = [
      ("schema", "cupel-compare/1"), ("first", .string(first)), ("second", .string(second)),
      ("result", isIdentical ? "identical" : "different"),
      ("entries", files?.json["entries"] ?? .array([])),
      ("diffoscope", files?.json["diffoscope"] ?? .null),
    ]
    members.append(
      (
        "records",
        .object([
          ("samePlan", .bool(records.isSamePlan)),
          (
            "artifacts",
            .array(
              records.artifacts.map { artifact in
                .object([
                  ("name", .string(artifact.name)),
                  (
                    "digests",
                    .array(
                      [artifact.first, artifact.second].map {
                        $0.map { .string($0.description) } ?? .null
                      })
                  ),
                ])
              })
          ),
          ("blame", records.blame?.json([:]) ?? .null),
        ])
      ))
    return .object(members)
  }
}
