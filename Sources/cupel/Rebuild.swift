import Attesting
import Failing
import Linux

/// Builds what a kit carries, in a process of its own: the same program and command as by hand.
enum Rebuild {
  /// What it made, read back and hashed. The folder is gone afterwards. `variables` hold keys and
  /// passphrases.
  static func run(kit: String, withholding variables: [String]) throws -> CheckedOutput {
    let folder = try ScratchFolder.make(
      in: Machine.environment("TMPDIR") ?? "/tmp", prefix: "cupel-rebuild")
    let output = "\(folder.path)/out"
    Talk.notice("building \(kit.printable) again")
    let result = try OwnProcess.run(
      ["build", "--kit", kit, "--out", output], withholding: variables, isHeard: false)
    // With 1 the legs differ, or the artifact is not the kit's; with 6 the build tried what it must
    // not. In both cases there is an output, and whose it is will be seen.
    guard FileSystem.exists("\(output)/record.json") else {
      throw FailedRebuild(kit: kit, status: result.status, words: result.errorText)
    }
    let made = try CheckedOutput(reading: output)
    _ = consume folder
    return made
  }
}

/// A rebuild that came to no end.
struct FailedRebuild: Failure {
  let kit: String
  let status: Int32
  let words: String

  var message: String {
    "building \(kit.printable) again: `cupel build` ended with status \(status)\n"
      + words.split(separator: "\n").suffix(20).map(\.printableLine).joined(separator: "\n")
  }
  var hint: String? { "run `cupel build --kit \(kit.printable)` to see all of it" }
  var exitCode: Failing.ExitCode { Failing.ExitCode(rawValue: status) ?? .buildFailed }
}
