import Failing
import Linux

/// This program once more, in a process of its own, which has sandboxes and no keys.
enum OwnProcess {
  /// Longer than any build that somebody waits for.
  private static let timeout: Double = 7 * 86_400
  /// Seconds to end its sandboxes and to remove what it has half made; less than `Interruption` gives
  /// this process.
  private static let grace = 4.0

  /// Runs `cupel ARGUMENTS` to its end. When this returns, or fails, the process is gone.
  ///
  /// - Parameters:
  ///   - arguments: without the program.
  ///   - variables: those of the environment that hold keys and passphrases, which it does not get.
  ///   - isHeard: whether it talks on standard error; the result has that otherwise.
  /// - Returns: its output and its exit status, whatever that is.
  /// - Throws: `KilledProcess` where a signal ended it.
  static func run(
    _ arguments: [String], withholding variables: [String], isHeard: Bool
  ) throws -> Command.Output {
    var command = Command([try Machine.executablePath()] + arguments, timeout: timeout)
    command.sharesStandardError = isHeard
    command.withheldVariables = variables
    command.grace = grace
    let output = try command.run()
    if let signal = output.signal {
      throw KilledProcess(command: arguments[0], signal: signal)
    }
    return output
  }
}

/// A process of our own that somebody killed.
struct KilledProcess: Failure {
  /// What it was to do.
  let command: String
  let signal: Signal

  var message: String {
    "running `cupel \(command)` in a process of its own: \(signal.name) ended it from outside"
  }
  var hint: String? {
    signal == .kill
      ? "the kernel kills so where memory runs out: free some (`dmesg` tells), or use fewer --jobs"
      : "run it again; if it ends like that once more, it is an error of cupel's"
  }
  var exitCode: Failing.ExitCode { .buildFailed }
}
