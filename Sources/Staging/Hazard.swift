internal import Failing

/// Something in a project that often makes builds differ, seen before anything is built. Textual
/// looks only suggest; their words say "looks like".
public struct Hazard: Sendable, Hashable {
  /// What it is; the word of the record.
  public enum Kind: String, Sendable, CaseIterable {
    /// Code for the CPU that happens to compile.
    case nativeCPU = "native-cpu"
    /// rustc's parallel front end.
    case threads = "compiler-threads"
    case incremental
    /// A profile for the optimiser that is no part of the source.
    case undeclaredProfile = "undeclared-profile"
    /// The standard library's sources in the toolchain.
    case rustSource = "rust-src"
    /// A build script that seems to ask git.
    case asksGit = "asks-git"
    /// A build script that seems to read the clock.
    case readsClock = "reads-clock"
    /// A dependency whose purpose is to write time and commit into the program.
    case stampsBuild = "stamps-build"
  }

  public let kind: Kind
  /// Where: a file of the source, or `crate version, build.rs`; nil for the toolchain.
  public let file: String?
  /// 1-based; nil where it is no line of a text.
  public let line: Int?
  /// What stands there: `target-cpu=native`, `vergen 9.0.1`.
  public let subject: String
  /// Whether `file` is a path relative to the root of the source.
  public let isInSource: Bool

  public init(
    _ kind: Kind, file: String?, line: Int? = nil, subject: String, isInSource: Bool = false
  ) {
    self.isInSource = isInSource
    self.kind = kind
    self.file = file
    self.line = line
    self.subject = subject
  }

  /// For people: lower case, one line, no period.
  public var text: String {
    let place = (file ?? "the toolchain") + (line.map { ":\($0)" } ?? "")
    let words =
      switch kind {
      case .nativeCPU: "\(subject) makes code for the CPU that happens to compile"
      case .threads: "\(subject) compiles in parallel, in an order that nobody controls"
      case .incremental: "\(subject) gives object files random names"
      case .undeclaredProfile: "\(subject) is no part of the source, so nothing says what is in it"
      case .rustSource:
        "\(subject) makes paths of the standard library's sources those of the machine"
      case .asksGit: "looks like asking git (\(subject)): what it says is not in the source"
      case .readsClock: "looks like reading the clock (\(subject))"
      case .stampsBuild: "uses \(subject), which looks like writing time or commit into the program"
      }
    return "\(place): \(words)".printable
  }
}
