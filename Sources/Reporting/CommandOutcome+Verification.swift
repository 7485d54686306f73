public import Attesting
internal import Failing
internal import Hashing
internal import Reading

extension CommandOutcome {
  /// Of a verification. `paths` are those of its artifacts, in their order.
  public init(of verification: Verification, paths: [String], toolVersion: String) {
    let names = verification.artifacts.map(\.name)
    func place(_ about: String) -> Diagnostic.Place? {
      let index = names.firstIndex { $0.utf8.elementsEqual(about.utf8) }
      return index.map { Diagnostic.Place(paths[$0]) } ?? Self.place(about)
    }
    self.init(
      command: "verify", toolVersion: toolVersion,
      exitCode: verification.worst?.exitCode ?? .identical,
      headline: verification.isPassed ? "passed" : "failed",
      diagnostics: verification.checks.compactMap { check in
        guard case .failed(let objection) = check.answer else { return nil }
        return Diagnostic(
          .objection(objection.code), .error,
          "\(check.about.printable): \(objection.code.words)",
          details: objection.detail.isEmpty ? [] : [objection.detail],
          at: place(check.about),
          subject: check.about, identity: [check.question.rawValue, check.about])
      },
      cases: verification.checks.map { check in
        Case(
          check.question.rawValue, check.about.isEmpty ? check.question.rawValue : check.about,
          Self.result(check.answer))
      },
      words: VerificationReport(verification).words,
      facts: [
        ("policy", verification.policy.map { .string($0.digest.description) } ?? .null),
        (
          "artifacts",
          .array(
            verification.artifacts.map {
              .object([
                ("name", .string($0.name)), ("digest", .string($0.digest.description)),
              ])
            })
        ),
      ])
  }

  private static func result(_ answer: Check.Answer) -> Case.Result {
    switch answer {
    case .passed: .passed
    case .notAsked: .skipped("not asked")
    case .failed(let objection):
      .failed(
        kind: objection.code.rawValue, message: objection.code.words,
        lines: objection.detail.isEmpty ? [] : [objection.detail.printable])
    }
  }

  /// A file with statements is named with the line of one where it has several (`a.jsonl:2`).
  private static func place(_ about: String) -> Diagnostic.Place? {
    if about.isEmpty { return nil }
    if let colon = about.lastIndex(of: ":"), let line = Int(about[about.index(after: colon)...]),
      line > 0
    {
      return Diagnostic.Place(String(about[..<colon]), line: line)
    }
    return Diagnostic.Place(about)
  }
}
