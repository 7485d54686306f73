import ArgumentParser
import Failing
import Linux
import Reading
import Reporting
import Staging
import Storing

/// The project and where its crates are, for commands that build nothing.
struct CrateOptions: ParsableArguments {
  @Argument(help: "The project: a folder or a Cargo.toml.")
  var project = "."

  @Option(help: "The folder that holds the project and its path dependencies.")
  var root: String?

  @Option(help: "The vendor folder, instead of the configured one.")
  var vendor: String?

  @Option(help: "A folder of .crate archives, or a cargo local registry. Repeatable.")
  var crates: [String] = []

  func request(
    required: SourceLevel? = nil, revision: ExportedRevision? = nil
  ) throws -> StagingRequest {
    let folder = revision?.project ?? ProjectFiles.folder(of: project)
    let manifest = try ProjectFiles.manifest(in: folder)
    return StagingRequest(
      manifest.source, project: project, revision: revision, root: root, vendor: vendor,
      crates: crates, required: required)
  }
}

/// `cupel verify-sources`.
struct VerifySourcesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-sources",
    abstract: "Check every crate against Cargo.lock and its archive, without building.",
    discussion: """
      Archives come from --crates, from cupel.toml, and from cargo's own cache, which is only read.
      Exit status: 0 all crates can be used, 3 a crate is not what it should be, 6 a crate is below
      the required level. With --rev the commit is put into the store and checked there.

      Example:
        cupel verify-sources --crates ../archives --require archive
      """)

  @OptionGroup var options: CrateOptions

  @Option(help: "Refuse crates below a level: archive, patched, vendored.")
  var require: SourceLevel?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var revision: RevisionOptions

  mutating func run() throws {
    let revision = try revision.export(
      project: options.project, into: Store.open(), notice: Talk.notice)
    if let revision { Talk.notice("the source is \(revision.revision.words)") }
    try revision.reading { try verify(revision) }
  }

  private func verify(_ revision: ExportedRevision?) throws {
    let request = try options.request(required: require, revision: revision)
    let verification = try SourceVerification.run(request)
    for notice in verification.notices { Talk.notice(notice.text) }
    let report = SourceReport(verification)
    if json {
      StandardStream.output.write(report.json.prettyBytes())
    } else {
      StandardStream.output.write(report.words)
    }
    if !verification.findings.isEmpty { throw Ending(.inputRejected) }
    try verification.require(request.required)
  }
}
