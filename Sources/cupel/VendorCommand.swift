import ArgumentParser
import Failing
import Linux
import Staging

/// `cupel vendor`.
struct VendorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vendor",
    abstract: "Make or update the vendor folder from crate archives.",
    discussion: """
      Every archive must have the SHA-256 that Cargo.lock names. The folder is replaced in one step.
      Crates that no lock names any more are removed if their checksum file accounts for all of
      their files; everything else that is not made from archives stays: git packages, patches that
      cupel.toml declares, files of yours.

      Example:
        cupel vendor --crates ../archives --check
      """)

  @OptionGroup var options: CrateOptions

  @Flag(help: "Change nothing; end with 1 if something would change.")
  var check = false

  mutating func run() throws {
    let update = try VendorUpdate.run(try options.request(), isTrial: check) {
      Talk.notice($0.text)
    }
    var lines = update.changes.map(\.text)
    let count = update.changes.count
    lines.append(
      "\(update.folder): \(update.count) crates from archives, "
        + (count == 0
          ? "nothing to change"
          : "\(count) \(check ? "to change" : "changed")"))
    if !update.kept.isEmpty {
      lines.append("kept as they are: \(update.kept.joined(separator: ", "))")
    }
    StandardStream.output.write(lines.map { $0 + "\n" }.joined())
    if !update.isConfigured {
      Talk.notice(
        "cargo's configuration does not name this folder; .cargo/config.toml needs\n"
          + "[source.crates-io]\nreplace-with = \"vendored-sources\"\n"
          + "[source.vendored-sources]\ndirectory = \"\(update.folder)\"")
    }
    if check, count > 0 { throw Ending(.different) }
  }
}
