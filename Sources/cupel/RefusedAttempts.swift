import Building
import Failing
import Reading

/// What a command of `run` or `shell` tried in vain: told when it is over, so that it does not
/// stand between what the command says.
struct RefusedAttempts {
  private let log = DenialLog()
  private let policy: DenialPolicy
  /// How many are told.
  private static let most = 20

  init(_ policy: DenialPolicy) {
    self.policy = policy
  }

  func take(_ denial: UnitDenial) {
    log.take(denial)
  }

  /// Tells what was refused.
  ///
  /// - Throws: `PolicyRefusal` where the policy takes an attempt for a failure.
  func tell() throws(PolicyRefusal) {
    let all = log.all
    let telling = all.listed.mostTelling
    for denial in telling.prefix(Self.most) { Talk.notice(denial.words) }
    let more = max(telling.count - Self.most, 0) + all.unlisted
    if more > 0 { Talk.notice("\(more) more attempts were refused") }
    if let refusal = Refusal([all], by: policy) { throw PolicyRefusal(refusal: refusal) }
  }
}

/// A command tried what the policy forbids.
struct PolicyRefusal: Failure {
  let refusal: Refusal

  var message: String { "running the command: \(refusal.words())" }
  var hint: String? {
    let kinds = refusal.categories.map(\.rawValue).joined(separator: ", ")
    return "where attempts of this kind (\(kinds)) are to be expected, leave it out of "
      + "--deny-is-failure"
  }
  var exitCode: Failing.ExitCode { .policyRefused }
}
