import ArgumentParser
import Failing
import Linux
import Listing
import Reading

/// `cupel inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a binary: its packages (.dep-v0) and what ELF says.",
    discussion: """
      Prints type, machine, interpreter, needed libraries, search paths, hardening, build-id and
      compilers of an ELF file, and the list of packages that `cupel build --auditable` and
      `cargo auditable` put in (docs/sbom.md). Runs nothing and believes no size in the file.

      Exit status: 0, 2 usage, 3 not an ELF file or a broken one.

      Examples:
        cupel inspect cupel-out/artifacts/rg
        cupel inspect --json /usr/bin/true
      """)

  @Argument(help: "An ELF file.")
  var file: String

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let inspection = try Inspection(file)
    if json {
      StandardStream.output.write(inspection.json.prettyBytes())
    } else {
      StandardStream.output.write(inspection.words)
    }
  }
}
