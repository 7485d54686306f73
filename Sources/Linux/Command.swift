private import CLinux
public import Failing
private import Glibc

/// A host program (apt-get, dpkg-deb, git, …) to be run to its end.
public struct Command: Sendable {
  /// The program, found through PATH when it holds no slash, and its arguments.
  public var arguments: [String]
  /// The whole environment; nil keeps this process's own.
  public var environment: [(name: String, value: String)]?
  public var directory: String?
  /// Sent to its standard input; nil is /dev/null.
  public var input: [UInt8]?
  /// Seconds until it is killed with its whole process group.
  public var timeout: Double
  /// Most bytes kept of each output stream.
  public var outputLimit: Int
  /// Whether it talks on this process's own standard error; the result has nothing of that then.
  public var sharesStandardError = false
  /// Variables of this process's own environment that it does not get.
  public var withheldVariables: [String] = []
  /// Seconds that it has to end by itself, after SIGTERM, where nobody waits for it any longer; nil
  /// ends it at once, with the group that it leads. One that has time stays in this process's own
  /// group: a terminal stops other groups when they write to it (SIGTTOU), and its ^C reaches both.
  public var grace: Double?

  public init(
    _ arguments: [String], environment: [(name: String, value: String)]? = nil,
    directory: String? = nil, input: [UInt8]? = nil, timeout: Double = 600,
    outputLimit: Int = 256 << 20
  ) {
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.input = input
    self.timeout = timeout
    self.outputLimit = outputLimit
  }

  public struct Output: Sendable {
    /// The exit status, or 128 plus the number of the signal that ended it.
    public let status: Int32
    /// The signal that ended it.
    public let signal: Signal?
    public let standardOutput: [UInt8]
    public let standardError: [UInt8]

    public var text: String { String(decoding: standardOutput, as: UTF8.self) }
    public var errorText: String { String(decoding: standardError, as: UTF8.self) }
  }

  /// Runs it and returns what it printed, whatever its status.
  public func run() throws(CommandError) -> Output {
    var kept: [UInt8] = []
    let output = try run { chunk in
      if kept.count < outputLimit { kept.append(contentsOf: chunk) }
      return true
    }
    return Output(
      status: output.status, signal: output.signal, standardOutput: kept,
      standardError: output.standardError)
  }

  /// Runs it and hands over what it prints as it comes; the result holds no standard output. As soon
  /// as `output` answers false the program is killed.
  public func run(
    receiving output: (ArraySlice<UInt8>) -> Bool
  ) throws(CommandError) -> Output {
    let receive = output
    let program = arguments[0]
    do {
      var input = try DescriptorPair.pipe()
      var output = try DescriptorPair.pipe()
      var error = try DescriptorPair.pipe()
      let childInput = input.takeFirst()
      let childOutput = output.takeSecond()
      let childError = error.takeSecond()
      let pid = try spawn(
        input: self.input == nil ? -1 : childInput.raw, output: childOutput.raw,
        error: sharesStandardError ? StandardStream.error.rawValue : childError.raw)
      _ = consume childInput
      _ = consume childOutput
      _ = consume childError
      var process = Child(pid: pid, grace: grace)
      return try process.communicate(
        self, input: input.takeSecond(), output: output.takeFirst(), error: error.takeFirst(),
        receive: receive)
    } catch let failure as SystemError {
      if failure.code == ENOENT { throw .notFound(program) }
      throw .system(program, failure)
    } catch let failure as CommandError {
      throw failure
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
  }

  /// Runs it and fails unless it exits with 0.
  @discardableResult
  public func runChecked() throws(CommandError) -> Output {
    let output = try run()
    guard output.status == 0 else {
      throw .failed(arguments, status: output.status, words: Self.lastLines(output.errorText))
    }
    return output
  }

  private static func lastLines(_ text: String) -> String {
    text.split(separator: "\n").suffix(6).joined(separator: "\n")
  }

  private func spawn(input: Int32, output: Int32, error: Int32) throws(SystemError) -> pid_t {
    let argv = CStrings(arguments)
    let envp = CStrings(environment?.map { "\($0.name)=\($0.value)" } ?? ownEnvironment())
    var pid: pid_t = 0
    let code = unsafe argv.withPointers { argv in
      unsafe envp.withPointers { envp in
        unsafe lx_spawn(
          &pid, arguments[0], argv, envp, directory, input, output, error,
          grace == nil ? 1 : 0)
      }
    }
    guard code == 0 else { throw SystemError("starting \(arguments[0])", code: code) }
    return pid
  }

  private func ownEnvironment() -> [String] {
    var entries: [String] = []
    var pointer = unsafe environ
    while let entry = unsafe pointer.pointee {
      let text = unsafe String(cString: entry)
      if !withheldVariables.contains(where: { text.utf8.starts(with: "\($0)=".utf8) }) {
        entries.append(text)
      }
      unsafe pointer += 1
    }
    return entries
  }
}

/// Why a host program gave no result.
public enum CommandError: Failure {
  case notFound(String)
  case system(String, SystemError)
  case timedOut([String], seconds: Double)
  case failed([String], status: Int32, words: String)

  public var message: String {
    switch self {
    case .notFound(let program): "running \(program): no such program"
    case .system(let program, _): "running \(program)"
    case .timedOut(let arguments, let seconds):
      "running `\(arguments.joined(separator: " "))`: no end within \(Int(seconds)) seconds"
    case .failed(let arguments, let status, let words):
      "running `\(arguments.joined(separator: " "))`: exit status \(status)"
        + (words.isEmpty ? "" : ": \(words)")
    }
  }

  public var cause: (any Failure)? {
    if case .system(_, let error) = self { error } else { nil }
  }

  public var hint: String? {
    if case .notFound(let program) = self { "install \(program) and try again" } else { nil }
  }

  public var exitCode: ExitCode {
    switch self {
    case .timedOut: .limitReached
    case .system(_, let error) where error.isInterruption: .interrupted
    case .notFound, .system, .failed: .hostUnsuitable
    }
  }
}

/// A spawned process; ended, with the group that it may lead, and reaped when its owner goes away.
private struct Child: ~Copyable {
  let pid: pid_t
  /// `Command.grace`.
  private let grace: Double?
  private var isReaped = false

  init(pid: pid_t, grace: Double?) {
    self.pid = pid
    self.grace = grace
  }

  deinit {
    if isReaped { return }
    if let grace {
      kill(pid, SIGTERM)
      let raw = lx_pidfd_open(pid)
      if raw >= 0 {
        let pidfd = Descriptor(owning: raw)
        _ = try? Poll.waitReadable(pidfd.raw, milliseconds: Int32(grace * 1000))
      }
    }
    endAtOnce()
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
  }

  /// It has not been reaped, so the number is still its own.
  private func endAtOnce() { kill(grace == nil ? -pid : pid, SIGKILL) }

  mutating func communicate(
    _ command: Command, input: consuming Descriptor, output: consuming Descriptor,
    error: consuming Descriptor, receive: (ArraySlice<UInt8>) -> Bool
  ) throws -> Command.Output {
    let deadline = Machine.monotonicSeconds + command.timeout
    var pending = command.input.map { ArraySlice($0) } ?? []
    var inputOpen: Descriptor? = consume input
    if pending.isEmpty { inputOpen = nil }
    var errorText: [UInt8] = []
    var open = [true, true]
    var buffer = [UInt8](repeating: 0, count: 65536)
    while open.contains(true) {
      var waits: [(raw: Int32, interest: Poll.Interest)] = []
      var roles: [Int] = []
      for (index, raw) in [output.raw, error.raw].enumerated() where open[index] {
        waits.append((raw, .readable))
        roles.append(index)
      }
      if let raw = inputOpen?.raw {
        waits.append((raw, .writable))
        roles.append(2)
      }
      if let raw = Interruption.descriptor {
        waits.append((raw, .readable))
        roles.append(3)
      }
      let left = deadline - Machine.monotonicSeconds
      guard left > 0 else {
        throw CommandError.timedOut(command.arguments, seconds: command.timeout)
      }
      for ready in try Poll.wait(waits, milliseconds: Int32(min(left * 1000 + 1, 1e9))) {
        switch roles[ready] {
        case 3: try Interruption.check("running \(command.arguments[0])")
        case 2:
          let chunk = Array(pending.prefix(4096))
          do {
            if let end = inputOpen.take() {
              try end.write(chunk)
              pending = pending.dropFirst(chunk.count)
              if !pending.isEmpty { inputOpen = consume end }
            }
          } catch {
            inputOpen = nil
          }
        case let stream:
          let count =
            stream == 0 ? try output.read(into: &buffer) : try error.read(into: &buffer)
          if count == 0 {
            open[stream] = false
          } else if stream == 0 {
            if !receive(buffer[..<count]) {
              endAtOnce()
              open = [false, false]
            }
          } else if errorText.count < command.outputLimit {
            errorText.append(contentsOf: buffer[..<count])
          }
        }
      }
    }
    let end = try wait(until: deadline, command)
    let (status, signal): (Int32, Signal?) =
      switch end {
      case .exited(let status): (status, nil)
      case .signalled(let signal): (128 + signal.rawValue, signal)
      }
    return Command.Output(
      status: status, signal: signal, standardOutput: [], standardError: errorText)
  }

  private mutating func wait(until deadline: Double, _ command: Command) throws -> WaitStatus {
    let raw = lx_pidfd_open(pid)
    guard raw >= 0 else { throw SystemError.current("watching a process") }
    let pidfd = Descriptor(owning: raw)
    let left = max(deadline - Machine.monotonicSeconds, 0.001)
    var waits: [(raw: Int32, interest: Poll.Interest)] = [(pidfd.raw, .readable)]
    if let raw = Interruption.descriptor { waits.append((raw, .readable)) }
    let ready = try Poll.wait(waits, milliseconds: Int32(min(left * 1000 + 1, 1e9)))
    if !ready.contains(0) {
      try Interruption.check("running \(command.arguments[0])")
      throw CommandError.timedOut(command.arguments, seconds: command.timeout)
    }
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0 {
      if errno != EINTR { throw SystemError.current("waiting for a process") }
    }
    isReaped = true
    return WaitStatus(raw: status)
  }
}
