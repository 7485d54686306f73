import ArgumentParser

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

  func run() throws {
    try SandboxedCommand(request: options.request, arguments: command).run()
  }
}
