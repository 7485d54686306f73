import ArgumentParser
import Failing
import Linux

/// The root command. Prints errors, sets exit statuses; everything else is in the rooms.
struct Cupel: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "cupel",
    abstract: "Build a Rust project in a sandbox, twice, and compare every byte.",
    discussion: """
      Examples:
        cupel fetch                     get the default rootfs (once)
        cupel build                     build the project here, twice, and compare
        cupel build --vary none --once  build it once
        cupel run -- cargo --version    run a command in the same sandbox
        cupel doctor                    see what this host offers

      Exit status: 0 identical (or not compared), 1 different, 2 usage, 3 an input failed
      verification, 4 the build failed, 5 the host cannot provide the sandbox, 6 refused by
      policy, 7 limit reached, 130 interrupted.
      """,
    version: version,
    subcommands: [
      BuildCommand.self, ReplayCommand.self, CompareCommand.self, InspectCommand.self,
      SBOMCommand.self, PlanCommand.self, VerifySourcesCommand.self,
      VendorCommand.self, LockDiffCommand.self, RunCommand.self, ShellCommand.self,
      LockCommand.self, FetchCommand.self, RootfsCommand.self, ToolchainCommand.self,
      KitCommand.self, KeygenCommand.self, SignCommand.self, AttestCommand.self,
      ReleaseCommand.self, VerifyCommand.self, QuorumCommand.self, StoreCommand.self,
      ProfileCommand.self, Doctor.self,
    ])

  /// Parses the process's arguments, runs the command and ends the process.
  static func runAndExit() -> Never {
    Signal.ignoreBrokenPipes()
    Signal.keepEndedChildren()
    do {
      if let command = SandboxedCommand(quick: CommandLine.arguments.dropFirst()) {
        try command.run()
      } else {
        var command = try parseAsRoot()
        try command.run()
      }
      Machine.exit(ExitCode.identical.rawValue)
    } catch let end as Ending {
      Machine.exit(end.status)
    } catch let failure as any Failure {
      Talk.report(failure)
      Machine.exit(failure.exitCode.rawValue)
    } catch {
      let text = fullMessage(for: error)
      let isHelp = exitCode(for: error) == .success
      (isHelp ? StandardStream.output : .error).write(text + "\n")
      Machine.exit(isHelp ? 0 : ExitCode.usage.rawValue)
    }
  }
}

/// The end of the process with a status that is no failure of ours: a sandboxed program's own, or
/// a verdict.
struct Ending: Error {
  let status: Int32

  init(status: Int32) {
    self.status = status
  }

  init(_ code: Failing.ExitCode) {
    status = code.rawValue
  }
}
