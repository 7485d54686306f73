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
  /// A tree in the store is not what its name says. `path` is relative to the tree's root.
  case damaged(Digest, path: String, TreeDifference)
  /// The same, and its index, which would tell more, is damaged as well.
  case damagedWhole(Digest, found: Digest)
  /// The listing of a tree is not the one that its name says.
  case damagedIndex(Digest)
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
  /// Folders of the store are on different file systems, so no tree can appear by one rename.
  case divided(path: String)
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
      "verifying the tree \(digest): \(path) \(difference)"
    case .damagedWhole(let digest, let found):
      "verifying the tree \(digest): it is \(found), and its index is damaged too"
    case .damagedIndex(let digest):
      "reading the index of the tree \(digest): it is damaged"
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
    case .divided(let path):
      "publishing a tree in the store \(path): its folders are on more than one file system"
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
    case .damaged, .damagedWhole, .damagedIndex:
      "run `cupel store verify --remove` to remove damaged trees, then fetch or build again"
    case .changedWhileCopying: "try again when nothing writes there"
    case .badRootName: "use letters, digits, `.`, `_`, `-` and `/` only"
    case .noPlace, .unusable: "set CUPEL_STORE to a folder that you can write to"
    case .divided: "keep all of the store on one file system, which may be any"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .unsupportedKind, .tooDeep, .damaged, .damagedWhole, .damagedIndex, .changedWhileCopying,
      .otherContents, .contentsBeyondEnd, .contradictingSizes:
      .inputRejected
    case .badRootName: .usage
    case .missing, .noPlace, .divided: .hostUnsuitable
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
