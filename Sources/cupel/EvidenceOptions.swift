import ArgumentParser
import Attesting
import Failing
import Linux
import Reading
import Signing

/// Statements, and what they are verified by.
struct EvidenceOptions: ParsableArguments {
  @Option(
    name: .customLong("attestation"), parsing: .upToNextOption,
    help: "Files with signed statements: DSSE envelopes, sigstore bundles, or .jsonl of them.")
  var attestations: [String] = []

  @Option(
    name: .customLong("key"), parsing: .upToNextOption, help: "Public keys that are trusted.")
  var keys: [String] = []

  @Option(help: "What is expected: a policy (docs/verifying.md).")
  var policy: String?

  @Option(
    help:
      "The moment for which keys have to be valid, such as 2026-07-11T10:16:37Z; by default now.")
  var at: UTCTime?

  func validate() throws {
    if attestations.isEmpty { throw ValidationError("Name files with --attestation.") }
    if keys.isEmpty { throw ValidationError("Name the keys that you trust with --key.") }
  }

  func load() throws -> Evidence {
    try Evidence(attestations, keys: keys, policy: policy, time: at)
  }
}

/// What was named on the command line, read.
struct Evidence {
  let statements: [Material]
  let keys: [VerificationKey]
  let policy: VerificationPolicy?
  /// The moment that was asked for, or now.
  let time: UTCTime
  /// The moment that was asked for.
  let statedTime: UTCTime?

  init(_ files: [String], keys: [String], policy: String?, time: UTCTime?) throws {
    var statements: [Material] = []
    for file in files {
      let bytes = try Self.read(file, limit: 2 * Statement.sizeLimit)
      statements += try Material.split(bytes, file: file)
    }
    self.statements = statements
    self.keys = try keys.map { try VerificationKey.load($0) }
    self.policy = try policy.map {
      try VerificationPolicy(parsing: Self.read($0, limit: 1 << 20), file: $0)
    }
    statedTime = time
    self.time = time ?? UTCTime(seconds: Machine.wallClockSeconds)
  }

  static func read(_ path: String, limit: Int) throws -> [UInt8] {
    do {
      return try FileSystem.read(path, limit: limit)
    } catch {
      guard error.isNotFound else { throw error }
      throw UsageError("verifying", cause: error)
    }
  }
}

/// The auditor's own statement about a verification.
struct SummaryOptions: ParsableArguments {
  @Option(help: "Write a signed summary of the verification (a SLSA VSA) to this file.")
  var vsa: String?

  @OptionGroup(title: "The auditor's key") var signer: PrefixedSigningKeyOptions<Prefix>

  /// What the options for the auditor's key begin with.
  enum Prefix: OptionPrefix {
    static let text = "vsa-"
  }

  func check(hasPolicy: Bool) throws {
    guard (vsa != nil) == signer.isNamed else {
      throw ValidationError("--vsa and --vsa-key (or --vsa-key-env, …) belong together")
    }
    guard vsa == nil || hasPolicy else {
      throw ValidationError("--vsa needs a --policy: a summary says what was verified")
    }
  }

  /// Whoever writes the summary, nil if none is wanted. What it lacks shows before anything is built;
  /// the key is opened after that.
  func writer(_ evidence: Evidence) throws -> SummaryWriter? {
    guard let vsa, let policy = evidence.policy else { return nil }
    guard let names = policy.summary else {
      throw UsageError(
        "summarising the verification: the policy does not say who verifies",
        hint: "add [summary] with policy, resource and verifier (docs/verifying.md)")
    }
    try signer.checkReadiness()
    return SummaryWriter(
      path: vsa, policy: policy, names: names, evidence: evidence, signer: signer)
  }
}

/// Signs what an auditor says of a verification.
struct SummaryWriter {
  let path: String
  let policy: VerificationPolicy
  let names: VerificationPolicy.Summary
  let evidence: Evidence
  let signer: PrefixedSigningKeyOptions<SummaryOptions.Prefix>

  /// Opens the keys and writes the summary, of a verification that failed too.
  func write(of artifacts: [Verification.Artifact], isPassed: Bool, levels: [String]) throws {
    let summary = VerificationSummary(
      of: artifacts, policy: policy, summary: names, inputs: evidence.statements,
      isPassed: isPassed, levels: levels, time: evidence.statedTime)
    let envelope = try Envelope(
      signing: summary.statement.bytes(), payloadType: Statement.payloadType, with: signer.load())
    try FileSystem.write(envelope.jsonBytes + [0x0a], to: path)
  }
}
