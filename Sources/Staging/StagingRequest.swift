import Linux
public import Reading
import Storing

/// What the user asks to be staged. Relative paths are seen from the current folder.
public struct StagingRequest: Sendable, Equatable {
  /// A folder of the project or its Cargo.toml; nil for the current folder.
  public var project: String?
  /// The folder to stage as a whole; nil for the git checkout or the workspace.
  public var root: String?
  /// A folder of vendored crates, instead of the configured ones.
  public var vendor: String?
  /// Folders of `.crate` archives, or cargo local registries.
  public var crates: [String] = []
  /// What cupel.toml declares.
  public var patches: [Manifest.Patch] = []
  /// The lowest level that a foreign crate may have; nil for any.
  public var required: SourceLevel?
  /// A commit instead of the files on disk; `project` is then of no consequence.
  public var revision: ExportedRevision?
  /// Takes the files as they are where git says that they differ from the commit.
  public var allowDirty = false
  /// Refuses everything but a commit without changes; has precedence over `allowDirty`.
  public var requireClean = false
  /// Refuses everything but a commit without changes that a tag with a good signature names.
  public var requireSignedTag = false
  /// SOURCE_DATE_EPOCH in seconds; nil to take it from the source.
  public var epoch: Int64?
  /// Bytes of the largest file a source may have.
  public var fileSizeLimit: Int64 = 2 << 30
  /// Where the build's output will go, which is never staged.
  public var output: String?
  /// The user's folder of cargo settings, absolute.
  public var cargoHome: String?
  /// The archives that `cupel fetch` got (`Store.archives`).
  public var fetched: String?

  /// The folder where the project is looked for.
  var place: String? { revision?.project ?? project }

  /// Takes `cargoHome` from the environment like cargo does, and `fetched` like the store.
  public init(project: String? = nil) {
    self.project = project
    fetched = (try? Store.defaultPath()).map { Store.archives(in: $0) }
    if let home = Machine.environment("CARGO_HOME"), !home.isEmpty {
      cargoHome = home
    } else if let home = Machine.environment("HOME"), LexicalPath.isAbsolute(home) {
      cargoHome = LexicalPath.join(home, ".cargo")
    }
  }
}
