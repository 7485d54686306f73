public import Hashing

/// What a folder holds, by digest: names, file contents, executable bits and symlinks, and nothing
/// that depends on the machine (owners, times, umask).
///
/// Each level is encoded as the Remote Execution API's `Directory` message
/// (build.bazel.remote.execution.v2), so the tree has the same name in any store that speaks it.
public struct Tree: Sendable {
  public struct File: Sendable {
    public let name: String
    public let digest: Digest
    /// In bytes.
    public let size: Int64
    public let isExecutable: Bool
  }

  public struct Symlink: Sendable {
    public let name: String
    public let target: String
  }

  public struct Subtree: Sendable {
    public let name: String
    public let tree: Tree
  }

  /// Sorted by the bytes of the names, as are the other two.
  public let files: [File]
  public let subtrees: [Subtree]
  public let symlinks: [Symlink]
  /// SHA-256 of the `Directory` message.
  public let digest: Digest
  /// Size of the `Directory` message in bytes.
  public let messageSize: Int64
  /// Regular files at all levels.
  public let fileCount: Int
  /// Bytes of all files at all levels.
  public let byteCount: Int64

  /// Folders may be nested this deep.
  public static let depthLimit = 256

  init(files: [File], subtrees: [Subtree], symlinks: [Symlink]) {
    self.files = files.sorted { Self.precedes($0.name, $1.name) }
    self.subtrees = subtrees.sorted { Self.precedes($0.name, $1.name) }
    self.symlinks = symlinks.sorted { Self.precedes($0.name, $1.name) }
    let message = Self.encode(files: self.files, subtrees: self.subtrees, symlinks: self.symlinks)
    digest = Digest.hashing(message)
    messageSize = Int64(message.count)
    fileCount = subtrees.reduce(files.count) { $0 + $1.tree.fileCount }
    byteCount = subtrees.reduce(files.reduce(0) { $0 + $1.size }) { $0 + $1.tree.byteCount }
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// Every file with its path relative to the root, folder by folder.
  public func allFiles() -> [(path: String, file: File)] {
    var found: [(path: String, file: File)] = []
    collect(under: "", into: &found)
    return found
  }

  private func collect(under prefix: String, into found: inout [(path: String, file: File)]) {
    for file in files { found.append((prefix + file.name, file)) }
    for subtree in subtrees {
      subtree.tree.collect(under: "\(prefix)\(subtree.name)/", into: &found)
    }
  }
}
