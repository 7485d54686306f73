public import Failing
import Hashing
import Linux
import Planning
public import Storing

/// A commit that the user names, in the store, before anything of it is looked at: the project, its
/// configuration and its locks are then read there. No work tree is read.
public struct ExportedRevision: Sendable, Equatable {
  /// The name that the user gave.
  let name: String
  /// The commit's files in the store; absolute, without symlinks.
  let folder: String
  /// The project's folder relative to `folder`; empty for the folder itself.
  let projectPath: String
  /// The top folder of the work tree, or the repository itself where it has none; absolute.
  let top: String
  public let revision: SourceRevision
  let tree: StoredTree
  /// The committer's time in seconds since 1970.
  let time: Int64

  /// Where the project is in the store; absolute.
  public var project: String {
    projectPath.isEmpty ? folder : "\(folder)/\(projectPath)"
  }

  /// Where the user's copy of the project is, or would be; absolute.
  public var projectOnDisk: String { LexicalPath.join(top, projectPath) }

  /// Puts a commit with its submodules into the store.
  ///
  /// `name` is whatever git-rev-parse(1) takes for one commit or tag. `project` is a folder in a work
  /// tree or a bare repository, or beneath one where only the commit has that folder, or a Cargo.toml
  /// in it; nil for the current folder. `leavesOutIgnored` says that `export-ignore` in .gitattributes
  /// counts, `fileSizeLimit` is in bytes.
  ///
  /// - Throws: `StagingError`; exit status 3 for objects that are not what their ids say.
  public static func export(
    _ name: String, project: String?, leavesOutIgnored: Bool,
    fileSizeLimit: Int64 = StagingRequest().fileSizeLimit, into store: Store,
    notice: (Notice) -> Void
  ) throws(StagingError) -> ExportedRevision {
    let place = try Place(project)
    let scratch = try storing(try store.draft())
    let objects = GitObjects(git: place.git, scratch: "\(scratch.path)/objects")
    let tags = GitTags(objects: objects, scratch: scratch.path)
    let object = try resolve(name, in: place.git)
    let (commit, tag) = try tags.peel(object)
    let kind = try objects.describe([commit])[0].kind
    guard kind == .commit else { throw .notACommit(revision: name, kind: kind.rawValue) }
    var found: [GitTag]
    if let tagName = try tagName(name, object, in: place.git) {
      found = [try tags.tag(tagName, object, of: commit)]
    } else if let tag, let tagName = GitHeader(tag)["tag"] {
      found = [try tags.tag(tagName, object, of: commit)]
    } else {
      found = try tags.tags(of: commit)
    }
    let contents = try CommitContents(
      of: commit, in: place.git, workTree: place.workTree, scratch: objects.scratch)
    let tree = try contents.export(
      into: store, fileSizeLimit: fileSizeLimit, leavesOutIgnored: leavesOutIgnored,
      scratch: scratch.path, notice: notice)
    let path = store.path(of: tree.digest)
    return ExportedRevision(
      name: name, folder: try doing("looking for \(path)", try FileSystem.realPath(path)),
      projectPath: place.projectPath, top: place.top,
      revision: SourceRevision(
        requested: name, commit: commit, tree: contents.commit.tree, tags: found,
        submodules: contents.submodules, changes: nil, leavesOutIgnored: leavesOutIgnored),
      tree: tree, time: contents.commit.time)
  }

  // MARK: The repository

  private struct Place {
    let git: Git
    let workTree: String?
    let top: String
    let projectPath: String

    init(_ project: String?) throws(StagingError) {
      var path = try StagedProject.absolute(project ?? ".")
      if LexicalPath.components(path).last == "Cargo.toml" { path = LexicalPath.parent(of: path) }
      // The commit may have folders that the disk has not.
      var there = path
      while there != "/", !FileSystem.isDirectory(there) { there = LexicalPath.parent(of: there) }
      let rest = LexicalPath.relative(path, to: there) ?? ""
      there = try doing("looking for \(path)", try FileSystem.realPath(there))
      let workTree = try Git(folder: there).topLevel()
      if let workTree {
        git = Git(folder: workTree)
        top = workTree
      } else {
        guard let repository = try Git(folder: there).repositoryFolders().first else {
          throw .notARepository(folder: there)
        }
        git = Git(repository: repository)
        top = repository
      }
      self.workTree = workTree
      projectPath = LexicalPath.relative(LexicalPath.join(there, rest), to: top) ?? ""
    }
  }

  /// The id of what a name leads to: a commit, a tag or something else.
  private static func resolve(_ name: String, in git: Git) throws(StagingError) -> String {
    let output = try git.run(["rev-parse", "--verify", "--end-of-options", name])
    if output.errorText.contains("ambiguous") { throw .revisionAmbiguous(name) }
    let id = output.text.split(separator: "\n").first.map(String.init) ?? ""
    guard output.status == 0, GitHeader.isObjectID(id) else {
      let failure = git.failure(output, "looking for \(name)")
      if case .foreignRepository = failure { throw failure }
      throw .revisionUnknown(name, folder: git.folder)
    }
    return id
  }

  /// The name of the tag that was asked for; nil where it is none.
  private static func tagName(
    _ name: String, _ object: String, in git: Git
  ) throws(StagingError) -> String? {
    let output = try git.run(["rev-parse", "--symbolic-full-name", "--end-of-options", name])
    guard let full = output.text.split(separator: "\n").last, full.hasPrefix("refs/tags/"),
      try resolve(String(full), in: git) == object
    else { return nil }
    return String(full.dropFirst("refs/tags/".count))
  }

  /// Fails where the work tree has changes of tracked files, which the commit does not have: whoever
  /// publishes it may believe that it has.
  public func refuseChanges() throws(StagingError) {
    guard let workTree = try Git(folder: top).topLevel() else { return }
    let changes = try Git(folder: workTree).changes().filter { !$0.isUntracked }.map(\.path)
    if changes.isEmpty { return }
    throw .dirty(files: Array(changes.prefix(5)), count: changes.count, isDemanded: true)
  }

  /// Fails unless a tag with a good signature names the commit.
  public func requireSignedTag() throws(StagingError) {
    try SourceExport.requireSigned(revision.tags, of: revision.commit)
  }

  /// The tag that the user named; nil where the name is another one of the commit.
  public var namedTag: GitTag? {
    revision.tags.first { name == $0.name || name == "refs/tags/\($0.name)" }
  }

  // MARK: Paths

  /// A path that the commit's cupel.toml names, which is relative to its folder: in the commit, or
  /// where that path would lead from the project on disk if it leads out of the commit.
  public func path(_ configured: String) -> String {
    if LexicalPath.isAbsolute(configured) { return configured }
    var walked = LexicalPath.components(projectPath)
    for component in LexicalPath.components(configured) where component != "." {
      if component != ".." {
        walked.append(component)
      } else if walked.popLast() == nil {
        return LexicalPath.join(projectOnDisk, configured)
      }
    }
    return LexicalPath.join(folder, walked.joined(separator: "/"))
  }

  /// The folder in the store for one that the user or cupel.toml names.
  func root(_ given: String) throws(StagingError) -> String {
    var path = try StagedProject.absolute(given)
    path = (try? FileSystem.realPath(path)) ?? path
    let inside =
      LexicalPath.relative(path, to: folder) ?? LexicalPath.relative(path, to: top)
    guard let inside else { throw .projectOutside(project: projectOnDisk, sourceRoot: given) }
    let root = LexicalPath.join(folder, inside)
    guard FileSystem.isDirectory(root) else {
      throw .projectOutside(project: projectOnDisk, sourceRoot: given)
    }
    return root
  }

  /// The commit's tree, or that of one folder of it.
  func exported(
    root: String, _ request: StagingRequest, _ store: Store
  ) throws(StagingError) -> SourceExport.Exported {
    if request.requireSignedTag { try requireSignedTag() }
    let isWhole = root.utf8.elementsEqual(folder.utf8)
    return SourceExport.Exported(
      tree: isWhole ? tree : try storing(try store.importTree(from: root)), revision: revision,
      isDirty: false, epoch: request.epoch ?? time,
      epochOrigin: request.epoch == nil ? .commit : .given)
  }

  // MARK: Words

  /// A failure in words that speak of `REV:PATH`, like git, where it spoke of the store's copy.
  public func describing(_ failure: any Failure) -> any Failure {
    RenamedFailure(failure: failure, revision: self)
  }

  fileprivate func words(_ text: String) -> String {
    Self.words(text, folder: folder, name: name)
  }

  static func words(_ text: String, folder: String, name: String) -> String {
    text.replacing("\(folder)/", with: "\(name):").replacing(folder, with: "\(name):")
  }

  func describing(_ notice: Notice) -> Notice {
    .ofRevision(notice, folder: folder, name: name)
  }
}

private struct RenamedFailure: Failure {
  let failure: any Failure
  let revision: ExportedRevision

  var message: String { revision.words(failure.message) }
  var cause: (any Failure)? { failure.cause.map(revision.describing) }
  var hint: String? { failure.hint.map(revision.words) }
  var exitCode: ExitCode { failure.exitCode }
}
