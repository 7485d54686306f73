internal import Building
public import Failing
internal import Sandboxing

extension CommandOutcome {
  /// Of a command that failed before it had a result. `file` is what the command was about.
  public init(of failure: any Failure, command: String, toolVersion: String, file: String) {
    let place = Diagnostic.Place(file)
    // Cargo's last words may be part of the message.
    let lines = failure.chain.split { $0.isNewline }.map(\.printableLine)
    let rule = DiagnosticRule.failure(failure.exitCode)
    let hint = failure.bestHint.map { ["hint: \($0)".printable] } ?? []
    let message = lines.first ?? rule.title
    var diagnostics = [
      Diagnostic(
        rule, .error, message, details: hint, evidence: Array(lines.dropFirst()), at: place,
        subject: file, identity: [command])
    ]
    diagnostics += Self.attempts(of: failure).map {
      Diagnostic(attempt: $0, isFailure: failure.exitCode == .policyRefused, at: place)
    }
    self.init(
      command: command, toolVersion: toolVersion, exitCode: failure.exitCode, isComplete: false,
      headline: "failed: \(rule.title)", diagnostics: diagnostics,
      cases: [
        Case(
          "run", file,
          .broken(kind: rule.id, message: message, lines: Array(lines.dropFirst()) + hint))
      ],
      words: (lines + hint).map { "\($0)\n" }.joined())
  }

  /// What the sandbox refused before a build failed.
  private static func attempts(of failure: any Failure) -> [UnitDenial] {
    guard let error = failure as? BuildingError else { return [] }
    return switch error {
    case .denied(_, _, let refusal, _): refusal.attempts
    case .cargo(_, _, _, let denials): denials.mostTelling
    case .onlySomeLegs(_, _, let inner, _): attempts(of: inner)
    default: []
    }
  }
}

extension Diagnostic {
  /// A refused attempt. `isFailure` says whether the policy takes it for one.
  init(attempt: UnitDenial, isFailure: Bool, at place: Place?, legs: String = "") {
    let packages = attempt.unit.packages
    self.init(
      .attempt(attempt.denial.category), isFailure ? .error : .warning, attempt.words + legs,
      details: ["how sure the package is: \(attempt.unit.evidence.rawValue)"], at: place,
      subject: packages.isEmpty
        ? attempt.unit.words : packages.map(\.description).joined(separator: ", "),
      identity: packages.map(\.name) + [attempt.unit.step.rawValue, attempt.denial.call])
  }
}
