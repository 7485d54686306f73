public import Hashing

/// A tree that the store holds.
public struct StoredTree: Sendable, Equatable {
  public let digest: Digest
  /// Regular files at all levels.
  public let fileCount: Int
  /// Bytes of all files.
  public let byteCount: Int64

  public init(_ tree: Tree) {
    digest = tree.digest
    fileCount = tree.fileCount
    byteCount = tree.byteCount
  }
}
