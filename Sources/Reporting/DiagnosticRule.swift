internal import Attesting
internal import Building
internal import Comparing
internal import Explaining
internal import Failing
internal import Planning
internal import Reading
internal import Staging

/// A kind of diagnostic, whose name does not change; docs/ci.md lists them.
public struct DiagnosticRule: Sendable, Equatable {
  /// Lower case words joined by hyphens.
  public let id: String
  /// What it says, in a few words without a period.
  public let title: String
  /// What to make of it, whole sentences.
  public let help: String
  /// The page of the documentation that says more.
  public let page: String

  private init(_ id: String, _ title: String, _ help: String, page: String) {
    self.id = id
    self.title = title
    self.help = help
    self.page = page
  }

  // MARK: Builds

  static let artifact = DiagnosticRule(
    "artifact-differs", "an artifact differs between two builds",
    "Two builds of the same inputs gave other bytes. The first unit that differs is where to look.",
    page: "docs/explaining.md")

  static let asPublished = DiagnosticRule(
    "published-differs", "an artifact is not as published",
    "A rebuild of the published plan gave other bytes than the record in the kit names.",
    page: "docs/kit.md")

  static let leakedPath = DiagnosticRule(
    "path-in-artifact", "an artifact names a folder of the build",
    "Whoever builds in another folder gets another artifact. Rename the prefix, or leave it out.",
    page: "docs/record.md")

  static let unlistedAttempts = DiagnosticRule(
    "refused-more", "more attempts were refused than are listed",
    "There were too many different attempts to keep them all. They can be of every kind.",
    page: "docs/record.md")

  /// A unit of which the legs' outputs differ, by what makes it differ; where that is not known, by the
  /// kind of the unit.
  static func unit(_ state: Blame.State, _ cause: UnitCause?) -> DiagnosticRule {
    if let cause, cause.certainty != .unknown {
      if cause.certainty == .uncontrolled {
        return of(
          "uncontrolled", "a unit differs by chance or by the time of day",
          "The unit gives other output even where nothing is varied.")
      }
      if cause.variations.count == 1, let variation = cause.variations.first {
        return of(
          variation.rawValue, "a unit depends on: \(variation.summary)",
          "The unit gives other output as soon as this differs: \(variation.summary)."
            + advised(Advice.on(variation)))
      }
      return of(
        "together", "a unit depends on several conditions together",
        "The unit gives other output where several conditions differ, with none of them alone.")
    }
    switch state {
    case .only:
      return of(
        "one-leg-only", "a unit was part of one build only",
        "Its surroundings switched the unit on; they must not.")
    case .root(let root):
      return of(
        root.name, "a unit differs, beginning at: \(root.name)",
        "The unit gives other output from the same inputs; why was not found."
          + advised(Advice.on(root)))
    case .propagated:
      return of(
        "propagated", "a unit differs because another does", "Mend the unit that differs first.")
    }
  }

  private static func of(_ word: String, _ title: String, _ help: String) -> DiagnosticRule {
    DiagnosticRule("unit-differs-\(word)", title, help, page: "docs/units.md")
  }

  private static func advised(_ advice: [Advice]) -> String {
    advice.first.map { " What helps: \($0.words)." } ?? ""
  }

  /// What the bytes of an artifact show of the reason.
  static func bytes(_ cause: Cause) -> DiagnosticRule {
    DiagnosticRule(
      "bytes-show-\(joined(cause.rawValue))", "the bytes of an artifact show: \(cause.rawValue)",
      "Bytes that differ between two builds show this: \(cause.rawValue)."
        + advised(Advice.on(cause)),
      page: "docs/explaining.md")
  }

  private static func joined(_ words: String) -> String {
    words.split(separator: " ").joined(separator: "-")
  }

  static func attempt(_ category: Profile.Category) -> DiagnosticRule {
    DiagnosticRule(
      "refused-\(category.rawValue)", "the sandbox refused an attempt (\(category.rawValue))",
      "Code of the build tried what the sandbox does not allow. Look at what the package does and "
        + "why, before you use what it made.",
      page: "docs/record.md")
  }

  static func hazard(_ kind: Hazard.Kind) -> DiagnosticRule {
    DiagnosticRule(
      "hazard-\(kind.rawValue)", "something that often makes builds differ (\(kind.rawValue))",
      "Seen in the texts of the project before building; whether it does is told by the comparison.",
      page: "docs/explaining.md")
  }

  // MARK: Verifications

  static func objection(_ code: Objection.Code) -> DiagnosticRule {
    DiagnosticRule(
      "verify-\(code.rawValue)", code.words,
      "The verification refuses the material or the artifact: \(code.words).",
      page: "docs/verifying.md")
  }

  // MARK: Both

  static func failure(_ exitCode: ExitCode) -> DiagnosticRule {
    let (word, title) =
      switch exitCode {
      case .identical, .different: ("different", "the results differ")
      case .usage: ("usage", "the command or the project cannot be used so")
      case .inputRejected: ("input-rejected", "an input was rejected")
      case .buildFailed: ("build", "the build failed")
      case .hostUnsuitable: ("host-unsuitable", "the host cannot provide what is needed")
      case .policyRefused: ("policy-refused", "a policy does not hold")
      case .limitReached: ("limit-reached", "a limit was reached")
      case .interrupted: ("interrupted", "the run was interrupted")
      }
    return DiagnosticRule(
      "failed-\(word)", title, "The command ended with status \(exitCode.rawValue).",
      page: "docs/exit-codes.md")
  }
}
