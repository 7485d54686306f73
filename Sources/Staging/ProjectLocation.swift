import Linux
import Reading

/// Where a Cargo project is on disk.
public struct ProjectLocation: Sendable, Equatable {
  /// Folder of the Cargo.toml to build; absolute, without symlinks.
  public let folder: String
  /// Folder of the workspace's Cargo.toml and of its Cargo.lock; the project's own folder where
  /// there is no workspace.
  public let workspaceRoot: String
  /// The package to build, or the members of a virtual workspace; sorted.
  public let packageNames: [String]
  /// Every path that a package of the build is to be found at.
  let pathUses: [PathUse]
  /// The manifests of the workspace and of all path dependencies.
  let manifests: [CargoLock.Manifest]

  /// A path dependency, resolved.
  struct PathUse: Sendable, Equatable {
    let manifest: String
    let dependency: CargoManifest.PathDependency
    /// Absolute.
    let folder: String
  }

  public var manifest: String { Self.manifest(in: folder) }
  public var lockFile: String { "\(workspaceRoot == "/" ? "" : workspaceRoot)/Cargo.lock" }

  /// Finds the project like cargo does: upwards to a Cargo.toml, from there to the workspace.
  /// `path` is a folder in the project or a Cargo.toml; by default the current folder.
  /// Nothing above `limit`, an absolute path without symlinks, is part of it.
  public static func find(
    _ path: String? = nil, within limit: String? = nil
  ) throws(StagingError) -> ProjectLocation {
    let limit = limit ?? "/"
    let folder = try projectFolder(path ?? ".", within: limit)
    var manifests = Manifests()
    guard let own = try manifests.manifest(in: folder) else { throw .noManifest(path: folder) }
    let root = try workspaceRoot(of: own, in: folder, within: limit, &manifests)

    var survey = Survey(workspaceRoot: root, manifests: manifests)
    try survey.run(from: folder)
    if survey.hasWorkspace, !survey.members.contains(Array(folder.utf8)) {
      throw .notAMember(manifest: Self.manifest(in: folder), workspaceRoot: root)
    }
    guard FileSystem.exists("\(root)/Cargo.lock") else { throw .noLockFile(workspaceRoot: root) }
    let names = own.package.map { [$0.name] } ?? survey.memberNames
    return ProjectLocation(
      folder: folder, workspaceRoot: root,
      packageNames: names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) },
      pathUses: survey.uses, manifests: survey.manifests.all)
  }

  static func manifest(in folder: String) -> String {
    folder == "/" ? "/Cargo.toml" : "\(folder)/Cargo.toml"
  }

  private static func projectFolder(
    _ path: String, within limit: String
  ) throws(StagingError) -> String {
    let resolved: String
    do throws(SystemError) {
      resolved = try FileSystem.realPath(path)
    } catch {
      if error.isNotFound { throw .noManifest(path: path) }
      throw .system("looking for a project in \(path)", error)
    }
    guard FileSystem.isDirectory(resolved) else {
      guard LexicalPath.components(path).last == "Cargo.toml" else {
        throw .notAManifest(path: path)
      }
      return LexicalPath.parent(of: resolved)
    }
    for folder in LexicalPath.upward(from: resolved, to: limit)
    where FileSystem.exists(manifest(in: folder)) {
      return folder
    }
    throw .noManifest(path: resolved)
  }

  // MARK: The workspace

  /// What cargo's `find_root` does (src/cargo/core/workspace.rs): the manifest itself, then what it
  /// points to, then the nearest folder above with a workspace that does not exclude it.
  private static func workspaceRoot(
    of own: CargoManifest, in folder: String, within limit: String, _ manifests: inout Manifests
  ) throws(StagingError) -> String {
    if own.workspace != nil { return folder }
    if let package = own.package, let pointer = package.workspaceRoot {
      let root = LexicalPath.join(folder, pointer)
      guard let manifest = try manifests.manifest(in: root), manifest.workspace != nil else {
        throw .badWorkspacePointer(
          manifest: Self.manifest(in: folder), position: package.position, root: root)
      }
      return root
    }
    for above in LexicalPath.upward(from: folder, to: limit).dropFirst() {
      guard let manifest = try manifests.manifest(in: above) else { continue }
      guard let workspace = manifest.workspace else { continue }
      if !excludes(workspace, of: above, folder) { return above }
    }
    return folder
  }

  /// Cargo's `is_excluded`: beneath an excluded folder, unless a member is written there.
  fileprivate static func excludes(
    _ workspace: CargoManifest.Workspace, of root: String, _ folder: String
  ) -> Bool {
    func holds(_ path: String) -> Bool {
      LexicalPath.relative(folder, to: LexicalPath.join(root, path)) != nil
    }
    return workspace.exclude.contains(where: holds) && !workspace.members.contains(where: holds)
  }
}

/// The manifests read so far.
private struct Manifests {
  private var known: [[UInt8]: CargoManifest] = [:]

  /// Sorted by folder.
  var all: [CargoLock.Manifest] {
    known.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      CargoLock.Manifest(
        file: ProjectLocation.manifest(in: String(decoding: $0.key, as: UTF8.self)),
        contents: $0.value)
    }
  }

  /// Nil where the folder has no Cargo.toml.
  mutating func manifest(in folder: String) throws(StagingError) -> CargoManifest? {
    if let manifest = known[Array(folder.utf8)] { return manifest }
    let file = ProjectLocation.manifest(in: folder)
    guard let bytes = try doing("reading \(file)", try FileSystem.readIfPresent(file)) else {
      return nil
    }
    let manifest = try reading(try CargoManifest(parsing: bytes, file: file))
    known[Array(folder.utf8)] = manifest
    return manifest
  }
}

/// Walks from a workspace's root through its members and all path dependencies.
private struct Survey {
  let workspaceRoot: String
  var manifests: Manifests
  private(set) var uses: [ProjectLocation.PathUse] = []
  private(set) var members: Set<[UInt8]> = []
  private(set) var memberNames: [String] = []
  private(set) var hasWorkspace = false
  private var workspace: CargoManifest.Workspace?
  private var seen: Set<[UInt8]> = []

  init(workspaceRoot: String, manifests: Manifests) {
    self.workspaceRoot = workspaceRoot
    self.manifests = manifests
  }

  mutating func run(from project: String) throws(StagingError) {
    let root = try manifests.manifest(in: workspaceRoot)
    workspace = root?.workspace
    hasWorkspace = workspace != nil
    if root?.package != nil || !hasWorkspace { try visit(workspaceRoot, asMember: true) }
    let file = ProjectLocation.manifest(in: workspaceRoot)
    for member in (workspace?.members ?? []) + (workspace?.defaultMembers ?? []) {
      let pattern = FolderPattern(member)
      if pattern.isGlob {
        // Like cargo, which takes no offence at other folders there.
        for folder in pattern.folders(in: workspaceRoot)
        where FileSystem.exists(ProjectLocation.manifest(in: folder)) {
          if !excludes(folder) { try visit(folder, asMember: true) }
        }
      } else {
        let folder = LexicalPath.join(workspaceRoot, member)
        guard try manifests.manifest(in: folder) != nil else {
          throw .memberMissing(manifest: file, member: member)
        }
        try visit(folder, asMember: true)
      }
    }
    if let root, root.package == nil {
      // A virtual workspace is itself no package, yet it names paths for its members.
      members.insert(Array(workspaceRoot.utf8))
      try follow(root, in: workspaceRoot, isMember: true)
    }
  }

  private func excludes(_ folder: String) -> Bool {
    guard let workspace else { return false }
    return ProjectLocation.excludes(workspace, of: workspaceRoot, folder)
  }

  private mutating func visit(_ folder: String, asMember isMember: Bool) throws(StagingError) {
    let key = Array(folder.utf8)
    guard seen.insert(key).inserted else { return }
    guard let manifest = try manifests.manifest(in: folder) else { return }
    if isMember {
      members.insert(key)
      if let package = manifest.package { memberNames.append(package.name) }
    }
    try follow(manifest, in: folder, isMember: isMember)
  }

  private mutating func follow(
    _ manifest: CargoManifest, in folder: String, isMember: Bool
  ) throws(StagingError) {
    let file = ProjectLocation.manifest(in: folder)
    for dependency in manifest.pathDependencies {
      // Cargo resolves the development dependencies of members only.
      let isForTests =
        dependency.table.contains("dev-dependencies")
        || dependency.table.contains("dev_dependencies")
      if isForTests, !isMember { continue }
      let target = LexicalPath.join(folder, dependency.path)
      if try manifests.manifest(in: target) == nil {
        // What no member asks for need not be there.
        if dependency.table == "workspace.dependencies" { continue }
        throw .pathDependencyMissing(
          manifest: file, position: dependency.position, dependency: dependency.name,
          path: dependency.path)
      }
      uses.append(ProjectLocation.PathUse(manifest: file, dependency: dependency, folder: target))
      // Path dependencies inside the workspace's folder are members.
      let isInside = hasWorkspace && LexicalPath.relative(target, to: workspaceRoot) != nil
      try visit(target, asMember: isMember && isInside && !excludes(target))
    }
  }
}
