/// The process exit status that a failure or verdict maps to; stable, documented in
/// docs/exit-codes.md.
public enum ExitCode: Int32, Sendable, CaseIterable {
  case identical = 0
  case different = 1
  case usage = 2
  case inputRejected = 3
  case buildFailed = 4
  case hostUnsuitable = 5
  case policyRefused = 6
  case limitReached = 7
  case interrupted = 130
}

/// What every error of every room can say about itself.
///
/// `message` is lower case, present progressive, has no period and never contains its cause: the
/// printer walks the chain and writes `error: a: b: c`, then `hint: …`.
public protocol Failure: Error, Sendable {
  /// What was being done, with the values that matter, for example `reading /x/Cargo.lock`.
  var message: String { get }
  /// The failure underneath, if any.
  var cause: (any Failure)? { get }
  /// What the user can do next, a full sentence without a period, or nil.
  var hint: String? { get }
  /// The exit status this failure ends the process with.
  var exitCode: ExitCode { get }
}

extension Failure {
  public var cause: (any Failure)? { nil }
  public var hint: String? { nil }

  /// The whole chain on one line: `a: b: c`.
  public var chain: String {
    guard let cause else { return message }
    return "\(message): \(cause.chain)"
  }

  /// The hint nearest to the root of the chain that offers one: the outermost knows the task best.
  public var bestHint: String? { hint ?? cause?.bestHint }
}
