public import Reading
public import Signing

/// Whether enough builders, each with a key of its own, say that they made the same of the same.
public struct Quorum: Sendable {
  /// A builder's provenance.
  public struct Voice: Sendable {
    public let attestation: Attestation
    public let claims: ProvenanceClaims

    /// What this one says otherwise than another; nil where both made the same artifacts of the same
    /// inputs, asked for the same. Annotations are what each knows of its inputs, and may differ.
    func difference(from other: Voice) -> String? {
      let subjects = [attestation.statement.subjects, other.attestation.statement.subjects].map {
        $0.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      }
      guard subjects[0] == subjects[1] else { return "its artifacts are others" }
      // What has no canonical form equals nothing.
      guard let asked = try? claims.externalParameters.canonicalBytes(),
        let itsAsked = try? other.claims.externalParameters.canonicalBytes(), asked == itsAsked
      else {
        return "it was asked for something else"
      }
      guard claims.dependencies.count == other.claims.dependencies.count else {
        return "it has other dependencies"
      }
      for (mine, its) in zip(claims.dependencies, other.claims.dependencies)
      where !mine.agrees(with: its) {
        return "its dependency \(its.name ?? its.uri ?? "") is another one"
      }
      return nil
    }

    /// Whether both are by one key, or in the name of one builder.
    func isOne(with other: Voice) -> Bool {
      claims.builder.isExactly(other.claims.builder)
        || attestation.signers.contains { other.attestation.signers.contains($0) }
    }
  }

  /// A statement that does not count, and why.
  public struct Silence: Sendable {
    public let place: String
    public let reason: String
  }

  public let required: Int
  /// The largest group that agrees.
  public private(set) var agreeing: [Voice] = []
  /// Voices that say something else than the group, and what.
  public private(set) var dissent: [(voice: Voice, reason: String)] = []
  /// Voices of a key or of a builder that was counted already.
  public private(set) var repeated: [Silence] = []
  /// Material that is not to be believed.
  public private(set) var refused: [(place: String, objection: Objection)] = []
  /// Whether the policy says whose provenance is expected.
  private let namesBuilders: Bool
  /// Whether another group is as large.
  public private(set) var isTied = false

  /// Whether enough agree, and no other group is as large.
  public var isReached: Bool { agreeing.count >= required && !isTied }

  /// Counts `materials`, of which only provenance has a voice, and only where nothing stands against
  /// it: not the policy, and not `artifacts`, where any are given.
  public init(
    materials: [Material], keys: [VerificationKey], required: Int,
    artifacts: [Verification.Artifact], policy: VerificationPolicy?, time: UTCTime
  ) {
    self.required = required
    namesBuilders = policy?.builders != nil
    let verification = Verification(
      artifacts: artifacts, materials: materials, keys: keys, policy: policy, time: time)
    for check in verification.checks {
      guard case .failed(let objection) = check.answer,
        materials.contains(where: { $0.place.isExactly(check.about) })
      else { continue }
      refused.append((check.about, objection))
    }
    for attestation in verification.attestations {
      let place = attestation.material.place
      guard let other = artifacts.first(where: { !attestation.covers($0) }),
        !refused.contains(where: { $0.place.isExactly(place) })
      else { continue }
      refused.append((place, Objection(.otherArtifact, "nothing of \(other.name) \(other.digest)")))
    }
    let voices = verification.attestations.compactMap { attestation -> Voice? in
      guard case .provenance(let claims) = attestation.claims,
        !refused.contains(where: { $0.place.isExactly(attestation.material.place) })
      else { return nil }
      return Voice(attestation: attestation, claims: claims)
    }
    group(counted(voices))
  }

  /// Each key and each builder once, in whatever order they speak: whoever shares one of them with
  /// another is one party with it. Where a party says two things, it does not count at all.
  private mutating func counted(_ voices: [Voice]) -> [Voice] {
    var counted: [Voice] = []
    for party in Self.parties(voices) {
      let place = party[0].attestation.material.place
      let other = party.first { $0.difference(from: party[0]) != nil }
      guard let other else {
        counted.append(party[0])
        repeated += party.dropFirst().map {
          Silence(
            place: $0.attestation.material.place,
            reason: "the same key or builder as \(place), counted once")
        }
        continue
      }
      for voice in party {
        let against = voice.difference(from: party[0]) == nil ? other : party[0]
        let reason =
          "the same key or builder says something else in \(against.attestation.material.place)"
        dissent.append((voice, reason))
      }
    }
    return counted
  }

  /// The voices of each party, in the order in which the parties began to speak.
  private static func parties(_ voices: [Voice]) -> [[Voice]] {
    var parties: [[Voice]] = []
    for voice in voices {
      let own = parties.indices.filter { parties[$0].contains { $0.isOne(with: voice) } }
      let joined = own.flatMap { parties[$0] } + [voice]
      for index in own.dropFirst().reversed() { parties.remove(at: index) }
      if let first = own.first {
        parties[first] = joined
      } else {
        parties.append(joined)
      }
    }
    return parties
  }

  private mutating func group(_ voices: [Voice]) {
    var groups: [[Voice]] = []
    for voice in voices {
      let index = groups.firstIndex { group in
        group.allSatisfy { voice.difference(from: $0) == nil }
      }
      if let index {
        groups[index].append(voice)
      } else {
        groups.append([voice])
      }
    }
    let largest = groups.map(\.count).max() ?? 0
    guard let chosen = groups.firstIndex(where: { $0.count == largest }) else { return }
    agreeing = groups.remove(at: chosen)
    isTied = groups.contains { $0.count == largest }
    for voice in groups.joined() {
      // It differs from one of them, or it would be among them.
      let reason = agreeing.lazy.compactMap { voice.difference(from: $0) }.first
      dissent.append((voice, reason ?? "it agrees with others"))
    }
  }

  /// What can be said to be verified where the quorum is reached (SLSA 1.2, "Verified properties").
  public var levels: [String] {
    let isReproduced = isReached && agreeing.count > 1
    return [namesBuilders ? "SLSA_BUILD_LEVEL_1" : "SLSA_BUILD_LEVEL_UNEVALUATED"]
      + (isReproduced ? [VerificationSummary.reproduced] : [])
  }
}
