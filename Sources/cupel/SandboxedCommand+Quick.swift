import Reading

extension SandboxedCommand {
  /// Reads the everyday form of the command line, `run [--rootfs R] [--env N=V] … -- COMMAND`,
  /// without ArgumentParser: the first parse of a process costs it about 1.5 ms, as much as making
  /// the namespaces does (docs/benchmarks.md). Nil for everything else, for ArgumentParser to judge.
  init?(quick arguments: ArraySlice<String>) {
    guard arguments.first == "run",
      let end = arguments.firstIndex(of: "--"), arguments.index(after: end) < arguments.endIndex
    else { return nil }
    self.init(arguments: Array(arguments[arguments.index(after: end)...]))
    var rest = arguments[arguments.index(after: arguments.startIndex)..<end]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
      switch name {
      case "--rootfs": request.rootfs = value
      case "--env": request.environment.append(value)
      case "--bind": request.bind.append(value)
      case "--bind-rw": request.bindRw.append(value)
      case "--chdir": request.chdir = value
      case "--hostname": request.hostname = value
      case "--deny-is-failure":
        guard let policy = DenialPolicy(argument: value) else { return nil }
        request.denyIsFailure = policy
      default: return nil
      }
    }
  }
}
