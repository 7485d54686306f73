public import Failing
public import Hashing
public import Linux
public import Reading

/// Why statements about a build cannot be made.
public enum AttestingError: Failure {
  case system(String, SystemError)
  case unreadable(ReadingError)
  case malformed(file: String, Malformation)
  /// The folder holds something that the record does not name, or that is no plain file.
  case notRecorded(String)
  case notPlain(String)
  case changed(String, recorded: Digest, found: Digest)
  /// A file of the folder contradicts another one.
  case disagreement(String, with: String, about: String)
  case noArtifacts
  /// The legs made different artifacts, which a link cannot say.
  case notReproduced

  public var message: String {
    switch self {
    case .system(let operation, _): operation.printable
    case .unreadable: "reading the output of the build"
    case .malformed(let file, _): "reading \(file)".printable
    case .notRecorded(let name): "checking \(name): the record does not name it".printable
    case .notPlain(let name): "checking \(name): it is no plain file".printable
    case .changed(let name, let recorded, let found):
      "checking \(name): the record says \(recorded), it is \(found)".printable
    case .disagreement(let file, let other, let fact):
      "checking \(file): it disagrees with \(other) about \(fact)".printable
    case .noArtifacts: "looking for artifacts: the build made none"
    case .notReproduced: "making a link: the legs made different artifacts"
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .system(_, let error): error
    case .unreadable(let error): error
    case .malformed(_, let fault): fault
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .notRecorded, .notPlain, .changed, .disagreement:
      "nothing was signed; build again, and sign the output before anything else touches it"
    case .noArtifacts: "there is nothing to make a statement about"
    case .notReproduced:
      "who verifies a layout sees no verdict, only products; leave --link out, and nothing is hidden"
    case .system, .unreadable, .malformed: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .system(_, let error): error.isNotFound ? .usage : error.exitCode
    default: .inputRejected
    }
  }
}
