import ArgumentParser
import Failing
import Linux
import Reading
import Signing

extension ReleaseCommand {
  /// `cupel release check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Check that a release's folder is what was signed, all of it and nothing else.",
      discussion: """
        Verifies the signatures of SHA256SUMS by keys that you name, then every file by its SHA-256.
        What the statements in it say is for `cupel verify`.

        Exit status: 0, 2 usage, 3 a file is missing, changed or not listed, or a signature is not good.

        Example:
          cupel release check release-v1.2.3 --key release.pub
        """)

    @Argument(help: "The folder of the release.")
    var folder: String

    @Option(help: "A public key's file. Repeatable.")
    var key: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
      if key.isEmpty { throw ValidationError("Name the key that you trust with --key.") }
    }

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let keys = try key.map { try VerificationKey.load($0) }
      let release = try ReleaseFolder(folder, keys: keys)
      if json {
        StandardStream.output.write(release.json.prettyBytes())
      } else {
        StandardStream.output.write(release.words)
      }
    }
  }
}

extension ReleaseFolder {
  fileprivate var words: String {
    var lines = ["every byte of \(checksums.entries.count) files is as it was signed"]
    lines += verified.map { "  \($0)" }
    lines += unverified.map { "  not verified: \($0)" }
    return lines.map { $0.printableLine + "\n" }.joined()
  }

  fileprivate var json: JSON {
    .object([
      ("schema", "cupel-release-check/1"),
      (
        "files",
        .array(
          checksums.entries.map {
            .object([("name", .string($0.name)), ("digest", .string("\($0.digest)"))])
          })
      ),
      ("verified", .array(verified.map { .string($0) })),
      ("unverified", .array(unverified.map { .string($0) })),
    ])
  }
}
