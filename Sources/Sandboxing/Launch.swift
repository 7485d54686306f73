/// A program that the process which starts the announcers has started, with everything that it was
/// given, so that it can be started again just so.
///
/// Read from the caller's memory while it waits for execve(2): then it still runs the file that its
/// parent runs, so that only that one's code can have chosen what is read.
public struct Launch: Sendable, Equatable {
  /// Absolute inside the sandbox.
  public let program: String
  public let arguments: [String]
  /// `NAME=value`, in the order in which they were given.
  public let environment: [String]
  /// The working folder, absolute inside the sandbox.
  public let directory: String

  public init(program: String, arguments: [String], environment: [String], directory: String) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  /// Bytes of arguments and environment together, and how many there may be of each; a program that
  /// was given more is not told of.
  static let longest = 1 << 20
  static let mostStrings = 8192
}
