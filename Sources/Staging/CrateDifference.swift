import Failing
public import Hashing
import Reading

/// A file of a vendored crate that is not what the crate's archive holds.
public struct CrateDifference: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    case changed, added, removed
  }

  /// What stands under a name.
  public enum Item: Sendable, Hashable, CustomStringConvertible {
    case file(Digest)
    case symlink(target: String)

    public var description: String {
      switch self {
      case .file(let digest): "\(digest)"
      case .symlink(let target): "a symlink to \(target.printable)"
      }
    }
  }

  /// Relative to the crate's folder.
  public let path: String
  /// Nil where the file was added.
  public let archived: Item?
  /// Nil where the file was removed.
  public let vendored: Item?
  /// The lines that differ, bounded; see `LineDifference`.
  public let lines: [String]

  public var kind: Kind {
    archived == nil ? .added : vendored == nil ? .removed : .changed
  }

  /// SHA-256 of the canonical JSON (RFC 8785) of all differences of a crate (docs/record.md).
  static func digest(of differences: [CrateDifference]) -> Digest {
    func text(_ item: Item?) -> JSON { item.map { .string("\($0)") } ?? .null }
    let list = JSON.array(
      differences.map {
        .object([
          ("path", .string($0.path)), ("archive", text($0.archived)),
          ("vendor", text($0.vendored)),
        ])
      })
    guard let bytes = try? list.canonicalBytes() else {
      preconditionFailure("a list of differences holds no fractions")
    }
    return Digest.hashing(bytes)
  }
}
