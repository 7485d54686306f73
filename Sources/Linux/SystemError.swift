public import Failing
private import Glibc

/// A system call that failed: what was being done and the kernel's errno.
public struct SystemError: Failure, Equatable {
  /// What was being done, for example `opening /etc/passwd`.
  public let operation: String
  /// The errno value (errno(3)).
  public let code: Int32

  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// The calling thread's errno, read right after the failing call.
  public static func current(_ operation: String) -> SystemError {
    SystemError(operation, code: errno)
  }

  public var message: String { "\(operation): \(reason)" }

  /// The kernel's words for `code`, lower case.
  public var reason: String {
    if isInterruption { return "interrupted" }
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    let words = unsafe String(cString: text)
    return words.prefix(1).lowercased() + words.dropFirst()
  }

  public var hint: String? {
    switch code {
    case ENOSPC: "free some space, or name another folder or size"
    case EROFS: "the file system is mounted read-only; name another folder"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    isInterruption ? .interrupted : code == ENOSPC ? .limitReached : .hostUnsuitable
  }

  public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }
  /// A component of the path is no directory, or is a symlink that is not to be followed.
  public var isBlocked: Bool { code == ENOTDIR || code == ELOOP }
  public var isAlreadyThere: Bool { code == EEXIST || code == ENOTEMPTY }
  public var isPermission: Bool { code == EACCES || code == EPERM }
  public var isWouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }
  public var isConnectionReset: Bool { code == ECONNRESET || code == EPIPE }
  public var isInputOutput: Bool { code == EIO }
  /// A rename from one file system to another, or from one mount to another.
  public var isAcrossFileSystems: Bool { code == EXDEV }
  public var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }
  /// The user wishes this process to end; see `Interruption`. No call here fails with EINTR
  /// otherwise.
  public var isInterruption: Bool { code == EINTR }
  /// A name that is not UTF-8.
  public var isNotText: Bool { code == EILSEQ }
}
