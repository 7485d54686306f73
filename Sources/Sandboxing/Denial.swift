public import Reading

/// A system call that the sandbox refused, and who made it.
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
