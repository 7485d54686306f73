public import Failing

/// Why an attestation is not believed, or why what it says is not enough.
public struct Objection: Failure, Equatable {
  /// The kinds, which docs/verifying.md lists; stable.
  public enum Code: String, Sendable, CaseIterable {
    case attestationUnreadable = "attestation-unreadable"
    case notAnEnvelope = "not-an-envelope"
    case envelopeExtraField = "envelope-extra-field"
    case payloadType = "payload-type"
    case noSignature = "no-signature"
    case unknownKey = "unknown-key"
    case badSignature = "bad-signature"
    case keyInBundle = "key-in-bundle"
    case statementUnreadable = "statement-unreadable"
    case statementMalformed = "statement-malformed"
    case statementExtraField = "statement-extra-field"
    case noSubject = "no-subject"
    case subjectTwice = "subject-twice"
    case subjectWithoutDigest = "subject-without-digest"
    case subjectWeakDigest = "subject-weak-digest"
    case subjectBadDigest = "subject-bad-digest"
    case subjectUncheckedDigest = "subject-unchecked-digest"
    case predicateUnknown = "predicate-unknown"
    case predicateMalformed = "predicate-malformed"
    case predicateExtraField = "predicate-extra-field"
    case buildTypeUnknown = "build-type-unknown"
    case claimsDisagree = "claims-disagree"
    case otherArtifact = "other-artifact"
    case noProvenance = "no-provenance"
    case statementsDisagree = "statements-disagree"
    case keyRevoked = "key-revoked"
    case keyExpired = "key-expired"
    case keyNotYetValid = "key-not-yet-valid"
    case keyNotInPolicy = "key-not-in-policy"
    case builderNotOfKey = "builder-not-of-key"
    case builder = "builder"
    case sourceURI = "source-uri"
    case sourceCommit = "source-commit"
    case sourceTree = "source-tree"
    case sourceLevel = "source-level"
    case toolchainTrust = "toolchain-trust"
    case noReproducibility = "no-reproducibility"
    case verdict = "verdict"
    case variations = "variations"
    case denials = "denials"
    case denialsUnknown = "denials-unknown"
    case artifactUnreadable = "artifact-unreadable"
    case dependencyListUnreadable = "dependency-list-unreadable"
    case dependencyListTwice = "dependency-list-twice"
    case dependencyListUnknown = "dependency-list-unknown"
    case dependencyListNotBuilt = "dependency-list-not-built"
    case dependencyListMissing = "dependency-list-missing"
    case dependencyListRole = "dependency-list-role"
    case noDependencyList = "no-dependency-list"
    case sbomUnreadable = "sbom-unreadable"
    case sbomUnknownForm = "sbom-unknown-form"
    case sbomMalformed = "sbom-malformed"
    case sbomTwice = "sbom-twice"
    case sbomDangling = "sbom-dangling"
    case sbomLoop = "sbom-loop"
    case sbomWithoutDigest = "sbom-without-digest"
    case sbomWeakDigest = "sbom-weak-digest"
    case sbomOtherArtifact = "sbom-other-artifact"
    case sbomNotListed = "sbom-not-listed"
    case sbomUnknown = "sbom-unknown"
    case sbomDigest = "sbom-digest"
    case sbomNotBuilt = "sbom-not-built"
    case sbomMissing = "sbom-missing"
    case sbomRole = "sbom-role"
    case sbomDependencyList = "sbom-dependency-list"
    case sbomLibrary = "sbom-library"
    case noSBOM = "no-sbom"
    case rebuildOtherPlan = "rebuild-other-plan"
    case rebuildDifferent = "rebuild-different"

    /// What it says of the material, to which the detail is added.
    public var words: String {
      switch self {
      case .attestationUnreadable: "the attestation cannot be read"
      case .notAnEnvelope: "it is neither a DSSE envelope nor a sigstore bundle"
      case .envelopeExtraField: "the envelope has a member that nobody signed"
      case .payloadType: "the payload is not said to be an in-toto statement"
      case .noSignature: "nobody signed it"
      case .unknownKey: "none of the given keys signed it"
      case .badSignature: "the signature is not of these bytes"
      case .keyInBundle: "a key that comes with the signature vouches for nothing"
      case .statementUnreadable: "the statement is not JSON as it is accepted"
      case .statementMalformed: "the statement does not have the form of in-toto's v1"
      case .statementExtraField: "the statement has a member that nobody checks"
      case .noSubject: "the statement is about nothing"
      case .subjectTwice: "two subjects have one name"
      case .subjectWithoutDigest: "a subject has no digest"
      case .subjectWeakDigest: "a subject has no SHA-256"
      case .subjectBadDigest: "a subject's SHA-256 is none"
      case .subjectUncheckedDigest: "a subject has a digest that nobody checks"
      case .predicateUnknown: "the predicate is of a type that is not known here"
      case .predicateMalformed: "the predicate does not have the form of its type"
      case .predicateExtraField: "the predicate has a member that nobody checks"
      case .buildTypeUnknown: "the build type is not known here"
      case .claimsDisagree: "the statement contradicts itself"
      case .otherArtifact: "the statement is about other bytes"
      case .noProvenance: "no provenance was given for the artifact"
      case .statementsDisagree: "two statements are about different builds"
      case .keyRevoked: "the key is revoked"
      case .keyExpired: "the key has expired"
      case .keyNotYetValid: "the key is not valid yet"
      case .keyNotInPolicy: "the policy does not list the key"
      case .builderNotOfKey: "the key may not speak for this builder"
      case .builder: "the builder is not an expected one"
      case .sourceURI: "the source is said to come from elsewhere"
      case .sourceCommit: "it was built from another commit"
      case .sourceTree: "it was built from another tree"
      case .sourceLevel: "too little vouches for the crates"
      case .toolchainTrust: "not enough vouches for the toolchain"
      case .noReproducibility: "no statement on reproducibility was given"
      case .verdict: "the verdict is not an accepted one"
      case .variations: "not all required variations were tried"
      case .denials: "more attempts were refused than are accepted"
      case .denialsUnknown: "refused attempts are not known"
      case .artifactUnreadable: "the artifact is a broken ELF file"
      case .dependencyListUnreadable: "the list of packages in the artifact cannot be read"
      case .dependencyListTwice: "the list in the artifact names a package twice"
      case .dependencyListUnknown:
        "the list in the artifact names a package that provenance does not"
      case .dependencyListNotBuilt:
        "the list in the artifact names a package that was not built for it"
      case .dependencyListMissing: "the list in the artifact lacks a package that was built for it"
      case .dependencyListRole:
        "the list in the artifact mistakes what is in it for what only took part in the build"
      case .noDependencyList: "the artifact has no list of its packages"
      case .sbomUnreadable: "the SBOM is not JSON as it is accepted"
      case .sbomUnknownForm: "the SBOM is neither CycloneDX 1.5 to 1.7 nor SPDX 2.3"
      case .sbomMalformed: "the SBOM does not have the form that it claims"
      case .sbomTwice: "the SBOM lists a component twice"
      case .sbomDangling: "the SBOM refers to what is not in it"
      case .sbomLoop: "a component of the SBOM depends on itself"
      case .sbomWithoutDigest: "the SBOM does not name its artifact by a digest"
      case .sbomWeakDigest: "the SBOM does not name its artifact by a SHA-256"
      case .sbomOtherArtifact: "the SBOM is about other bytes"
      case .sbomNotListed: "the provenance lists SBOMs, and this is none of them"
      case .sbomUnknown: "the SBOM lists a package that provenance does not"
      case .sbomDigest: "the SBOM does not give the digest that provenance has of a package"
      case .sbomNotBuilt: "the SBOM lists a crate that was not built"
      case .sbomMissing: "the SBOM lacks a crate that was built for the artifact"
      case .sbomRole:
        "the SBOM mistakes what is in the artifact for what only took part in the build"
      case .sbomDependencyList: "the SBOM disagrees with the list of packages in the artifact"
      case .sbomLibrary: "the SBOM lacks a library that the artifact needs when it starts"
      case .noSBOM: "no SBOM of the artifact was given"
      case .rebuildOtherPlan: "the kit is of another plan"
      case .rebuildDifferent: "the rebuild gives other bytes"
      }
    }

    /// 3 where the material itself is not to be believed, 6 where it is not what the policy asks for,
    /// 1 where a rebuild came out differently.
    public var exitCode: ExitCode {
      switch self {
      case .keyRevoked, .keyExpired, .keyNotYetValid, .keyNotInPolicy, .builderNotOfKey, .builder,
        .sourceURI, .sourceCommit, .sourceTree, .sourceLevel, .toolchainTrust, .noReproducibility,
        .verdict, .variations, .denials, .denialsUnknown, .noDependencyList, .noSBOM:
        .policyRefused
      case .rebuildDifferent: .different
      default: .inputRejected
      }
    }
  }

  public let code: Code
  /// The facts: names, found and expected values.
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  init(_ fault: Malformation, else code: Code, extra: Code) {
    switch fault.kind {
    case .extra: self.init(extra, fault.message)
    case .contradiction: self.init(.claimsDisagree, fault.message)
    case .missing, .wrong: self.init(code, fault.message)
    }
  }

  public var message: String {
    "verifying: \(code.words)\(detail.isEmpty ? "" : " (\(detail))")".printable
  }

  public var exitCode: ExitCode { code.exitCode }
}
