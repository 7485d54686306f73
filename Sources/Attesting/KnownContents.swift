internal import Hashing
internal import Reading

/// What signed statements say of the inputs of an artifact: one provenance, and the units of the same
/// build where a statement has them.
struct KnownContents {
  let provenance: ProvenanceClaims
  /// Digests of all artifacts of the build.
  let artifacts: Set<Digest>
  /// All crates of which anything was compiled; nil where that is not known.
  let everBuilt: Set<CrateName>?
  /// Those that were built for the artifact, and whether they are linked into it; nil where that is not
  /// known.
  let built: [CrateName: Bool]?
  /// Resolved dependencies by their URL.
  private let dependencies: [[UInt8]: ResourceDescriptor]
  /// Foreign crates by name and version, of which there can be several from different places.
  private let foreign: [CrateName: [ResourceDescriptor]]

  /// One for each provenance of the artifact.
  static func all(of artifact: Verification.Artifact, in known: [Attestation]) -> [KnownContents] {
    known.compactMap { attestation in
      guard case .provenance(let claims) = attestation.claims else { return nil }
      var units: PublishedUnits?
      for other in known {
        guard case .reproducibility(let reproducibility) = other.claims,
          reproducibility.plan == claims.plan
        else { continue }
        units = units ?? reproducibility.units
      }
      let subjects = attestation.statement.subjects
      let name = subjects.first { $0.digest == artifact.digest }?.name ?? artifact.name
      return KnownContents(claims, Set(subjects.map(\.digest)), name, units)
    }
  }

  private init(
    _ provenance: ProvenanceClaims, _ artifacts: Set<Digest>, _ name: String,
    _ units: PublishedUnits?
  ) {
    self.provenance = provenance
    self.artifacts = artifacts
    let isComplete = units?.isComplete ?? false
    everBuilt = isComplete ? units?.crates : nil
    built = units?.crates(of: name)
    var dependencies: [[UInt8]: ResourceDescriptor] = [:]
    var foreign: [CrateName: [ResourceDescriptor]] = [:]
    for dependency in provenance.dependencies {
      guard let url = dependency.uri else { continue }
      dependencies[Array(url.utf8)] = dependency
      if let (name, version) = PackageURL.crate(url) {
        foreign[CrateName(name, version), default: []].append(dependency)
      }
    }
    self.dependencies = dependencies
    self.foreign = foreign
  }

  func dependency(_ url: String) -> ResourceDescriptor? { dependencies[Array(url.utf8)] }

  /// Foreign crates of this name and version.
  func foreign(_ name: CrateName) -> [ResourceDescriptor] { foreign[name] ?? [] }
}

extension ResourceDescriptor {
  /// The SHA-256 of a crate's or package's archive: what was read, or what Cargo.lock says.
  var archive: String? {
    digest("sha256")
      ?? annotations["locked"]?.stringValue.flatMap { Digest(prefixed: $0)?.hex }
  }

  /// Where a crate is from, in the words of auditable-serde.
  var crateSource: String {
    guard let uri, let query = uri.split(separator: "?", maxSplits: 1).dropFirst().first else {
      return "crates.io"
    }
    return query.hasPrefix("vcs_url=") ? "git" : "registry"
  }
}
