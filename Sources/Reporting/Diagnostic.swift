internal import Failing
internal import Hashing

/// One thing that a command found, in the form that CI systems take.
public struct Diagnostic: Sendable, Equatable {
  public enum Level: String, Sendable, CaseIterable {
    case error, warning, note
  }

  /// Where somebody looks at it.
  public struct Place: Sendable, Equatable {
    /// Relative to the root of the source or to the current folder; absolute where it lies elsewhere.
    public let file: String
    /// 1-based; nil where it is about the file.
    public let line: Int?

    public init(_ file: String, line: Int? = nil) {
      self.file = file
      self.line = line
    }
  }

  public let rule: DiagnosticRule
  public let level: Level
  /// One line for people, printable.
  public let message: String
  /// More lines of words, printable.
  public let details: [String]
  /// Lines that show it, of sources and other files; printable.
  public let evidence: [String]
  public let place: Place?
  /// What it is about: a package, an artifact, a file; printable.
  public let subject: String
  /// What stays the same from run to run as long as it is the same thing.
  public let fingerprint: String

  /// `identity` is what tells it from others of its rule; neither lines nor versions belong there.
  init(
    _ rule: DiagnosticRule, _ level: Level, _ message: String, details: [String] = [],
    evidence: [String] = [], at place: Place?, subject: String, identity: [String]
  ) {
    self.rule = rule
    self.level = level
    self.message = message.printable
    self.details = details.map(\.printableLine)
    self.evidence = evidence.map(\.printableLine)
    self.place = place
    self.subject = subject.printable
    // Each part ends with a byte that no text has inside.
    var bytes: [UInt8] = []
    for part in [rule.id] + identity { bytes += Array(part.utf8) + [0] }
    fingerprint = Digest.hashing(bytes).hex
  }
}
