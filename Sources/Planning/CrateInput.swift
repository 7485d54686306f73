public import Hashing
public import Reading

/// One locked package, and what vouches for its content. It is evidence about a build's inputs and
/// decides no byte, so it stands in the record and not in the plan.
public struct CrateInput: Sendable, Equatable {
  public var name: String
  public var version: String
  /// As Cargo.lock writes it; nil for path packages.
  public var source: String?
  public var level: SourceLevel
  /// The SHA-256 that Cargo.lock wants of the archive.
  public var checksum: Digest?
  /// Tree digest of its folder as it is mounted; nil for path packages.
  public var tree: Digest?
  /// Of a git package.
  public var commit: String?
  /// Of a patched package.
  public var patch: Patch?
  /// As its Cargo.toml writes it; nil where it does not, or was not looked at.
  public var license: String?

  /// A difference that cupel.toml declares.
  public struct Patch: Sendable, Equatable {
    public var reason: String
    /// SHA-256 of the list of differing files (docs/record.md); nil where no archive was at hand.
    public var difference: Digest?

    public init(reason: String, difference: Digest?) {
      self.reason = reason
      self.difference = difference
    }
  }

  public init(
    name: String, version: String, source: String?, level: SourceLevel, checksum: Digest? = nil,
    tree: Digest? = nil, commit: String? = nil, patch: Patch? = nil
  ) {
    self.name = name
    self.version = version
    self.source = source
    self.level = level
    self.checksum = checksum
    self.tree = tree
    self.commit = commit
    self.patch = patch
  }

  public var title: String { "\(name) \(version)" }
}

extension [CrateInput] {
  /// The weakest level of the foreign crates; nil where there are none.
  public var weakestLevel: SourceLevel? { filter { $0.level != .path }.map(\.level).min() }
}
