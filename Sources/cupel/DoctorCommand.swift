import ArgumentParser
import Failing
import Linux
import Reading
import Sandboxing
import Storing

/// `cupel doctor`.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what this host offers to the sandbox, and what to do about the rest.",
    discussion: "Exit status: 0 when builds can run here, 5 when they cannot.")

  @Flag(help: "Print JSON, as docs/doctor.md describes it.")
  var json = false

  mutating func run() throws {
    let survey = HostSurvey.take(
      profile: try EmbeddedData.profile(EmbeddedData.defaultProfileName).profile,
      store: try? Store.defaultPath())
    if json {
      StandardStream.output.write(String(decoding: survey.json.prettyBytes(), as: UTF8.self))
    } else {
      StandardStream.output.write(survey.table)
      if !survey.remedies.isEmpty {
        StandardStream.output.write("\nWhat to do\n\(survey.remedies)")
      }
      StandardStream.output.write(
        survey.canBuild ? "\nBuilds can run here.\n" : "\nBuilds cannot run here.\n")
    }
    if !survey.canBuild { throw Ending(.hostUnsuitable) }
  }
}
