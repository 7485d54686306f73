import ArgumentParser
import Linux
import Reading
import Sandboxing

/// `cupel shell`.
struct ShellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shell",
    abstract: "Open a shell in the sandbox that builds run in.",
    discussion: """
      The shell gets a terminal of its own, which is not the one that cupel was started from.

      Examples:
        cupel shell
        cupel shell --rootfs debian-bookworm-rust-sys --bind .:/build/src
      """)

  @OptionGroup var options: SandboxOptions

  func run() throws {
    guard StandardStream.input.isTerminal else {
      throw UsageError(
        "opening a shell: standard input is no terminal", hint: "use `cupel run -- COMMAND`")
    }
    var request = options.request
    request.environment.append("TERM=\(Machine.environment("TERM") ?? "dumb")")
    request.profile = options.sandboxProfile ?? EmbeddedData.shellProfileName
    let sandbox = try request.sandbox(command: ["/bin/sh", "-c", "exec bash || exec sh"])
    let signals = try Signals([.windowChange, .terminate, .hangup])
    let terminal = try Terminal()
    terminal.copySize(from: .input)
    let raw = try RawMode(.input)
    defer { raw.restore() }
    let master = terminal.master.raw
    var running = try RunningSandbox.start(
      sandbox,
      streams: .init(
        input: terminal.slave, output: terminal.slave, error: terminal.slave,
        isTerminal: true))
    terminal.closeSlave()
    let outcome = try running.wait(
      reading: [
        .output(master) { StandardStream.output.write(Array($0)) },
        .input(StandardStream.input.rawValue) { bytes in
          try? terminal.master.write(Array(bytes))
        },
      ], signals: signals.descriptor.raw
    ) { running in
      switch signals.next() {
      case .windowChange: terminal.copySize(from: .input)
      // The terminal is gone, or whoever asks has no other way: nobody could end the shell later.
      case _?: running.send(.kill)
      case nil: break
      }
    }
    raw.restore()
    try RefusedAttempts.tell(of: running, request.denyIsFailure)
    throw try SandboxedCommand.ending(outcome, request)
  }
}
