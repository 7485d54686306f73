private import CLinux
private import Glibc

/// Signals of this process taken as data (signalfd(2)); no handler ever runs.
public struct Signals: ~Copyable, Sendable {
  public let descriptor: Descriptor

  /// Blocks the signals in the calling thread, which must be the first and so far only one, and
  /// in all threads made later.
  public init(_ signals: [Signal]) throws(SystemError) {
    let raw = unsafe lx_signalfd(signals.map(\.rawValue), Int32(signals.count))
    guard raw >= 0 else { throw .current("making a signalfd") }
    descriptor = Descriptor(owning: raw)
  }

  /// The next pending signal, nil when none is pending.
  public borrowing func next() -> Signal? {
    var buffer = [UInt8](repeating: 0, count: 128)  // sizeof(struct signalfd_siginfo)
    guard let count = try? descriptor.read(into: &buffer), count == 128 else { return nil }
    return Signal(rawValue: Int32(buffer[0]))
  }
}

/// A signal number (signal(7)).
public struct Signal: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32

  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  public static let hangup = Signal(rawValue: SIGHUP)
  public static let interrupt = Signal(rawValue: SIGINT)
  public static let quit = Signal(rawValue: SIGQUIT)
  public static let terminate = Signal(rawValue: SIGTERM)
  public static let kill = Signal(rawValue: SIGKILL)
  public static let user1 = Signal(rawValue: SIGUSR1)
  public static let user2 = Signal(rawValue: SIGUSR2)
  public static let windowChange = Signal(rawValue: SIGWINCH)
  public static let `continue` = Signal(rawValue: SIGCONT)

  /// Ignores the signal in this process, for SIGPIPE and SIGTTOU.
  public static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Undoes an ignored SIGCHLD that a parent left behind, under which the kernel reaps children
  /// before anybody can ask how they ended (wait(2)).
  public static func keepEndedChildren() {
    signal(SIGCHLD, SIG_DFL)
  }

  /// `SIGINT` and so on; `signal 42` for one without a common name.
  public var name: String {
    let names: [Int32: String] = [
      SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGABRT: "SIGABRT",
      SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV",
      SIGPIPE: "SIGPIPE", SIGTERM: "SIGTERM", SIGSYS: "SIGSYS", SIGXCPU: "SIGXCPU",
      SIGXFSZ: "SIGXFSZ", SIGTRAP: "SIGTRAP", SIGUSR1: "SIGUSR1", SIGUSR2: "SIGUSR2",
    ]
    return names[rawValue] ?? "signal \(rawValue)"
  }
}
