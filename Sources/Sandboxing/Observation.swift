/// A call of a process inside that was let through or refused and is written down, because the
/// profile asks for it (`[observe]`).
///
/// What a call's arguments point to was read just before the kernel looked at it itself: a program
/// with several threads can make the two differ. Observations are a record, not a wall.
public struct Observation: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A program is executed: `path` and `arguments`. That of the sandbox itself is not told.
    case exec
    /// A file or folder is opened for reading.
    case read
    /// A file is opened for writing, or made.
    case write
    /// An address is used that the sandbox lets pass: `path` is the call.
    case network
    /// A call is refused: `path` is the call, as in a `Denial`.
    case denied
  }

  public let kind: Kind
  /// Absolute inside the sandbox, as the process named it: `.`, `..` and symbolic links are left.
  /// Bytes that are not UTF-8 are replaced.
  public let path: String
  /// Of a program; bounded in number and length.
  public let arguments: [String]
  /// Whether there was something at `path` when the call was made. Always true of paths below
  /// /proc/self and of calls.
  public let exists: Bool
  /// The calling process's number on the host.
  public let pid: Int32
  /// The caller and its ancestors: with the first observation of a process, with the first after it
  /// has executed another program, and with each `exec`, where it is what the process was before.
  /// Nil otherwise.
  public let caller: ProcessTrace?

  public init(
    kind: Kind, path: String, arguments: [String] = [], exists: Bool, pid: Int32,
    caller: ProcessTrace?
  ) {
    self.kind = kind
    self.path = path
    self.arguments = arguments
    self.exists = exists
    self.pid = pid
    self.caller = caller
  }
}
