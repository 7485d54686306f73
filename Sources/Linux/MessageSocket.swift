private import CLinux

/// One end of a pair of AF_UNIX SOCK_SEQPACKET sockets: whole messages, with descriptors.
public struct MessageSocket: ~Copyable, Sendable {
  public let descriptor: Descriptor

  public init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Most descriptors that one message can carry here.
  public static let mostDescriptors = 32

  public struct Message: Sendable {
    public let bytes: [UInt8]
    /// Numbers of received descriptors, close-on-exec, now the receiver's to close.
    public let descriptors: [Int32]
  }

  /// The next message of up to 64 bytes; nil at the end of the connection, or when none is there and
  /// `wait` is false.
  public borrowing func receive(wait: Bool = true) throws(SystemError) -> Message? {
    var bytes = [UInt8](repeating: 0, count: 64)
    var descriptors = [Int32](repeating: -1, count: Self.mostDescriptors)
    var count = Int32(Self.mostDescriptors)
    var isReset = false
    while true {
      let size = unsafe lx_receive(
        descriptor.raw, &bytes, bytes.count, &descriptors, &count, wait ? 1 : 0)
      if size == 0 { return nil }
      if size > 0 {
        return Message(
          bytes: Array(bytes.prefix(Int(size))), descriptors: Array(descriptors.prefix(Int(count))))
      }
      let error = SystemError.current("receiving a message")
      if !wait && error.isWouldBlock { return nil }
      guard error.isConnectionReset else { throw error }
      // A peer that closes with something unread resets the connection. That is reported once, and
      // before the messages that it sent (net/unix/af_unix.c `unix_release_sock`).
      if isReset { return nil }
      isReset = true
      count = Int32(Self.mostDescriptors)
    }
  }

  public borrowing func send(_ bytes: [UInt8]) throws(SystemError) {
    guard unsafe lx_send(descriptor.raw, bytes, bytes.count) == bytes.count else {
      throw .current("sending a message")
    }
  }
}
