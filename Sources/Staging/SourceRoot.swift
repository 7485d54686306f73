import Linux
import Reading

/// The folder that is staged as a whole.
struct SourceRoot {
  /// Absolute, without symlinks.
  let folder: String
  /// Whether git tracks the project in this folder.
  let isTracked: Bool

  /// The top folder of the git checkout that tracks the manifest, else the workspace's root, or the
  /// folder that the user names; everything that the build needs must be in it. Of a commit it is
  /// the whole, or a folder in it.
  static func find(
    for project: ProjectLocation, _ request: StagingRequest
  ) throws(StagingError) -> SourceRoot {
    let given = request.root
    if let revision = request.revision {
      let folder = try given.map { (path) throws(StagingError) in try revision.root(path) }
      let root = SourceRoot(folder: folder ?? revision.folder, isTracked: true)
      try root.check(project)
      return root
    }
    let git = Git(folder: project.folder)
    var topLevel: String?
    if let top = try git.topLevel(), try git.tracks("Cargo.toml") { topLevel = top }
    let root: SourceRoot
    if let given {
      let folder = try doing("looking for \(given)", try FileSystem.realPath(given))
      guard FileSystem.isDirectory(folder) else {
        throw .projectOutside(project: project.folder, sourceRoot: given)
      }
      let isInCheckout = topLevel.map { LexicalPath.relative(folder, to: $0) != nil } ?? false
      root = SourceRoot(folder: folder, isTracked: isInCheckout)
    } else {
      root = SourceRoot(folder: topLevel ?? project.workspaceRoot, isTracked: topLevel != nil)
    }
    try root.check(project)
    return root
  }

  func check(_ project: ProjectLocation) throws(StagingError) {
    for folder in [project.folder, project.workspaceRoot] where !holds(folder) {
      throw .projectOutside(project: folder, sourceRoot: self.folder)
    }
    for use in project.pathUses where !holds(use.folder) {
      throw .pathDependencyOutside(
        manifest: use.manifest, position: use.dependency.position,
        dependency: use.dependency.name, path: use.dependency.path, sourceRoot: folder)
    }
  }

  /// As written and with symlinks resolved: in the sandbox only what is staged can be reached.
  private func holds(_ path: String) -> Bool {
    guard LexicalPath.relative(path, to: folder) != nil else { return false }
    guard let real = try? FileSystem.realPath(path) else { return true }
    return LexicalPath.relative(real, to: folder) != nil
  }
}
