import ArgumentParser
import Failing
import Linux
import Reading
import Reporting
import Staging

/// `cupel lock-diff`.
struct LockDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock-diff",
    abstract: "Compare two Cargo.lock files by packages.",
    discussion: """
      Says what was added, removed, upgraded and downgraded, and raises an alarm where a version
      stays and its checksum or source does not. Build scripts, procedural macros and native
      libraries that come in are named where a crate's manifest is at hand: in archives of --crates
      or cargo's own cache, or in a vendor folder.

      Exit status: 0 the same packages, 1 differences, 3 an alarming one.

      Example:
        git show main:Cargo.lock > old.lock && cupel lock-diff old.lock Cargo.lock
      """)

  @Argument(help: "The older Cargo.lock, or a folder that has one.")
  var old: String

  @Argument(help: "The newer Cargo.lock, or a folder that has one.")
  var new: String

  @Option(help: "A folder of .crate archives, or a cargo local registry. Repeatable.")
  var crates: [String] = []

  @Option(help: "A vendor folder to look into.")
  var vendor: String?

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let difference = LockDifference(from: try Self.lock(old), to: try Self.lock(new))
    let source = try CrateTraits.Source(
      crates: crates, vendor: vendor, cargoHome: StagingRequest().cargoHome)
    let report = try LockReport(difference, source: source)
    if json {
      StandardStream.output.write(report.json.prettyBytes())
    } else {
      StandardStream.output.write(report.words)
    }
    if difference.isAlarming { throw Ending(.inputRejected) }
    if !difference.changes.isEmpty { throw Ending(.different) }
  }

  private static func lock(_ path: String) throws -> CargoLock {
    let file = FileSystem.isDirectory(path) ? "\(path)/Cargo.lock" : path
    do {
      return try CargoLock(parsing: try FileSystem.read(file, limit: 64 << 20), file: file)
    } catch let error as SystemError {
      throw UsageError("reading the lock", cause: error, hint: "name a Cargo.lock or its folder")
    }
  }
}
