public import Hashing
public import Planning
public import Reading

/// What was found out about one locked package.
public struct CrateVerdict: Sendable {
  public let package: CargoLock.Package
  /// Empty for a crate that can be used.
  public internal(set) var findings: [CrateFinding] = []
  /// Meaningless where there are findings.
  public internal(set) var level: SourceLevel
  /// The vendor folder that holds it, and its own folder there; nil where it is not vendored.
  public internal(set) var vendored: (folder: String, name: String)?
  /// Tree digest of that folder.
  public internal(set) var tree: Digest?
  /// The archive that has the locked digest.
  public internal(set) var archive: String?
  public internal(set) var patch: CrateInput.Patch?
  /// Files of its folder that its checksum file does not list.
  var unlisted = 0

  init(_ package: CargoLock.Package, level: SourceLevel) {
    self.package = package
    self.level = level
  }

  /// As an input; only one without findings is one.
  public var input: CrateInput {
    var commit: String?
    if case .git(_, _, let id) = package.source { commit = id }
    return CrateInput(
      name: package.name, version: package.version, source: package.sourceText, level: level,
      checksum: package.checksum, tree: tree, commit: commit, patch: patch)
  }
}
