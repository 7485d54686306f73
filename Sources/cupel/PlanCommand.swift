import ArgumentParser
import Linux
import Planning
import Reading
import Staging
import Storing

/// `cupel plan`.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print everything that would decide the bytes of a build, as JSON.",
    discussion: """
      Stages the inputs into the store, builds nothing. The SHA-256 of the plan's canonical form
      identifies the build.

      Example:
        cupel plan --once | python3 -m json.tool
      """)

  @OptionGroup var options: BuildOptions

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let prepared = try PreparedBuild.prepare(options, output: "cupel-out", notice: Talk.notice)
    if let revision = prepared.staged.revision { Talk.notice("the source is \(revision.words)") }
    let lease = try prepared.store.lease(prepared.plan.inputs.trees)
    try prepared.verifyTrees(options, standard: nil)
    _ = consume lease
    StandardStream.output.write(prepared.plan.json.prettyBytes())
  }
}
