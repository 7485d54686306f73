import ArgumentParser
import Reading

extension RunCommand {
  /// Reads the everyday form of the command line, `run [--rootfs R] [--env N=V] … -- COMMAND`,
  /// without ArgumentParser: the first parse of a process costs it about 1.5 ms, as much as making
  /// the namespaces does (docs/benchmarks.md). Nil for everything else, for ArgumentParser to judge.
  init?(quick arguments: ArraySlice<String>) {
    guard arguments.first == Self.configuration.commandName,
      let end = arguments.firstIndex(of: "--"), arguments.index(after: end) < arguments.endIndex
    else { return nil }
    var options = SandboxOptions.withDefaults
    var rest = arguments[arguments.index(after: arguments.startIndex)..<end]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
      switch name {
      case "--rootfs": options.rootfs = value
      case "--env": options.environment.append(value)
      case "--bind": options.bind.append(value)
      case "--bind-rw": options.bindRw.append(value)
      case "--chdir": options.chdir = value
      case "--hostname": options.hostname = value
      case "--deny-is-failure":
        guard let policy = DenialPolicy(argument: value) else { return nil }
        options.denyIsFailure = policy
      default: return nil
      }
    }
    self.init()
    self.options = options
    command = Array(arguments[arguments.index(after: end)...])
  }
}
