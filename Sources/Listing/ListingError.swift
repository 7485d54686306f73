public import Comparing
public import Failing
public import Linux
public import Reading

/// Why a list of what is in a binary, or in a build, could not be made or read.
public enum ListingError: Failure {
  case comparing(ComparingError)
  case reading(ReadingError)
  case system(String, SystemError)
  case notELF(path: String)
  /// The file begins as an ELF file does, but its tables contradict the file.
  case brokenELF(path: String, what: String)
  case badDependencyList(path: String, DependencyListDefect)
  /// A file of the output folder does not say what it must.
  case badRecord(file: String, what: String)
  /// The kernel could not show the units, so nobody knows what was built.
  case unitsUnknown(task: String)
  case noSuchArtifact(String, known: [String])
  case artifactNotChosen(known: [String])
  /// No recorded compilation made the artifact's bytes.
  case makerUnknown(artifact: String)
  case tooLarge(what: String, limit: Int)

  public var message: String {
    switch self {
    case .comparing(let error): error.message.replacing("comparing", with: "reading")
    case .reading(let error): error.message
    case .system(let task, _): task
    case .notELF(let path): "reading \(path.printable): not an ELF file"
    case .brokenELF(let path, let what): "reading \(path.printable): \(what)"
    case .badDependencyList(let path, let defect):
      "reading the section .dep-v0 of \(path.printable): \(defect.words)"
    case .badRecord(let file, let what): "reading \(file.printable): \(what)"
    case .unitsUnknown(let task): "\(task): the record has no units"
    case .noSuchArtifact(let name, _): "looking for the artifact \(name.printable)"
    case .artifactNotChosen: "choosing an artifact: the build made more than one"
    case .makerUnknown(let artifact):
      "looking for the compilation that made \(artifact.printable): no unit has an output of these bytes"
    case .tooLarge(let what, let limit): "\(what): more than \(limit)"
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .comparing(let error): error.cause
    case .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .comparing(.notARegularFile): "name a regular file; symlinks are not followed"
    case .reading(let error): error.hint
    case .notELF: "only ELF programs, libraries and objects can be inspected"
    case .unitsUnknown:
      "build on a kernel that shows system calls to a listener (`cupel doctor` says whether)"
    case .noSuchArtifact(_, let known):
      known.isEmpty
        ? "the record lists no artifacts"
        : "the record lists \(known.map(\.printable).joined(separator: ", "))"
    case .artifactNotChosen(let known):
      "give --merged, or --artifact with one of \(known.map(\.printable).joined(separator: ", "))"
    case .badRecord: "give the folder that `cupel build` wrote"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .comparing(let error): error.exitCode == .buildFailed ? .inputRejected : error.exitCode
    case .system(_, let error): error.exitCode
    case .unitsUnknown: .hostUnsuitable
    case .noSuchArtifact, .artifactNotChosen: .usage
    case .reading, .notELF, .brokenELF, .badDependencyList, .badRecord, .makerUnknown, .tooLarge:
      .inputRejected
    }
  }
}
