import ArgumentParser
import Explaining
import Failing
import Linux
import Reading
import Reporting

/// `cupel compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Say why two artifacts, or two folders of them, differ.",
    discussion: """
      Compares every byte and groups what differs by its cause: source paths, times, order, hashes
      of crates, archive members' headers; then what follows from those, such as addresses and the
      build-id; then what is only located. Knows ELF files, ar archives (static libraries, rlibs)
      and WebAssembly modules. What only looks like a cause is said to (docs/explaining.md).

      Exit status: 0 identical, 1 different, 2 usage, 3 a file cannot be read.

      Examples:
        cupel compare cupel-out/artifacts cupel-out/artifacts-B
        cupel compare --json old/rg new/rg
      """)

  @Argument(help: "A file or folder.")
  var first: String

  @Argument(help: "Another one.")
  var second: String

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Add what the host's diffoscope says, if it is installed (at most five minutes).")
  var diffoscope = false

  mutating func run() throws {
    let comparison = try TreeComparison(first, second)
    let report = ComparisonReport(
      comparison, first: first, second: second,
      diffoscope: diffoscope && !comparison.isIdentical ? Self.diffoscope(first, second) : nil)
    if json {
      StandardStream.output.write(report.json.prettyBytes())
    } else {
      StandardStream.output.write(report.words)
    }
    if !comparison.isIdentical { throw Ending(.different) }
  }

  /// The text, or why there is none. Whatever it is, the verdict stands.
  private static func diffoscope(_ first: String, _ second: String) -> String {
    do {
      let output = try Command(
        ["diffoscope", "--text", "-", "--text-color", "never", "--", first, second], timeout: 300,
        outputLimit: 8 << 20
      ).run()
      // 1 is a difference, the rest a failure of its own.
      return output.status <= 1 ? output.text : "\(output.text)\(output.errorText)"
    } catch {
      return "\(error.chain)\n"
    }
  }
}
