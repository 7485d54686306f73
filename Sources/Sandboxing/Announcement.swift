/// What one program of the sandbox was started with, as the kernel shows it: the program calls
/// `Machine.announce` and waits while its command line and environment are read.
///
/// It can only be the sandbox's `announcer` itself, by the file that the kernel says it runs, started
/// by the process that started the first of them. A program inside that runs the same file, or makes
/// the same call, is not listened to.
public struct Announcement: Sendable, Equatable {
  /// The program's own name first. What is not UTF-8 is replaced.
  public let arguments: [String]
  /// Those variables that the sandbox's `interest` names.
  public let environment: [String: String]
  /// Whether there was more than is read.
  public let isTruncated: Bool

  /// Bytes read of a command line and of an environment: more than the kernel lets one be
  /// (execve(2), "Limits on size of arguments and environment").
  static let longest = 8 << 20

  public init(arguments: [String], environment: [String: String], isTruncated: Bool = false) {
    self.arguments = arguments
    self.environment = environment
    self.isTruncated = isTruncated
  }
}
