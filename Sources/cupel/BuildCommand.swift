import ArgumentParser
import Building
import Comparing
import Failing
import Linux
import Reading
import Reporting

/// `cupel build`.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build a project in the sandbox, twice, and compare every byte.",
    discussion: """
      Leg A is canonical, leg B differs on purpose in everything that must not matter. Artifacts,
      checksums, the plan, the record and the logs go to the output folder, which is replaced as a
      whole or not at all.

      Examples:
        cupel build
        cupel build --vary readdir,cpus --schedule sequential
        cupel build --legs 4 --seed 7
        cupel build path/to/project --target x86_64-unknown-linux-gnu -- --ignore-rust-version
        cupel build --rev v1.4.0 --require-signed-tag
        cupel build --once --message-format json
        cupel build --kit app.kit
        cupel build --sarif reports/cupel.sarif --junit reports/cupel.xml
      """)

  @OptionGroup var options: BuildOptions

  @Option(help: "The output folder.")
  var out = "cupel-out"

  @Option(help: "Build what a kit carries, by its own plan, and compare with what was published.")
  var kit: String?

  @Option(help: "How to report: human, or json for one event a line.")
  var messageFormat = MessageFormat.human

  @Flag(help: "Write down what each unit of the build depended on (docs/observation.md).")
  var observe = false

  @Flag(help: "Do not run the units that differ again to find the cause.")
  var noCause = false

  @Option(
    help: "Most time for finding the cause (default: a tenth of the build's, at least 10s).")
  var causeTime: Seconds?

  @Flag(help: "Write bills of materials, with what linkers say they linked (docs/sbom.md).")
  var sbom = false

  @Flag(name: .shortAndLong, help: "Show what cargo prints.")
  var verbose = false

  @OptionGroup(title: "Reports for CI") var reports: ReportOptions

  func validate() throws { try reports.checkOutside(out) }

  mutating func run() throws {
    reports.begin()
    let (report, places) = try reports.reporting("build", about: subject) { try build() }
    switch messageFormat {
    case .human: StandardStream.output.write(reports.shown(report.words(output: out)))
    case .json:
      let line = JSON.object([("event", "record"), ("record", report.record)])
      StandardStream.output.write(line.compactBytes() + [UInt8(ascii: "\n")])
    }
    try reports.write(CommandOutcome(of: report, in: places, output: out))
    if let refusal = report.refusal { throw RefusedResult(refusal: refusal, output: out) }
    if report.exitCode != .identical { throw Ending(report.exitCode) }
  }

  /// The file that a failure is about.
  private var subject: String {
    if let kit { return kit }
    if FileSystem.split(options.project).name == "Cargo.toml" { return options.project }
    return options.project == "." ? "Cargo.toml" : "\(options.project)/Cargo.toml"
  }

  /// Builds, compares and puts the output folder into place.
  private func build() throws -> (BuildReport, SourcePlaces) {
    let stop = try Interruption.watch([.interrupt, .terminate, .hangup])
    var output = try OutputFolder(out)
    let prepared =
      if let kit {
        try PreparedBuild.prepare(kit: kit, options, notice: Talk.notice)
      } else {
        try PreparedBuild.prepare(options, output: out, notice: Talk.notice)
      }
    let build = ProjectBuild(
      prepared: prepared, options: options, observes: observe, listsMaterials: sbom,
      findsCauses: !noCause, causeTime: causeTime.map { Double($0.count) })
    let progress = BuildProgress(format: messageFormat, isVerbose: verbose)
    defer { progress.clear() }
    let report = try build.run(into: output.path, named: out, progress, stop: stop)
    try output.publish()
    return (report, SourcePlaces(prepared.staged))
  }
}

/// The build succeeded, but tried what the policy forbids. Its output is in place.
struct RefusedResult: Failure {
  let refusal: Refusal
  let output: String

  var message: String { "accepting the build: \(refusal.words())" }
  var hint: String? { "look at it before you use \(output); \(refusal.remedy)" }
  var exitCode: Failing.ExitCode { .policyRefused }
}

enum MessageFormat: String, CaseIterable, ExpressibleByArgument {
  case human, json
}
