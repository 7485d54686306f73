import ArgumentParser
import Attesting
import Failing
import Linux
import Reading
import Reporting

/// `cupel quorum`.
struct QuorumCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quorum",
    abstract: "See whether enough independent builders made the same of the same.",
    discussion: """
      Builders agree where their provenance names equal artifacts, equal external parameters and
      equal dependencies. Each key and each builder's id counts once. Who dissents is named, and so
      is every statement that does not count.

      Exit status: 0 the quorum is reached, 1 it is not (or --unanimous and somebody dissents),
      2 usage.

      Example:
        cupel quorum --require 2 --keys keys/ alice.intoto.jsonl bob.intoto.jsonl carol.intoto.jsonl
      """)

  @Option(help: "How many builders have to agree, at least 2.")
  var require: Int

  @Option(help: "The folder of the builders' public keys (files whose names end in .pub or .pem).")
  var keys: String

  @Argument(help: "Files with signed provenance.")
  var statements: [String]

  @Option(help: "An artifact that they have to be about. Repeatable.")
  var artifact: [String] = []

  @Option(help: "What is expected: a policy (docs/verifying.md).")
  var policy: String?

  @Option(help: "The moment for which keys have to be valid; by default now.")
  var at: UTCTime?

  @Flag(help: "Let any dissent be a failure.")
  var unanimous = false

  @OptionGroup var summary: SummaryOptions

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if require < 2 { throw ValidationError("--require must be at least 2") }
    if statements.isEmpty { throw ValidationError("Name files with signed provenance.") }
    try summary.check(hasPolicy: policy != nil)
  }

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let evidence = try Evidence(statements, keys: keyFiles(), policy: policy, time: at)
    let writer = try summary.writer(evidence)
    let artifacts = try artifact.map(VerifyCommand.artifact)
    let quorum = Quorum(
      materials: evidence.statements, keys: evidence.keys, required: require, artifacts: artifacts,
      policy: evidence.policy, time: evidence.time)
    let isPassed = quorum.isReached && !(unanimous && !quorum.dissent.isEmpty)
    if let writer {
      let agreed = quorum.agreeing.first?.attestation.statement.subjects
      let subjects =
        agreed?.map { Verification.Artifact(name: $0.name, digest: $0.digest) } ?? artifacts
      if subjects.isEmpty {
        Talk.notice("no builder counts and --artifact names nothing, so there is no summary")
      } else {
        try writer.write(of: subjects, isPassed: isPassed, levels: quorum.levels)
      }
    }
    let report = QuorumReport(quorum)
    StandardStream.output.write(json ? report.json.prettyBytes() : Array(report.words.utf8))
    if !isPassed { throw Ending(.different) }
  }

  private func keyFiles() throws -> [String] {
    let names = try Directory(keys).entries().map(\.name)
    let files = names.filter { $0.hasSuffix(".pub") || $0.hasSuffix(".pem") }
    guard !files.isEmpty else {
      throw UsageError("looking for keys in \(keys.printable): there are none")
    }
    return files.map { "\(keys)/\($0)" }
  }
}
