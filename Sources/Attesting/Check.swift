/// One question of a verification, and its answer.
public struct Check: Sendable, Equatable {
  /// The questions, in the order in which they are asked; docs/verifying.md lists them.
  public enum Question: String, Sendable, CaseIterable {
    case envelope
    case signature
    case key
    case statement
    case predicate
    case subject
    case provenance
    case consistency
    case builder
    case sourceURI = "source-uri"
    case sourceCommit = "source-commit"
    case sourceTree = "source-tree"
    case sourceLevel = "source-level"
    case toolchain
    case reproducibility
    case verdict
    case variations
    case denials
    case dependencyList = "dependency-list"
    case sbom
    case rebuild
  }

  public enum Answer: Sendable, Equatable {
    case passed
    case failed(Objection)
    /// Nothing asked for it: no more is known than before.
    case notAsked
  }

  public let question: Question
  /// A file with a statement, or an artifact; empty where it is about all of them.
  public let about: String
  public let answer: Answer

  public init(_ question: Question, about: String, _ answer: Answer) {
    self.question = question
    self.about = about
    self.answer = answer
  }
}
