internal import Hashing
public import Reading

/// A SLSA verification summary v1: what an auditor found, for those who trust the auditor.
public struct VerificationSummary: Sendable {
  public static let predicateType = "https://slsa.dev/verification_summary/v1"
  /// What a build that the verifier repeated is given in `verifiedLevels`.
  public static let rebuilt = "CUPEL_REBUILT_BY_VERIFIER"
  /// SLSA 1.2, "Verified properties": two or more independently operated platforms made the same.
  public static let reproduced = "SLSA_BUILD_REPRODUCED"

  public let statement: Statement

  /// - Parameters:
  ///   - artifacts: the subjects.
  ///   - policy: what was verified, whose digest is in the summary.
  ///   - summary: what that policy says of the verifier.
  ///   - inputs: all statements that were looked at.
  ///   - isPassed: the result.
  ///   - levels: what was verified, if it passed.
  ///   - time: when, where that is to be said.
  public init(
    of artifacts: [Verification.Artifact], policy: VerificationPolicy,
    summary: VerificationPolicy.Summary, inputs: [Material], isPassed: Bool, levels: [String],
    time: UTCTime?
  ) {
    // `verifier.version` is younger than the readers that refuse what they do not know.
    var members: [(String, JSON)] = [
      ("verifier", .object([("id", .string(summary.verifier))]))
    ]
    if let time { members.append(("timeVerified", .string(time.text))) }
    members += [
      ("resourceUri", .string(summary.resource)),
      (
        "policy",
        ResourceDescriptor(
          uri: summary.policy, digests: [.init("sha256", policy.digest.hex)]
        ).json
      ),
      (
        "inputAttestations",
        .array(
          inputs.map {
            ResourceDescriptor(
              uri: "urn:cupel:attestation:sha256:\($0.digest.hex)",
              digests: [.init("sha256", $0.digest.hex)]
            ).json
          })
      ),
      ("verificationResult", isPassed ? "PASSED" : "FAILED"),
      ("verifiedLevels", .array((isPassed ? levels : ["FAILED"]).map { .string($0) })),
      ("slsaVersion", "1.2"),
    ]
    statement = Statement(
      subjects: Self.subjects(artifacts), predicateType: Self.predicateType,
      predicate: .object(members))
  }

  /// Names tell subjects apart, so where two have one name, the digest is added.
  private static func subjects(_ artifacts: [Verification.Artifact]) -> [Statement.Subject] {
    artifacts.map { artifact in
      let isUnique = artifacts.filter { $0.name.isExactly(artifact.name) }.count == 1
      return Statement.Subject(
        name: isUnique ? artifact.name : "\(artifact.name)@\(artifact.digest)",
        digest: artifact.digest)
    }
  }
}

extension Verification {
  /// SLSA's level of the build that can be said to be verified: that there is provenance from an
  /// expected builder is level 1. More would need a platform whose operation was assessed.
  public var levels: [String] {
    let isExpected = checks.contains { $0.question == .builder && $0.answer == .passed }
    let isRebuilt = checks.allSatisfy { $0.question != .rebuild || $0.answer == .passed }
    return [isExpected ? "SLSA_BUILD_LEVEL_1" : "SLSA_BUILD_LEVEL_UNEVALUATED"]
      + (isRebuilt ? [VerificationSummary.rebuilt] : [])
  }
}
