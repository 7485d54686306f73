import Failing
import Linux
import Reading
import Sandboxing

/// A command to run in the sandbox: what `cupel run` does.
struct SandboxedCommand {
  var request = SandboxRequest()
  var arguments: [String]

  /// Runs it, and ends this process as it ended: does not return.
  func run() throws {
    guard !arguments.isEmpty else {
      throw UsageError(
        "running nothing", hint: "give a command, as in `cupel run -- cargo --version`")
    }
    let first = try SandboxInit.start(.init(input: 0, output: 1, error: 2))
    let sandbox = try request.sandbox(command: arguments)
    // Only now: until here a signal ends this process at once, even if the store does not answer.
    let signals = try Signals([.interrupt, .terminate, .hangup, .quit, .user1, .user2])
    var running = try RunningSandbox.start(
      sandbox, in: first, stops: [signals.descriptor.raw])
    var insistence = Insistence()
    let outcome = try running.wait(signals: signals.descriptor.raw) { running in
      guard let signal = signals.next() else { return }
      running.send(insistence.grows(with: signal) ? .kill : signal)
    }
    try endProcess(after: running, outcome)
  }

  private func endProcess(after running: borrowing RunningSandbox, _ outcome: Outcome) throws {
    try RefusedAttempts.tell(of: running, request.denyIsFailure)
    running.endProcess(try Self.ending(outcome, request).status)
  }

  /// The status for an outcome; limits get a message and a status of our own.
  static func ending(_ outcome: Outcome, _ request: SandboxRequest) throws -> Ending {
    switch outcome.ending {
    case .exited, .signalled: return Ending(status: outcome.shellStatus)
    case .timedOut:
      throw LimitReached(
        message: "running the command: not finished within \(request.timeout?.description ?? "")",
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
