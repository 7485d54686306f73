public import Attesting
internal import Failing
internal import Hashing
public import Reading
internal import Signing

/// A verification for people and for programs (docs/verifying.md).
public struct VerificationReport {
  private let verification: Verification

  public init(_ verification: Verification) {
    self.verification = verification
  }

  public var json: JSON {
    .object([
      ("schema", "cupel-verification/1"),
      ("result", verification.isPassed ? "PASSED" : "FAILED"),
      ("exitStatus", .integer(Int64(verification.worst?.exitCode.rawValue ?? 0))),
      ("policy", verification.policy.map { .string($0.digest.description) } ?? .null),
      (
        "artifacts",
        .array(
          verification.artifacts.map {
            .object([
              ("name", .string($0.name)), ("digest", .string($0.digest.description)),
            ])
          })
      ),
      ("attestations", .array(verification.attestations.map(Self.attestation))),
      ("checks", .array(verification.checks.map(Self.check))),
    ])
  }

  private static func attestation(_ attestation: Attestation) -> JSON {
    .object([
      ("place", .string(attestation.material.place)),
      ("digest", .string(attestation.material.digest.description)),
      ("predicateType", .string(attestation.statement.predicateType)),
      (
        "keys",
        .array(attestation.signers.map { .string($0.fingerprint.description) })
      ),
    ])
  }

  private static func check(_ check: Check) -> JSON {
    var members: [(String, JSON)] = [
      ("check", .string(check.question.rawValue)), ("about", .string(check.about)),
    ]
    switch check.answer {
    case .passed: members.append(("status", "passed"))
    case .notAsked: members.append(("status", "not-asked"))
    case .failed(let objection):
      members += [
        ("status", "failed"), ("code", .string(objection.code.rawValue)),
        ("message", .string(objection.code.words)), ("detail", .string(objection.detail)),
      ]
    }
    return .object(members)
  }

  /// What holds of each artifact, then what stands against it, then what nothing asked for.
  public var words: String {
    var lines: [String] = []
    for artifact in verification.artifacts {
      lines.append("\(artifact.name.printable)  \(artifact.digest)")
      for attestation in verification.attestations(of: artifact) {
        lines.append("  \(Self.words(attestation))")
      }
    }
    for check in verification.checks where check.answer == .passed {
      switch check.question {
      case .dependencyList:
        lines.append("list of packages in \(check.about.printable): agrees with what is signed")
      case .sbom:
        lines.append("SBOM \(check.about.printable): agrees with its artifact and what is signed")
      default: continue
      }
    }
    for check in verification.checks {
      guard case .failed(let objection) = check.answer else { continue }
      lines.append("refused: \(check.about.printable): \(objection.code.words)")
      let detail = objection.detail.isEmpty ? "" : ": \(objection.detail.printable)"
      lines.append("  \(objection.code.rawValue)\(detail)")
    }
    let unasked = Check.Question.allCases.filter { question in
      let asked = verification.checks.filter { $0.question == question }
      return asked.allSatisfy { $0.answer == .notAsked }
    }
    if !unasked.isEmpty {
      lines.append("not asked: \(unasked.map(\.rawValue).joined(separator: ", "))")
    }
    lines.append(verification.isPassed ? "PASSED" : "FAILED")
    return lines.map { "\($0)\n" }.joined()
  }

  private static func words(_ attestation: Attestation) -> String {
    let keys = attestation.signers.map { String($0.keyID.prefix(16)) }.joined(separator: ", ")
    let facts: String
    switch attestation.claims {
    case .provenance(let claims):
      facts =
        "built by \(claims.builder) from \(claims.sourceURI.map { "\($0) " } ?? "")"
        + (claims.commit.map { "commit \($0)" } ?? "tree \(claims.tree)")
    case .reproducibility(let claims):
      let varied = claims.variations.isEmpty ? "" : " under \(claims.variations.count) variations"
      let denials = claims.denials.map { "\($0)" } ?? "an unknown number of"
      facts = "\(claims.verdict)\(varied), \(denials) refused attempts"
    case .runtimeTrace: facts = "what the sandbox refused"
    }
    return "\(attestation.claims.name) by \(keys)…: \(facts)".printable
  }
}
