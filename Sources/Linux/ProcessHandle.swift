private import CLinux
private import Glibc

/// A child process by its pidfd (pidfd_open(2)): no confusion with a reused number.
public struct ProcessHandle: ~Copyable, Sendable {
  public let pid: Int32
  public let pidfd: Descriptor

  public init(pid: Int32, pidfd: consuming Descriptor) {
    self.pid = pid
    self.pidfd = pidfd
  }

  /// Sends a signal; one that has ended already is no error.
  public borrowing func send(_ signal: Signal) {
    _ = lx_pidfd_send_signal(pidfd.raw, signal.rawValue)
  }

  /// Waits for its end and reaps it.
  public borrowing func reap() throws(SystemError) {
    var code: Int32 = 0
    var status: Int32 = 0
    var pid: pid_t = 0
    guard unsafe lx_wait_pidfd(pidfd.raw, 0, &code, &status, &pid) == 0 else {
      throw .current("waiting for a process")
    }
  }

  /// Reaps it once it has ended, within `seconds`; false where it has not: a process that hangs in
  /// a call to a file system that does not answer survives even SIGKILL.
  public borrowing func reap(within seconds: Double) throws(SystemError) -> Bool {
    guard try Poll.waitReadable(pidfd.raw, milliseconds: Int32(seconds * 1000)) else {
      return false
    }
    try reap()
    return true
  }

  /// Whether a process of this number exists (kill(2) with signal 0).
  public static func exists(_ pid: Int32) -> Bool {
    kill(pid, 0) == 0 || errno == EPERM
  }
}

/// The status word of wait(2), taken apart.
public enum WaitStatus: Equatable, Sendable {
  case exited(Int32)
  case signalled(Signal)

  public init(raw: Int32) {
    self =
      raw & 0x7f == 0 ? .exited((raw >> 8) & 0xff) : .signalled(Signal(rawValue: raw & 0x7f))
  }
}
