import ArgumentParser
import Failing
import Linux
import Reading
import Sandboxing

/// `cupel run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a command in the sandbox that builds run in.",
    discussion: """
      No network, an empty environment, the rootfs read-only; /build and /tmp are writable and
      forgotten afterwards. The exit status is the command's own, 128 plus the number of a signal
      that ended it.

      Examples:
        cupel run -- cargo --version
        cupel run --rootfs host -- /bin/true
        cupel run --bind ~/src:/build/src --chdir /build/src -- make
      """)

  @OptionGroup var options: SandboxOptions

  @Argument(parsing: .postTerminator, help: "The command and its arguments.")
  var command: [String] = []

  mutating func run() throws {
    guard !command.isEmpty else {
      throw UsageError(
        "running nothing", hint: "give a command, as in `cupel run -- cargo --version`")
    }
    let sandbox = try options.sandbox(
      command: command, profileName: EmbeddedData.defaultProfileName)
    let signals = try Signals([.interrupt, .terminate, .hangup, .quit, .user1, .user2])
    var running = try RunningSandbox.start(
      sandbox, streams: .init(input: 0, output: 1, error: 2))
    let outcome = try running.wait(signals: signals.descriptor.raw) { running in
      if let signal = signals.next() { running.send(signal) }
    }
    try RefusedAttempts.tell(of: running, options.denyIsFailure)
    throw try Self.ending(outcome, options)
  }

  /// The status for an outcome; limits get a message and a status of our own.
  static func ending(_ outcome: Outcome, _ options: SandboxOptions) throws -> Ending {
    switch outcome.ending {
    case .exited, .signalled: return Ending(status: outcome.shellStatus)
    case .timedOut:
      throw LimitReached(
        message: "running the command: not finished within \(options.timeout?.description ?? "")",
        hint: "give more time with --timeout")
    case .outOfMemory:
      throw LimitReached(
        message: "running the command: the memory limit was reached",
        hint: "give more with --memory")
    case .interrupted: return Ending(.interrupted)
    case .killed:
      throw LimitReached(
        message: "running the command: the sandbox was killed from outside", hint: nil)
    }
  }
}

/// A limit of a sandbox ended the command.
struct LimitReached: Failure {
  let message: String
  let hint: String?
  var exitCode: Failing.ExitCode { .limitReached }
}
