public import Explaining
public import Reading

extension Explanation {
  /// As docs/explaining.md describes it.
  public var json: JSON {
    .object([
      ("differingBytes", .integer(differingBytes)),
      ("explainedBytes", .integer(explainedBytes)),
      ("locatedBytes", .integer(locatedBytes)),
      ("unexplainedBytes", .integer(unexplainedBytes)),
      ("words", .string(verdictWords)),
      ("findings", .array(findings.map(Self.finding))),
      ("moreFindings", .bool(areMoreFindings)),
      ("parts", .array(shares.map(Self.share))),
    ])
  }

  private static func finding(_ finding: Finding) -> JSON {
    .object([
      ("cause", .string(finding.cause.rawValue)),
      ("standing", .string(finding.standing.rawValue)),
      ("detail", .string(finding.detail)),
      ("looksLike", .bool(finding.isGuess)),
      ("places", .integer(Int64(finding.places))),
      ("bytes", .integer(finding.bytes)),
      ("evidence", .array(finding.evidence.map(evidence))),
      ("advice", .array(Advice.on(finding).map(\.json))),
    ])
  }

  private static func share(_ share: Share) -> JSON {
    .object([
      ("part", .string(share.part)), ("causeBytes", .integer(share.causes)),
      ("symptomBytes", .integer(share.symptoms)), ("locatedBytes", .integer(share.located)),
    ])
  }

  private static func evidence(_ evidence: Finding.Evidence) -> JSON {
    .object([
      ("part", .string(evidence.part)),
      ("symbol", evidence.symbol.map { .string($0) } ?? .null),
      (
        "offsets",
        .array(
          [evidence.firstOffset, evidence.secondOffset].map { $0.map { .integer($0) } ?? .null })
      ),
      (
        "values",
        .array([evidence.first, evidence.second].map { $0.map { .string($0) } ?? .null })
      ),
    ])
  }
}
