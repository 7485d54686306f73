import ArgumentParser
import Attesting
import Comparing
import Failing
import Hashing
import Linux
import Listing
import Reading
import Reporting
import Signing

/// `cupel verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify artifacts by signed statements about them, and by a policy.",
    discussion: """
      Opens no connection and builds nothing, unless --rebuild asks for it. Signatures count only if
      they are by keys named here. Every statement given must hold; each refusal has a code
      (docs/verifying.md). What no policy asks for is said to be not asked.

      Exit status: 0 verified, 1 the rebuild gives other bytes, 2 usage, 3 a statement is not to be
      believed or is about something else, 6 the policy does not hold.

      Examples:
        cupel verify rg --attestation build.intoto.jsonl --key release.pub
        cupel verify rg --attestation build.intoto.jsonl --key release.pub --policy policy.toml
        cupel verify rg --attestation build.intoto.jsonl --key release.pub --policy policy.toml \\
          --vsa rg.vsa.json --vsa-key auditor.key
        cupel verify rg --attestation build.intoto.jsonl --key release.pub --sbom rg.cdx.json
        cupel verify rg --attestation build.intoto.jsonl --key release.pub --junit verify.xml
        cupel verify rg --attestation build.intoto.jsonl --key release.pub --rebuild --kit rg.kit
      """)

  @Argument(help: "The artifacts.")
  var artifacts: [String]

  @OptionGroup var evidence: EvidenceOptions

  @Option(
    name: .customLong("sbom"), parsing: .upToNextOption,
    help: "SBOMs of the artifacts: CycloneDX 1.5 to 1.7 or SPDX 2.3, as JSON.")
  var bills: [String] = []

  @Flag(help: "Build again what the kit carries, and compare.")
  var rebuild = false

  @Option(help: "The kit to build from (docs/kit.md).")
  var kit: String?

  @OptionGroup var summary: SummaryOptions

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Reports for CI") var reports: ReportOptions

  func validate() throws {
    if artifacts.isEmpty { throw ValidationError("Name an artifact.") }
    if rebuild != (kit != nil) { throw ValidationError("--rebuild and --kit belong together") }
    try summary.check(hasPolicy: evidence.policy != nil)
  }

  mutating func run() throws {
    reports.begin()
    let verification = try reports.reporting("verify", about: artifacts[0]) { try verify() }
    let report = VerificationReport(verification)
    StandardStream.output.write(
      json ? report.json.prettyBytes() : Array(reports.shown(report.words).utf8))
    try reports.write(
      CommandOutcome(of: verification, paths: artifacts, toolVersion: Cupel.version))
    if let worst = verification.worst { throw Ending(worst.exitCode) }
  }

  private func verify() throws -> Verification {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    var files: [Verification.Artifact] = []
    for path in artifacts { files.append(try Self.inspectedArtifact(path)) }
    let material = try evidence.load()
    let bills = try self.bills.map {
      Material(place: $0, bytes: try Evidence.read($0, limit: PublishedBill.sizeLimit))
    }
    let writer = try summary.writer(material)
    var verification = Verification(
      artifacts: files, materials: material.statements, bills: bills, keys: material.keys,
      policy: material.policy, time: material.time)
    if let kit {
      // What is refused already need not be built.
      if verification.isPassed {
        try verification.compare(
          with: Rebuild.run(kit: kit, withholding: summary.signer.secretVariables))
      }
    }
    try writer?.write(of: files, isPassed: verification.isPassed, levels: verification.levels)
    return verification
  }

  /// The same, with what the file says of itself, which is read and not run.
  static func inspectedArtifact(_ path: String) throws -> Verification.Artifact {
    let artifact = try artifact(path)
    let contents: ArtifactContents
    do {
      let inspection = try Inspection(FileSystem.realPath(path))
      guard inspection.digest == artifact.digest else {
        throw UsageError("verifying \(path.printable): it changed meanwhile")
      }
      contents = .program(
        needed: inspection.dynamic?.needed ?? [], list: inspection.dependencies)
    } catch let error as ListingError {
      switch error {
      case .notELF: contents = .unknown
      case .brokenELF(_, let what): contents = .broken(what)
      case .badDependencyList(_, let defect): contents = .unreadableList(defect.words)
      default: throw error
      }
    }
    return Verification.Artifact(
      name: artifact.name, digest: artifact.digest, contents: contents)
  }

  /// Hashes a file; what people call it is its name without the folder.
  static func artifact(_ path: String) throws -> Verification.Artifact {
    // Opening a pipe would wait for somebody who writes.
    guard try FileSystem.status(path).kind == .regular else {
      throw UsageError("reading \(path.printable): it is no plain file")
    }
    let file = try FileSystem.open(path)
    var hasher = Hasher()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { break }
      hasher.update(buffer, count: count)
    }
    return Verification.Artifact(name: FileSystem.split(path).name, digest: hasher.finish())
  }
}
