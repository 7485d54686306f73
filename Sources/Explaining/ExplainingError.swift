public import Comparing
public import Failing
public import Linux
public import Reading

/// Why two files or folders could not be compared.
public enum ExplainingError: Failure {
  case comparing(ComparingError)
  case system(path: String, SystemError)
  /// A record that is none.
  case reading(ReadingError)
  /// Neither a regular file nor a folder.
  case neitherFileNorFolder(path: String)
  case fileAgainstFolder(file: String, folder: String)
  case tooManyFiles(folder: String, limit: Int)

  public var message: String {
    switch self {
    case .comparing(let error): error.message
    case .system(let path, _): "reading \(path.printable)"
    case .reading(let error): error.message
    case .neitherFileNorFolder(let path):
      "comparing \(path.printable): neither a regular file nor a folder"
    case .fileAgainstFolder(let file, let folder):
      "comparing the file \(file.printable) with the folder \(folder.printable)"
    case .tooManyFiles(let folder, let limit):
      "comparing \(folder.printable): more than \(limit) files"
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .comparing(let error): error.cause
    case .system(_, let error): error
    case .reading(let error): error.cause
    case .neitherFileNorFolder, .fileAgainstFolder, .tooManyFiles: nil
    }
  }

  public var hint: String? {
    switch self {
    case .comparing(.notARegularFile), .neitherFileNorFolder:
      "name two regular files or two folders; symlinks are not followed"
    case .comparing, .system: nil
    case .reading:
      "the record may be damaged; compare the artifacts themselves, or take the record anew from its "
        + "publisher"
    case .fileAgainstFolder: "name two files or two folders"
    case .tooManyFiles: "compare parts of the folders"
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .fileAgainstFolder: .usage
    case .comparing, .system, .reading, .neitherFileNorFolder, .tooManyFiles: .inputRejected
    }
  }
}
