public import Failing
public import Hashing
public import Linux

/// Why the store, or the reading of a tree, failed.
public enum StoringError: Failure {
  /// Something other than a regular file, directory or symlink is part of a tree.
  case unsupportedKind(path: String, FileStatus.Kind)
  /// Directories are nested deeper than `limit`.
  case tooDeep(path: String, limit: Int)
  /// The store holds no tree of this digest.
  case missing(Digest)
  /// A tree in the store is not what its name says. `path` is relative to the tree's root; empty
  /// when what differs is unknown.
  case damaged(Digest, path: String, TreeDifference?)
  /// A folder's contents changed between being hashed and being copied.
  case changedWhileCopying(path: String)
  /// What came for a file of a tree is something else.
  case otherContents(path: String, expected: Digest, actual: Digest)
  /// More came for a tree than its files hold.
  case contentsBeyondEnd
  /// Two files of one digest are listed with different sizes.
  case contradictingSizes(Digest)
  /// A name for a root that is not made of letters, digits, `.`, `_`, `-` and `/`.
  case badRootName(String)
  /// Neither CUPEL_STORE nor XDG_DATA_HOME nor HOME says where the store is.
  case noPlace
  /// The store cannot be made or used at this path.
  case unusable(path: String, SystemError)
  case system(String, SystemError)

  public var message: String {
    switch self {
    case .unsupportedKind(let path, let kind):
      "reading \(path), which is \(Self.word(kind)) and cannot be part of a tree"
    case .tooDeep(let path, let limit):
      "reading \(path), which is nested deeper than \(limit) folders"
    case .missing(let digest):
      "looking for the tree \(digest) in the store"
    case .damaged(let digest, let path, let difference):
      "verifying the tree \(digest): \(difference.map { "\($0)" } ?? "contents differ")"
        + (path.isEmpty ? "" : ": \(path)")
    case .changedWhileCopying(let path):
      "copying \(path) into the store: its contents changed meanwhile"
    case .otherContents(let path, let expected, let actual):
      "verifying \(path): it should be \(expected), and is \(actual)"
    case .contentsBeyondEnd:
      "filling a tree: there is more than its files hold"
    case .contradictingSizes(let digest):
      "listing trees: they say two sizes of the file \(digest)"
    case .badRootName(let name):
      "naming a root of the store \"\(name)\""
    case .noPlace:
      "finding a place for the store: neither CUPEL_STORE nor XDG_DATA_HOME nor HOME is set"
    case .unusable(let path, _):
      "opening the store \(path)"
    case .system(let operation, _):
      operation
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .unusable(_, let error), .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .unsupportedKind: "remove it, or exclude it from the source"
    case .missing: "run `cupel fetch` to get it again"
    case .damaged: "remove its folder from the store's trees and fetch it again"
    case .changedWhileCopying: "try again when nothing writes there"
    case .badRootName: "use letters, digits, `.`, `_`, `-` and `/` only"
    case .noPlace, .unusable: "set CUPEL_STORE to a folder that you can write to"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .unsupportedKind, .tooDeep, .damaged, .changedWhileCopying, .otherContents,
      .contentsBeyondEnd, .contradictingSizes:
      .inputRejected
    case .badRootName: .usage
    case .missing, .noPlace: .hostUnsuitable
    case .unusable(_, let error), .system(_, let error):
      error.isNoSpace ? .limitReached : error.isNotText ? .inputRejected : error.exitCode
    }
  }

  private static func word(_ kind: FileStatus.Kind) -> String {
    switch kind {
    case .fifo: "a fifo"
    case .socket: "a socket"
    case .characterDevice: "a character device"
    case .blockDevice: "a block device"
    case .regular, .directory, .symlink, .unknown: "of an unknown kind"
    }
  }
}

/// Evaluates `body` and says what was being done where the system fails.
func doing<Value: ~Copyable>(
  _ operation: @autoclosure () -> String, _ body: @autoclosure () throws(SystemError) -> Value
) throws(StoringError) -> Value {
  do throws(SystemError) {
    return try body()
  } catch {
    throw .system(operation(), error)
  }
}
