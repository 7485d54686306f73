internal import Failing
public import Hashing

/// What git knows of a source: the commit, what names it and who signed that, and what a work tree
/// has beyond it.
public struct SourceRevision: Sendable, Equatable {
  public struct Submodule: Sendable, Equatable {
    /// Relative to the source's root.
    public let path: String
    public let commit: String

    public init(path: String, commit: String) {
      self.path = path
      self.commit = commit
    }
  }

  /// What the files of a dirty tree differ in from their commit.
  public struct Changes: Sendable, Equatable {
    /// SHA-256 of the list (docs/record.md).
    public let digest: Digest
    /// Files and symlinks; none where only git's index differs from the commit.
    public let count: Int

    public init(digest: Digest, count: Int) {
      self.digest = digest
      self.count = count
    }
  }

  /// What was asked for by `--rev`; nil for the work tree.
  public let requested: String?
  /// The commit's id; all that follows from it was checked against it unless there are `changes`.
  public let commit: String
  /// The id of the commit's tree.
  public let tree: String
  /// Tags of the commit, sorted by the bytes of their names; where one was asked for, only that.
  public let tags: [GitTag]
  /// In the order in which the tree names them, each followed by its own.
  public let submodules: [Submodule]
  /// Nil where the source is exactly the commit.
  public let changes: Changes?
  /// Whether what .gitattributes marks `export-ignore` was left out.
  public let leavesOutIgnored: Bool

  public init(
    requested: String?, commit: String, tree: String, tags: [GitTag], submodules: [Submodule],
    changes: Changes?, leavesOutIgnored: Bool
  ) {
    self.requested = requested
    self.commit = commit
    self.tree = tree
    self.tags = tags
    self.submodules = submodules
    self.changes = changes
    self.leavesOutIgnored = leavesOutIgnored
  }

  /// One line for people.
  public var words: String {
    var words = "commit \(commit)"
    if let changes { words += " and \(Notice.count(changes.count, "change")) (\(changes.digest))" }
    let shown = tags.prefix(3).map(\.words)
    if !shown.isEmpty { words += ", " + shown.joined(separator: ", ") }
    if tags.count > shown.count { words += " and \(tags.count - shown.count) more" }
    return words
  }
}
