public import Failing
public import Hashing

/// Why the index of a tree was refused.
public enum TreeIndexError: Failure {
  case malformed
  case missing(Digest)
  case repeated(Digest)
  case unused(Int)
  case badName(String)
  case duplicate(String)
  case badSymlink(String)
  case tooDeep
  case tooLarge

  public var message: String {
    let reason =
      switch self {
      case .malformed: "it is not in the one form that a Tree message has"
      case .missing(let digest): "the folder \(digest) is missing"
      case .repeated(let digest): "the folder \(digest) comes twice"
      case .unused(let count): "\(count) folders are in no other"
      case .badName(let name): "\"\(name)\" is not a name that a tree can hold"
      case .duplicate(let name): "\"\(name)\" comes twice in one folder"
      case .badSymlink(let name): "the symlink \"\(name)\" leads to a name that no file can have"
      case .tooDeep: "folders are nested deeper than \(Tree.depthLimit)"
      case .tooLarge:
        "it says more than \(Tree.entryLimit) entries or \(Tree.byteLimit) bytes"
      }
    return "reading a listing: \(reason.printable)"
  }

  public var exitCode: ExitCode { .inputRejected }
}
