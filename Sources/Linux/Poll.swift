private import Glibc

/// Waits for several descriptors at once (poll(2)).
public enum Poll {
  public enum Interest: Sendable {
    case readable, writable
  }

  /// Indices into `descriptors` of those that are ready, hung up or failed; empty after
  /// `milliseconds` (nil: for ever) without any.
  public static func wait(
    _ descriptors: [(raw: Int32, interest: Interest)], milliseconds: Int32?
  ) throws(SystemError) -> [Int] {
    var requests = descriptors.map {
      pollfd(fd: $0.raw, events: Int16($0.interest == .readable ? POLLIN : POLLOUT), revents: 0)
    }
    while true {
      let count = unsafe poll(&requests, nfds_t(requests.count), milliseconds ?? -1)
      if count >= 0 { break }
      if errno == EINTR { continue }
      throw .current("waiting for descriptors")
    }
    return requests.indices.filter { requests[$0].revents != 0 }
  }

  /// Waits until `raw` is readable or hung up; false after `milliseconds`.
  public static func waitReadable(
    _ raw: Int32, milliseconds: Int32?
  ) throws(SystemError) -> Bool {
    try !wait([(raw, .readable)], milliseconds: milliseconds).isEmpty
  }
}
