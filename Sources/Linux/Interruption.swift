private import CLinux
private import Glibc
private import Synchronization

/// The number of the watched signalfd; -1 where nothing is watched.
private let watched = Atomic<Int32>(-1)

/// The wish of whoever started this process that it end: signals such as SIGINT, taken as data.
///
/// Once one has come, whatever this room does that may take long fails with `isInterruption`: host
/// programs are killed, copying stops between two pieces, no further file is opened beneath a folder.
/// So a command ends the way it does after any failure, and removes what it has half made. Removing
/// is never interrupted.
public enum Interruption {
  /// Watches the signals for the rest of the process's life. It must have one thread only so far.
  ///
  /// A process that is still there `grace` seconds after a signal hangs in a call that no signal
  /// reaches, a file system that does not answer for example. It is then ended with `status`, and
  /// what it leaves is for the next run to remove.
  ///
  /// - Returns: a descriptor that is readable once a signal has come, and stays so.
  @discardableResult
  public static func watch(
    _ signals: [Signal], grace: Double = 5, status: Int32 = 130
  ) throws(SystemError) -> Int32 {
    let raw = try Signals(signals).descriptor.duplicate().release()
    watched.store(raw, ordering: .releasing)
    Workers.detach {
      _ = try? Poll.waitReadable(raw, milliseconds: nil)
      usleep(UInt32(grace * 1e6))
      _exit(status)
    }
    return raw
  }

  /// The descriptor to wait for beside others; nil where nothing is watched.
  static var descriptor: Int32? {
    let raw = watched.load(ordering: .acquiring)
    return raw < 0 ? nil : raw
  }

  /// Fails once a signal has come.
  public static func check(_ operation: @autoclosure () -> String) throws(SystemError) {
    guard let descriptor else { return }
    if try Poll.waitReadable(descriptor, milliseconds: 0) {
      throw SystemError(operation(), code: EINTR)
    }
  }
}
