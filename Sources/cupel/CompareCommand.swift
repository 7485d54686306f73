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
    abstract: "Say why two artifacts, two folders of them, or two builds differ.",
    discussion: """
      Compares every byte and groups what differs by its cause: source paths, times, order, hashes
      of crates, archive members' headers; then what follows from those, such as addresses and the
      build-id; then what is only located. Knows ELF files, ar archives (static libraries, rlibs)
      and WebAssembly modules. What only looks like a cause is said to (docs/explaining.md).

      Of two output folders, or two record.json, it also says which unit of the builds is the first
      that differs: both have the digests of what every unit made.

      Exit status: 0 identical, 1 different, 2 usage, 3 a file cannot be read.

      Examples:
        cupel compare cupel-out/artifacts cupel-out/artifacts-B
        cupel compare --json old/rg new/rg
        cupel compare cupel-out published/record.json
      """)

  @Argument(help: "A file or folder, an output folder, or a record.json.")
  var first: String

  @Argument(help: "Another one.")
  var second: String

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Add what the host's diffoscope says, if it is installed (at most five minutes).")
  var diffoscope = false

  mutating func run() throws {
    if let records = try RecordComparison(first, second) { return try show(records) }
    let (comparison, report) = try compared(first, second)
    try show(report.words, report.json, comparison.isIdentical)
  }

  /// Two output folders, or two records.
  private func show(_ records: RecordComparison) throws {
    let files = try records.folders.map { try compared($0.first, $0.second) }
    let report = RecordComparisonReport(records, first: first, second: second, files: files)
    try show(report.words, report.json, report.isIdentical)
  }

  private func compared(
    _ first: String, _ second: String
  ) throws -> (comparison: TreeComparison, report: ComparisonReport) {
    let comparison = try TreeComparison(first, second)
    let text = diffoscope && !comparison.isIdentical ? Self.diffoscope(first, second) : nil
    return (
      comparison, ComparisonReport(comparison, first: first, second: second, diffoscope: text)
    )
  }

  private func show(_ words: String, _ json: JSON, _ isIdentical: Bool) throws {
    if self.json {
      StandardStream.output.write(json.prettyBytes())
    } else {
      StandardStream.output.write(words)
    }
    if !isIdentical { throw Ending(.different) }
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
