internal import Linux

/// The first process of a sandbox, without anything in it yet. It makes namespaces while the runner
/// decides what the sandbox is to be, which costs each about as much. When this value goes away, so
/// does the process, and with it everything that was started inside.
public struct SandboxInit: ~Copyable {
  var description: ChildDescription
  let process: ProcessHandle
  let control: MessageSocket
  let isTerminal: Bool
  private var isReaped = false

  private init(
    description: consuming ChildDescription, process: consuming ProcessHandle,
    control: consuming MessageSocket, isTerminal: Bool
  ) {
    self.description = description
    self.process = process
    self.control = control
    self.isTerminal = isTerminal
  }

  /// Clones the process. It keeps copies of the streams, so that the caller may close its own.
  public static func start(
    _ streams: RunningSandbox.Streams
  ) throws(SandboxError) -> SandboxInit {
    try start(streams, layers: .all)
  }

  static func start(
    _ streams: RunningSandbox.Streams, layers: Layers
  ) throws(SandboxError) -> SandboxInit {
    do {
      var pair = try DescriptorPair.socket()
      let childEnd = pair.takeSecond()
      let description = try ChildDescription()
      let process = try description.start(streams, layers: layers, control: childEnd.raw)
      return SandboxInit(
        description: description, process: process, control: MessageSocket(pair.takeFirst()),
        isTerminal: streams.isTerminal)
    } catch {
      throw .host("starting a sandbox", error, hint: "run `cupel doctor`")
    }
  }

  /// Its process number on the host, for messages and tests.
  public var pid: Int32 { process.pid }

  deinit {
    end()
  }

  /// Waits for its end, and with it for that of everything inside, and reaps it.
  mutating func reap() throws(SystemError) {
    try process.reap()
    isReaped = true
  }

  /// Kills the process, whereupon the kernel kills all others inside, and reaps it, unless it hangs in
  /// a call that never returns, or has been reaped.
  func end() {
    guard !isReaped else { return }
    process.send(.kill)
    _ = try? process.reap(within: Self.killTimeout)
  }

  /// Seconds to wait for a process that does not die, as where a file system does not answer.
  private static let killTimeout = 5.0
}
