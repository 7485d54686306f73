internal import Failing
public import Hashing
public import Reading
public import Signing

/// Whether artifacts are what signed statements say, and whether that is enough.
public struct Verification: Sendable {
  /// A file to be verified.
  public struct Artifact: Sendable, Equatable {
    public let name: String
    public let digest: Digest
    /// Nil where nobody looked into it.
    public let contents: ArtifactContents?

    public init(name: String, digest: Digest, contents: ArtifactContents? = nil) {
      self.name = name
      self.digest = digest
      self.contents = contents
    }
  }

  public let artifacts: [Artifact]
  /// Those that could be read and whose signature is good.
  public private(set) var attestations: [Attestation] = []
  public internal(set) var checks: [Check] = []
  public let policy: VerificationPolicy?
  /// The moment for which validity of keys is judged.
  public let time: UTCTime

  /// Verifies `materials` by `keys`, which the caller trusts and no file names, and `bills`, SBOMs that
  /// nobody has to have signed, by what holds.
  public init(
    artifacts: [Artifact], materials: [Material], bills: [Material] = [], keys: [VerificationKey],
    policy: VerificationPolicy?, time: UTCTime
  ) {
    self.artifacts = artifacts
    self.policy = policy
    self.time = time
    for material in materials {
      let opening = Opening(material, keys: keys)
      checks += opening.checks
      if let attestation = opening.attestation { judge(attestation) }
    }
    for artifact in artifacts { judge(artifact) }
    for artifact in artifacts { judgeDependencyList(of: artifact) }
    judge(bills)
    for artifact in artifacts { ask(.rebuild, artifact.name, nil) }
  }

  public var objections: [Objection] {
    checks.compactMap {
      guard case .failed(let objection) = $0.answer else { return nil }
      return objection
    }
  }

  public var isPassed: Bool { objections.isEmpty }

  /// The objection that decides the exit status: material that is not to be believed before a policy
  /// that does not hold, and that before a rebuild that differs.
  public var worst: Objection? {
    objections.first { $0.exitCode == .inputRejected }
      ?? objections.first { $0.exitCode == .policyRefused } ?? objections.first
  }

  /// Statements about an artifact.
  public func attestations(of artifact: Artifact) -> [Attestation] {
    attestations.filter { $0.covers(artifact) }
  }

  // MARK: One statement

  private mutating func judge(_ attestation: Attestation) {
    let place = attestation.material.place
    attestations.append(attestation)
    let listing = policy.flatMap { $0.keys.isEmpty ? nil : $0 }
    ask(.key, place, listing.map { policy in Self.objection(attestation, policy, time) })
    let isCovering = artifacts.contains { attestation.covers($0) }
    if !artifacts.isEmpty {
      ask(
        .subject, place,
        .some(isCovering ? nil : Objection(.otherArtifact, Self.subjects(attestation))))
    }
    switch attestation.claims {
    case .provenance(let claims): judge(claims, place)
    case .reproducibility(let claims): judge(claims, place)
    case .runtimeTrace: break
    }
  }

  private static func subjects(_ attestation: Attestation) -> String {
    let shown = attestation.statement.subjects.prefix(3).map { "\($0.name) \($0.digest)" }
    let more = attestation.statement.subjects.count - shown.count
    return (shown + (more > 0 ? ["\(more) more"] : [])).joined(separator: ", ")
  }

  /// One question: nil where nothing asks it, else what stands against it, if anything does.
  mutating func ask(
    _ question: Check.Question, _ about: String, _ objection: Objection??
  ) {
    switch objection {
    case nil: checks.append(Check(question, about: about, .notAsked))
    case .some(nil): checks.append(Check(question, about: about, .passed))
    case .some(let objection?): checks.append(Check(question, about: about, .failed(objection)))
    }
  }

  /// Why none of the signers counts; nil where one does.
  private static func objection(
    _ attestation: Attestation, _ policy: VerificationPolicy, _ time: UTCTime
  ) -> Objection? {
    var first: Objection?
    for key in attestation.signers {
      guard let objection = objection(key, attestation.claims, policy, time) else { return nil }
      first = first ?? objection
    }
    return first
  }

  private static func objection(
    _ key: VerificationKey, _ claims: Claims, _ policy: VerificationPolicy, _ time: UTCTime
  ) -> Objection? {
    let name = "\(key.fingerprint)"
    guard let entry = policy.keys.first(where: { $0.fingerprint == key.fingerprint }) else {
      return Objection(.keyNotInPolicy, name)
    }
    if entry.isRevoked { return Objection(.keyRevoked, name) }
    if let start = entry.notBefore, time < start {
      return Objection(.keyNotYetValid, "\(name), from \(start.text)")
    }
    if let end = entry.notAfter, end < time {
      return Objection(.keyExpired, "\(name), at \(end.text)")
    }
    if case .provenance(let claims) = claims, let builders = entry.builders,
      !builders.contains(where: { $0.isExactly(claims.builder) })
    {
      return Objection(.builderNotOfKey, "\(name) for \(claims.builder)")
    }
    return nil
  }

  private mutating func judge(_ claims: ProvenanceClaims, _ place: String) {
    let source = policy?.source
    func differs(
      _ code: Objection.Code, _ wanted: String?, _ found: String?
    ) -> Objection?? {
      guard let wanted else { return nil }
      if let found, found.isExactly(wanted) { return .some(nil) }
      return Objection(code, "expected \(wanted), it says \(found ?? "nothing")")
    }
    ask(
      .builder, place,
      policy?.builders.map { expected in
        expected.contains { $0.isExactly(claims.builder) }
          ? nil : Objection(.builder, claims.builder)
      })
    ask(.sourceURI, place, differs(.sourceURI, source?.uri, claims.sourceURI))
    ask(.sourceCommit, place, differs(.sourceCommit, source?.commit, claims.commit))
    let tree = differs(.sourceTree, source?.tree?.description, claims.tree.description)
    let gitTree = differs(.sourceTree, source?.gitTree, claims.gitTree)
    switch (tree, gitTree) {
    case (.some(let objection?), _): ask(.sourceTree, place, objection)
    case (_, .some): ask(.sourceTree, place, gitTree)
    default: ask(.sourceTree, place, tree)
    }
    ask(
      .sourceLevel, place,
      source?.level.map { wanted in
        guard let level = claims.level, level < wanted else { return nil }
        return Objection(.sourceLevel, "\(wanted.rawValue) is required, one is \(level.rawValue)")
      })
    ask(
      .toolchain, place,
      policy?.toolchainTrust.map { accepted in
        accepted.contains(claims.toolchainTrust)
          ? nil : Objection(.toolchainTrust, "it is \(claims.toolchainTrust.rawValue)")
      })
  }

  private mutating func judge(_ claims: ReproducibilityClaims, _ place: String) {
    let asked = policy?.reproducibility
    ask(
      .verdict, place,
      asked?.verdicts.map { accepted in
        accepted.contains(claims.verdict) ? nil : Objection(.verdict, "it is \(claims.verdict)")
      })
    ask(
      .variations, place,
      asked?.variations.map { required in
        let missing = required.filter { name in
          !claims.variations.contains { $0.isExactly(name) }
        }
        return missing.isEmpty
          ? nil : Objection(.variations, "without \(missing.joined(separator: ", "))")
      })
    ask(
      .denials, place,
      asked?.denials.map { limit in
        guard let count = claims.denials else { return Objection(.denialsUnknown, "") }
        return count <= limit ? nil : Objection(.denials, "\(count), accepted are \(limit)")
      })
  }

  // MARK: One artifact

  private mutating func judge(_ artifact: Artifact) {
    let about = attestations(of: artifact)
    let provenance = about.compactMap { attestation -> Digest? in
      guard case .provenance(let claims) = attestation.claims else { return nil }
      return claims.plan
    }
    let isReproduced = about.contains {
      guard case .reproducibility = $0.claims else { return false }
      return true
    }
    ask(
      .provenance, artifact.name,
      .some(provenance.isEmpty ? Objection(.noProvenance, "\(artifact.digest)") : nil))
    let stray = about.first { !provenance.contains($0.claims.plan) }
    ask(
      .consistency, artifact.name,
      .some(
        stray.map {
          Objection(
            .statementsDisagree,
            "\($0.material.place) is about the plan \($0.claims.plan), which no provenance is of")
        }))
    ask(
      .reproducibility, artifact.name,
      policy?.reproducibility.isAsked == true
        ? .some(isReproduced ? nil : Objection(.noReproducibility, "")) : nil)
  }
}

extension Attestation {
  /// Whether it is about these bytes; the name is no part of them.
  public func covers(_ artifact: Verification.Artifact) -> Bool {
    statement.subjects.contains { $0.digest == artifact.digest }
  }
}
