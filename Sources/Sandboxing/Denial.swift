public import Reading

/// A system call that the sandbox refused, and who made it.
///
/// Equal ones (category, call, error, and executables, asked variables and libraries of the whole
/// line of processes) are one denial: `RunningSandbox.wait` hands it out when it first happens, and
/// `RunningSandbox.denials` says at the end how often it did. The trace is that of the first time.
public struct Denial: Sendable, Equatable {
  public let category: Profile.Category
  /// The call with the arguments that matter, much as strace(1) writes it:
  /// `connect(AF_INET, 127.0.0.1:8443)`. Printable, bounded in length.
  public let call: String
  /// What the caller was answered.
  public let error: ErrorName
  public let caller: ProcessTrace

  public init(
    category: Profile.Category, call: String, error: ErrorName, caller: ProcessTrace
  ) {
    self.category = category
    self.call = call
    self.error = error
    self.caller = caller
  }
}
