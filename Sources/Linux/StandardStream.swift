private import Glibc

/// The process's own standard streams. Data goes to `output`, talk to `error`.
public enum StandardStream: Int32, Sendable {
  case input = 0
  case output = 1
  case error = 2

  /// Writes all of it; a reader that went away is no error worth reporting.
  public func write(_ text: String) {
    write(Array(text.utf8))
  }

  public func write(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(rawValue, $0.baseAddress?.advanced(by: done), $0.count - done)
      }
      if count < 0 && errno != EINTR && errno != EAGAIN { return }
      done += max(count, 0)
    }
  }

  public var isTerminal: Bool { isatty(rawValue) == 1 }
}
