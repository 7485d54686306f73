private import CLinux
private import Glibc

/// Answers system calls of other processes that their filter left to us (seccomp_unotify(2)).
public struct SyscallListener: ~Copyable, Sendable {
  public let descriptor: Descriptor

  /// Takes the descriptor that seccomp(2) SECCOMP_FILTER_FLAG_NEW_LISTENER gave.
  public init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
    lx_notification_wake_here(self.descriptor.raw)
  }

  /// A call that waits for its answer.
  public struct Notification: Sendable {
    /// Names the call as long as it waits; never used again.
    public let id: UInt64
    /// The calling thread, as this process's own namespace numbers it.
    public let thread: Int32
    public let number: Int32
    /// Six registers, whatever the call takes of them.
    public let arguments: [UInt64]
  }

  public enum Next: Sendable {
    case call(Notification)
    /// The caller went away before its call could be received.
    case vanished
    /// No call waits.
    case none
    /// No process is left that could make one.
    case hungUp
  }

  /// The next call, without waiting for one.
  public borrowing func next() throws(SystemError) -> Next {
    switch lx_notification_poll(descriptor.raw) {
    case 0: return .none
    case 1: break
    default: return .hungUp
    }
    var raw = lx_notification()
    guard unsafe lx_notification_receive(descriptor.raw, &raw) == 0 else {
      let error = SystemError.current("receiving a system call")
      if error.code == ENOENT || error.code == EINTR { return .vanished }
      throw error
    }
    let (a, b, c, d, e, f) = raw.arguments
    return .call(
      Notification(
        id: raw.id, thread: raw.thread, number: raw.number, arguments: [a, b, c, d, e, f]))
  }

  /// Whether the caller still waits, so that what was read by its number was its own.
  public borrowing func isWaiting(_ notification: Notification) -> Bool {
    lx_notification_is_waiting(descriptor.raw, notification.id) != 0
  }

  /// Lets the kernel go on with the call. A caller that is gone is no error, here and below.
  public borrowing func proceed(_ notification: Notification) {
    _ = lx_notification_answer(descriptor.raw, notification.id, 0)
  }

  /// Makes the call fail with the errno `error`.
  public borrowing func refuse(_ notification: Notification, error: Int32) {
    precondition(error > 0)
    _ = lx_notification_answer(descriptor.raw, notification.id, error)
  }

  /// Lets the call seem to succeed, without making it: it returns `value`.
  public borrowing func pretend(_ notification: Notification, returning value: Int64 = 0) {
    _ = lx_notification_pretend(descriptor.raw, notification.id, value)
  }

  /// Writes into the memory of a caller that still waits, and of no process that may have taken its
  /// number: what is open is checked to be the caller's before it is written to (seccomp_unotify(2)).
  ///
  /// - Returns: whether all of it could be written.
  public borrowing func write(
    _ bytes: [UInt8], at address: UInt64, for notification: Notification
  ) -> Bool {
    let raw = unsafe lx_open("/proc/\(notification.thread)/mem", O_WRONLY | O_CLOEXEC, 0)
    guard raw >= 0 else { return false }
    let memory = Descriptor(owning: raw)
    guard let offset = off_t(exactly: address), isWaiting(notification) else { return false }
    return unsafe pwrite(memory.raw, bytes, bytes.count, offset) == bytes.count
  }

  /// Makes the call return a new descriptor of the caller's for the same open file as `raw`.
  ///
  /// - Returns: false where the caller cannot have one more.
  public borrowing func give(
    _ raw: Int32, to notification: Notification, closeOnExec: Bool
  ) -> Bool {
    lx_notification_give(descriptor.raw, notification.id, raw, closeOnExec ? 1 : 0) == 0
  }
}
