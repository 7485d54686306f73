import ArgumentParser
import Failing
import Staging
import Storing

/// A commit to be used instead of the files on disk.
struct RevisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take this commit or tag from git's objects, submodules too; no work tree is read.",
      valueName: "revision"))
  var rev: String?

  @Flag(help: "With --rev, leave out what .gitattributes marks export-ignore.")
  var exportIgnore = false

  func validate() throws {
    if exportIgnore, rev == nil {
      throw ValidationError("--export-ignore is of use with --rev only")
    }
  }

  /// Puts the commit into the store and says which it is; nil where none was asked for.
  func export(
    project: String, into store: @autoclosure () throws -> Store, notice: (String) -> Void
  ) throws -> ExportedRevision? {
    guard let rev else { return nil }
    return try ExportedRevision.export(
      rev, project: project, leavesOutIgnored: exportIgnore, into: store()
    ) { notice($0.text) }
  }
}

extension ExportedRevision? {
  /// Evaluates `body`, whose failures may speak of the commit's files.
  func reading<Value>(_ body: () throws -> Value) throws -> Value {
    guard let self else { return try body() }
    do {
      return try body()
    } catch let failure as any Failure {
      throw self.describing(failure)
    }
  }
}
