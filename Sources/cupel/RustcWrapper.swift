import Linux
import Planning

/// What cargo runs in place of rustc inside the sandbox (`RUSTC_WRAPPER`): rustc itself with the
/// plan's path remapping behind cargo's own arguments, on all CPUs (`Conditions.cpuCount`). It
/// announces itself first, so that the runner knows each compilation from the kernel
/// (`Announcement`).
enum RustcWrapper {
  static var isAskedFor: Bool {
    FileSystem.split(CommandLine.arguments[0]).name == FileSystem.split(SandboxPaths.wrapper).name
  }

  static func becomeRustc() -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard !arguments.isEmpty else {
      StandardStream.error.write("error: running the rustc wrapper without a rustc\n")
      Machine.exit(2)
    }
    // Each leg has the wrapper below its own root.
    let relocation =
      Relocation(wrapper: CommandLine.arguments[0]) ?? .none
    Machine.announce()
    Machine.useAllCPUs()
    let error = Machine.become(
      arguments + PathRemapping.rustcArguments(relocation) + LinkerNotes.arguments(for: arguments))
    StandardStream.error.write("error: \(error.message)\n")
    Machine.exit(126)
  }
}
