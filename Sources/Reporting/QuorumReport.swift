public import Attesting
internal import Failing
internal import Hashing
public import Reading
internal import Signing

/// A quorum for people and for programs (docs/verifying.md).
public struct QuorumReport {
  private let quorum: Quorum

  public init(_ quorum: Quorum) {
    self.quorum = quorum
  }

  public var json: JSON {
    .object([
      ("schema", "cupel-quorum/1"), ("required", .integer(Int64(quorum.required))),
      ("reached", .bool(quorum.isReached)), ("tied", .bool(quorum.isTied)),
      (
        "subjects",
        .array(
          quorum.agreeing.first?.attestation.statement.subjects.map {
            .object([("name", .string($0.name)), ("digest", .string($0.digest.description))])
          } ?? [])
      ),
      ("agreeing", .array(quorum.agreeing.map { .object(Self.voice($0)) })),
      (
        "dissent",
        .array(
          quorum.dissent.map { .object(Self.voice($0.voice) + [("reason", .string($0.reason))]) })
      ),
      (
        "repeated",
        .array(
          quorum.repeated.map {
            .object([("place", .string($0.place)), ("reason", .string($0.reason))])
          })
      ),
      (
        "refused",
        .array(
          quorum.refused.map {
            .object([
              ("place", .string($0.place)), ("code", .string($0.objection.code.rawValue)),
              ("detail", .string($0.objection.detail)),
            ])
          })
      ),
    ])
  }

  private static func voice(_ voice: Quorum.Voice) -> [(String, JSON)] {
    [
      ("place", .string(voice.attestation.material.place)),
      ("builder", .string(voice.claims.builder)),
      ("keys", .array(voice.attestation.signers.map { .string($0.fingerprint.description) })),
    ]
  }

  public var words: String {
    var lines: [String] = []
    for subject in quorum.agreeing.first?.attestation.statement.subjects ?? [] {
      lines.append("\(subject.name)  \(subject.digest)")
    }
    lines += quorum.agreeing.map { "  agrees: \(Self.words($0))" }
    lines += quorum.dissent.map { "  dissents: \(Self.words($0.voice)): \($0.reason)" }
    lines += quorum.repeated.map { "  not counted: \($0.place): \($0.reason)" }
    lines += quorum.refused.map {
      "  refused: \($0.place): \($0.objection.code.words) (\($0.objection.code.rawValue))"
    }
    let count = "\(quorum.agreeing.count) of \(quorum.required) that are required"
    lines.append(
      quorum.isReached
        ? "reached: \(count) agree"
        : quorum.isTied
          ? "not reached: two groups of \(quorum.agreeing.count) disagree"
          : "not reached: \(count) agree")
    return lines.map { "\($0.printable)\n" }.joined()
  }

  private static func words(_ voice: Quorum.Voice) -> String {
    let keys = voice.attestation.signers.map { String($0.keyID.prefix(16)) }
    return
      "\(voice.claims.builder) by \(keys.joined(separator: ", "))… (\(voice.attestation.material.place))"
  }
}
