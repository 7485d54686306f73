public import Failing
public import Linux

/// Why two artifacts could not be compared.
public enum ComparingError: Failure {
  case system(path: String, SystemError)
  case notARegularFile(path: String)
  /// The file is no longer the one that was examined.
  case changed(path: String)
  /// One list holds two artifacts of one name, so that one of them would go uncompared.
  case repeatedName(String)

  public var message: String {
    switch self {
    case .system(let path, _): "comparing \(path)"
    case .notARegularFile(let path): "comparing \(path): not a regular file"
    case .changed(let path): "comparing \(path): it changed meanwhile"
    case .repeatedName(let name): "comparing artifacts: one build has two named `\(name)`"
    }
  }

  public var cause: (any Failure)? {
    if case .system(_, let error) = self { error } else { nil }
  }

  public var hint: String? {
    switch self {
    case .system: nil
    case .notARegularFile: "an artifact must be a file of its own, not a symlink, pipe or folder"
    case .changed: "let nothing else write to the output folder while cupel runs"
    case .repeatedName: "build the packages that share the name one at a time with `-p`"
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .system(_, let error): error.exitCode
    case .notARegularFile, .repeatedName: .buildFailed
    case .changed: .inputRejected
    }
  }
}
