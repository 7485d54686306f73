public import Failing

/// What is wrong with a JSON value, and where in it.
public struct Malformation: Failure, Equatable {
  public enum Kind: Sendable, Equatable {
    case missing
    /// Not of the form that is named here.
    case wrong(expected: String)
    /// A member that the form does not have.
    case extra
    /// Not what another part of the same statement says.
    case contradiction(String)
  }

  /// Such as `predicate.buildDefinition.buildType`.
  public let path: String
  public let kind: Kind

  public var message: String {
    switch kind {
    case .missing: "\(path) is missing".printable
    case .wrong(let expected): "\(path) must be \(expected)".printable
    case .extra: "\(path) is not known".printable
    case .contradiction(let other): "\(path) is not what \(other) says".printable
    }
  }

  public var exitCode: ExitCode { .inputRejected }
}
