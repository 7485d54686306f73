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

  /// Refuses files at or below a folder that is made or replaced as a whole.
  func checkOutside(_ folder: String) throws {
    let folder = try Self.resolved(folder)
    for (option, file) in [("--sarif", sarif), ("--junit", junit)] {
      guard let file else { continue }
      let path = try Self.resolved(file)
      if path.utf8.elementsEqual(folder.utf8) || path.utf8.starts(with: "\(folder)/".utf8) {
        throw ValidationError(
          "\(option) \(file.printable) is in the output folder, which is replaced as a whole: "
            + "name a file outside")
      }
    }
  }

  /// Absolute and without symlinks, whether it exists or not.
  private static func resolved(_ path: String) throws -> String {
    do throws(SystemError) {
      return try FileSystem.realPath(path)
    } catch {
      guard error.isNotFound, !["", "."].contains(path) else { throw error }
    }
    var path = path
    while path.hasSuffix("/") { path.removeLast() }
    let (parent, name) = FileSystem.split(path)
    let folder = try resolved(parent)
    return switch name {
    case ".": folder
    case "..": FileSystem.split(folder).parent
    default: folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }
  }

  /// Writes all, whatever becomes of one. A report that cannot be written is the command's failure
  /// only where it has no other.
  func write(_ outcome: CommandOutcome) throws {
    var failures: [any Failure] = []
    func attempt(_ body: () throws -> Void) throws {
      do { try body() } catch let failure as any Failure { failures.append(failure) }
    }
    if let sarif { try attempt { try Self.write(outcome.sarif.prettyBytes(), to: sarif) } }
    if let junit { try attempt { try Self.write(outcome.junit, to: junit) } }
    if github { try attempt { try Self.tellGitHub(outcome) } }
    guard let first = failures.first else { return }
    let others = outcome.isPass ? failures.dropFirst() : failures[...]
    for failure in others { Talk.report(failure) }
    if outcome.isPass { throw first }
  }

  private static func tellGitHub(_ outcome: CommandOutcome) throws {
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
      try write(
        CommandOutcome(of: failure, command: command, toolVersion: Cupel.version, file: file))
      throw failure
    }
  }
}
