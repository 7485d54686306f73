internal import Failing
internal import Reading

/// What came of a command, in the form that CI systems take: SARIF, JUnit and GitHub's own.
///
/// Texts in it come from builds and from statements of strangers. Each form escapes what it writes.
public struct CommandOutcome: Sendable {
  /// One question that the command answered.
  struct Case: Sendable, Equatable {
    enum Result: Sendable, Equatable {
      case passed
      /// `kind` is one of our own words.
      case failed(kind: String, message: String, lines: [String])
      /// It could not be answered, because the command failed.
      case broken(kind: String, message: String, lines: [String])
      case skipped(String)
    }

    /// What kind of question, one of our own words.
    let group: String
    /// What it is about; printable.
    let name: String
    let result: Result

    init(_ group: String, _ name: String, _ result: Result) {
      self.group = group
      self.name = name.printable
      self.result = result
    }
  }

  /// `build`, `verify`.
  let command: String
  let toolVersion: String
  let exitCode: ExitCode
  /// Whether the command ends with status 0.
  public var isPass: Bool { exitCode == .identical }
  /// Whether it came to a result, be it a bad one.
  let isComplete: Bool
  /// The result in a few words of ours.
  let headline: String
  /// The gravest first, otherwise in the order in which they were found.
  let diagnostics: [Diagnostic]
  let cases: [Case]
  /// What the command says to people.
  let words: String
  /// Facts about the run, the same whenever it is the same run.
  let facts: [(String, JSON)]

  init(
    command: String, toolVersion: String, exitCode: ExitCode, isComplete: Bool = true,
    headline: String, diagnostics: [Diagnostic], cases: [Case], words: String,
    facts: [(String, JSON)] = []
  ) {
    self.command = command
    self.toolVersion = toolVersion
    self.exitCode = exitCode
    self.isComplete = isComplete
    self.headline = headline
    self.diagnostics = Diagnostic.Level.allCases.flatMap { level in
      diagnostics.filter { $0.level == level }
    }
    self.cases = cases
    self.words = words
    self.facts = facts
  }
}
