import ArgumentParser
import Failing
import Linux
import Reading
import Reporting

/// Reports for CI systems (docs/ci.md), which are written whatever came of the command.
struct ReportOptions: ParsableArguments {
  @Option(help: "Write what was found to this file, as SARIF 2.1.0.")
  var sarif: String?

  @Option(help: "Write the results to this file, as JUnit XML.")
  var junit: String?

  @Flag(
    help:
      "Write annotations for GitHub to standard error and a summary to what GITHUB_STEP_SUMMARY names."
  )
  var github = false

  /// Before anything is said: from then on nothing that a build says is a command to GitHub's runner.
  func begin() {
    if github { Talk.disarm() }
  }

  /// The text as it may be printed.
  func shown(_ text: String) -> String { github ? WorkflowCommand.inert(text) : text }

  func write(_ outcome: CommandOutcome) throws {
    if let sarif { try Self.write(outcome.sarif.prettyBytes(), to: sarif) }
    if let junit { try Self.write(outcome.junit, to: junit) }
    guard github else { return }
    for command in outcome.annotations { StandardStream.error.write(command.line + "\n") }
    guard let summary = Machine.environment("GITHUB_STEP_SUMMARY"), !summary.isEmpty else {
      return Talk.notice("GITHUB_STEP_SUMMARY is not set, so that no summary is written")
    }
    try FileSystem.append(Array(outcome.stepSummary.utf8), to: summary)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let parent = FileSystem.split(path).parent
    if !parent.isEmpty { try FileSystem.makeDirectories(parent) }
    try FileSystem.write(bytes, to: path)
  }

  /// Runs a part of a command, and reports its failure before it goes on.
  ///
  /// `file` is what the command is about.
  func reporting<Result>(
    _ command: String, about file: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let failure as any Failure {
      // The failure counts, and not that it could not be written down.
      do {
        try write(
          CommandOutcome(
            of: failure, command: command, toolVersion: Cupel.version, file: file))
      } catch let other as any Failure {
        Talk.report(other)
      }
      throw failure
    }
  }
}
