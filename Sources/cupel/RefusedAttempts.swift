import Building
import Failing
import Reading
import Sandboxing

/// What a command of `run` or `shell` tried in vain.
enum RefusedAttempts {
  /// How many are told.
  private static let most = 20

  /// Tells them, when the command is over: they are not to stand between its own words.
  ///
  /// - Throws: `RefusedCommand` where the policy takes one for a failure, `UnseenAttempts` where there
  ///   is a policy and nothing could be seen.
  static func tell(of running: borrowing RunningSandbox, _ policy: DenialPolicy)
    throws
  {
    if !policy.failing.isEmpty, !running.reportsDenials { throw UnseenAttempts() }
    let denials = Denials(
      running.denials, unlisted: running.unlistedDenials, unit: Unit.outsideBuilds)
    let telling = denials.listed.mostTelling
    for denial in telling.prefix(most) { Talk.notice(denial.words) }
    let more = max(telling.count - most, 0) + denials.unlisted
    if more > 0 { Talk.notice("\(more) more attempts were refused") }
    if let refusal = Refusal([denials], by: policy) { throw RefusedCommand(refusal: refusal) }
  }
}

/// Whether a command tried what the policy forbids cannot be known here.
struct UnseenAttempts: Failure {
  var message: String { "looking for refused attempts: the sandbox has no listener for them" }
  var hint: String? {
    "everything was refused all the same; run `cupel doctor` for why it could not be seen, or leave "
      + "--deny-is-failure out"
  }
  var exitCode: Failing.ExitCode { .hostUnsuitable }
}

/// A command tried what the policy forbids.
struct RefusedCommand: Failure {
  let refusal: Refusal

  var message: String { "running the command: \(refusal.words())" }
  var hint: String? { refusal.remedy }
  var exitCode: Failing.ExitCode { .policyRefused }
}

extension Refusal {
  /// What somebody does who expects such attempts.
  var remedy: String {
    let kinds = categories.map(\.rawValue).joined(separator: ", ")
    return "where attempts of this kind (\(kinds)) are to be expected, leave it out of "
      + "--deny-is-failure"
  }
}
