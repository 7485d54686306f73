public import Hashing

/// Which distinct contents the files of several trees have, tree by tree: what a tree adds to those
/// before it.
public struct TreeContents: Sendable {
  /// A content, and the first file that has it.
  public struct Item: Sendable {
    public let path: String
    public let digest: Digest
    /// In bytes.
    public let size: Int64
  }

  /// Two files of one digest that claim different sizes.
  public struct Contradiction: Error {
    public let digest: Digest
  }

  private var sizes: [Digest: Int64] = [:]

  public init() {}

  /// The contents of `tree` that no earlier one has, in the order in which its files are listed.
  public mutating func add(_ tree: Tree) throws(Contradiction) -> [Item] {
    var new: [Item] = []
    for (path, file) in tree.allFiles() {
      if let size = sizes[file.digest] {
        guard size == file.size else { throw Contradiction(digest: file.digest) }
      } else {
        sizes[file.digest] = file.size
        new.append(Item(path: path, digest: file.digest, size: file.size))
      }
    }
    return new
  }
}

extension Tree {
  /// The index from which `init(index:)` makes the tree again: a `Tree` message.
  public var message: [UInt8] { index }
}
