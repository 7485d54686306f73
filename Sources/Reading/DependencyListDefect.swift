/// What is wrong with a list in `.dep-v0`.
public enum DependencyListDefect: Sendable, Hashable {
  /// No zlib stream, or one that unpacks to more than `limit` bytes.
  case notUnpacked(limit: Int)
  case notJSON(String)
  case missing(String)
  case tooManyPackages(limit: Int)
  /// An index that no package has.
  case danglingDependency(package: String, index: Int)
  case cycle(package: String)
  /// The build put one in itself, as `cargo auditable` does.
  case alreadyThere
  /// Other than one package is the root.
  case roots(Int)

  public var words: String {
    switch self {
    case .notUnpacked(let limit): "not a zlib stream of at most \(limit) bytes"
    case .notJSON(let words): "not JSON: \(words)"
    case .missing(let what): "no \(what)"
    case .tooManyPackages(let limit): "more than \(limit) packages"
    case .danglingDependency(let package, let index):
      "\(package) depends on package number \(index), which is not there"
    case .cycle(let package): "\(package) depends on itself"
    case .alreadyThere: "the build has put a list of its own there"
    case .roots(let count): "\(count) packages are the root instead of one"
    }
  }
}
