internal import Hashing

extension Verification {
  /// Compares each artifact with that of a rebuild. Where it is another one, the units that came out
  /// differently first are named, as far as a statement published them.
  public mutating func compare(with rebuilt: CheckedOutput) {
    checks.removeAll { $0.question == .rebuild }
    for artifact in artifacts {
      ask(.rebuild, artifact.name, .some(objection(to: artifact, rebuilt)))
    }
  }

  private func objection(to artifact: Artifact, _ rebuilt: CheckedOutput) -> Objection? {
    let known = attestations(of: artifact)
    let names = known.flatMap(\.statement.subjects).filter { $0.digest == artifact.digest }
      .map(\.name)
    guard known.contains(where: { $0.claims.plan == rebuilt.planDigest }) else {
      return Objection(
        .rebuildOtherPlan,
        "it is \(rebuilt.planDigest), the provenance is of \(known.map { "\($0.claims.plan)" }.first ?? "none")"
      )
    }
    let made = rebuilt.artifacts.filter { made in names.contains { $0.isExactly(made.name) } }
    if made.contains(where: { $0.digest == artifact.digest }) { return nil }
    let found = made.first.map { "it gives \($0.digest)" } ?? "it gives nothing of this name"
    return Objection(.rebuildDifferent, "\(found); \(Self.beginnings(known, rebuilt))")
  }

  private static let mostUnits = 5

  private static func beginnings(_ known: [Attestation], _ rebuilt: CheckedOutput) -> String {
    var published: PublishedUnits?
    for attestation in known {
      guard case .reproducibility(let claims) = attestation.claims,
        claims.plan == rebuilt.planDigest
      else { continue }
      published = published ?? claims.units
    }
    guard let published, let made = try? PublishedUnits(record: rebuilt.record) else {
      return "which unit differs first is not known"
    }
    let units = published.beginnings(of: made)
    if units.isEmpty { return "all units gave what was published" }
    let more = units.count > mostUnits ? " and \(units.count - mostUnits) more" : ""
    return "first other units: \(units.prefix(mostUnits).joined(separator: ", "))\(more)"
  }
}
