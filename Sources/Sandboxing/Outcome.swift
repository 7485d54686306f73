public import Linux

/// How a sandboxed program ended, once every process of its sandbox is dead.
public struct Outcome: Sendable, Equatable {
  public enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Signal)
    /// The wall-clock limit was reached and everything was killed.
    case timedOut
    /// The memory limit was reached and the kernel killed something.
    case outOfMemory
    /// The runner was told to stop.
    case interrupted(Signal)
    /// Init was killed from outside.
    case killed
  }

  public let ending: Ending
  /// CPU time of all processes that init saw end, in seconds.
  public let userSeconds: Double
  public let systemSeconds: Double
  /// Wall-clock seconds from start to end.
  public let elapsed: Double
  /// The largest resident set of a single process, in bytes.
  public let peakProcessMemory: Int64

  /// The status a shell would show: the exit status, or 128 plus a signal's number.
  public var shellStatus: Int32 {
    switch ending {
    case .exited(let status): status
    case .signalled(let signal), .interrupted(let signal): 128 + signal.rawValue
    case .timedOut, .outOfMemory, .killed: 137
    }
  }
}
