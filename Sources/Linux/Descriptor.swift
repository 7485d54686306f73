private import CLinux
private import Glibc

/// An owned file descriptor, closed when its owner goes away. Always close-on-exec.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, valid as long as this value lives.
  public let raw: Int32

  /// Takes ownership of `raw`, which must be open.
  public init(owning raw: Int32) {
    self.raw = raw
  }

  deinit {
    close(raw)
  }

  /// Gives the number away; the receiver closes it.
  public consuming func release() -> Int32 {
    let raw = self.raw
    discard self
    return raw
  }

  /// A second descriptor for the same open file (F_DUPFD_CLOEXEC).
  public borrowing func duplicate() throws(SystemError) -> Descriptor {
    try Self.duplicating(raw)
  }

  /// A descriptor of our own for a number that somebody else owns.
  public static func duplicating(_ raw: Int32) throws(SystemError) -> Descriptor {
    let copy = lx_fcntl_int(raw, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .current("duplicating a descriptor") }
    return Descriptor(owning: copy)
  }

  /// Reads up to `buffer.count` bytes; 0 at the end of the file.
  public borrowing func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
    try Self.read(raw, into: &buffer)
  }

  /// The same for a number that somebody else owns.
  public static func read(_ raw: Int32, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe Glibc.read(raw, $0.baseAddress, $0.count)
      }
      if count >= 0 { return count }
      if errno != EINTR { throw .current("reading") }
    }
  }

  /// Reads the `count` bytes at `offset` into the start of `buffer` and leaves the file's own
  /// position alone (pread(2)).
  ///
  /// - Returns: how many there were; fewer than `count` only at the end of the file.
  public borrowing func read(
    at offset: Int64, into buffer: inout [UInt8], count: Int
  ) throws(SystemError) -> Int {
    precondition(count <= buffer.count)
    let raw = self.raw
    var done = 0
    while done < count {
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe pread(raw, $0.baseAddress?.advanced(by: done), count - done, Int(offset) + done)
      }
      if got == 0 { break }
      if got > 0 {
        done += got
      } else if errno != EINTR {
        throw .current("reading")
      }
    }
    return done
  }

  /// Everything up to the end of the file; fails with EFBIG beyond `limit` bytes.
  public borrowing func readToEnd(limit: Int = 1 << 30) throws(SystemError) -> [UInt8] {
    var contents: [UInt8] = []
    // Most of what is read whole is small, and memory that is not touched costs nothing.
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try read(into: &buffer)
      if count == 0 { return contents }
      contents.append(contentsOf: buffer[..<count])
      if contents.count > limit { throw SystemError("reading", code: EFBIG) }
      if count == buffer.count, count < 65536 { buffer = [UInt8](repeating: 0, count: 65536) }
    }
  }

  /// Writes all of `bytes`.
  public borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let raw = self.raw
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(raw, $0.baseAddress?.advanced(by: done), $0.count - done)
      }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw .current("writing")
      }
    }
  }

  public borrowing func write(_ text: String) throws(SystemError) {
    try write(Array(text.utf8))
  }

  /// lseek(2) to the first byte.
  public borrowing func rewind() throws(SystemError) {
    guard lseek(raw, 0, SEEK_SET) == 0 else { throw .current("rewinding") }
  }

  /// Whether this is a terminal (isatty(3)).
  public borrowing func isTerminal() -> Bool { isatty(raw) == 1 }
}

/// The two ends of a pipe(2), or of a socket pair.
public struct DescriptorPair: ~Copyable, Sendable {
  public var first: Descriptor?
  public var second: Descriptor?

  /// A pipe: `first` is the read end, `second` the write end.
  public static func pipe() throws(SystemError) -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    guard unsafe lx_pipe2(&ends, O_CLOEXEC) == 0 else { throw .current("making a pipe") }
    return DescriptorPair(ends)
  }

  /// A connected pair of AF_UNIX SOCK_SEQPACKET sockets.
  public static func socket() throws(SystemError) -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    guard unsafe lx_socketpair(&ends) == 0 else { throw .current("making a socket pair") }
    return DescriptorPair(ends)
  }

  private init(_ ends: [Int32]) {
    first = Descriptor(owning: ends[0])
    second = Descriptor(owning: ends[1])
  }

  /// Hands the first end over; the pair no longer owns it.
  public mutating func takeFirst() -> Descriptor {
    guard let end = first.take() else { preconditionFailure("the first end was taken before") }
    return end
  }

  /// Hands the second end over; the pair no longer owns it.
  public mutating func takeSecond() -> Descriptor {
    guard let end = second.take() else { preconditionFailure("the second end was taken before") }
    return end
  }
}
