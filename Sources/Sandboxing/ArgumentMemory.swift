/// Where the kernel keeps this process's arguments: contiguous strings from `argv[0]` on
/// (proc_pid_cmdline(5)). The child overwrites its own copy.
@safe struct ArgumentMemory {
  let start: UnsafeMutablePointer<CChar>
  /// In bytes, the last zero included.
  let size: Int

  static var ofThisProcess: ArgumentMemory {
    let arguments = unsafe CommandLine.unsafeArgv
    guard let first = unsafe arguments[0] else { preconditionFailure("no argv[0]") }
    var end = unsafe first
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = unsafe arguments[index], unsafe argument == end else { break }
      var length = 0
      while unsafe argument[length] != 0 { length += 1 }
      unsafe end = argument + (length + 1)
    }
    return unsafe ArgumentMemory(start: first, size: end - first)
  }
}
