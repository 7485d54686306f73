import Hashing
import Linux
import Planning
import Reading
public import Storing

extension StagedProject {
  /// Finds the project, puts its source and its crates into the store and checks them. What
  /// `notice` is told at once, the result lists too.
  public static func stage(
    _ request: StagingRequest, store: Store, notice: (Notice) -> Void = { _ in }
  ) throws(StagingError) -> StagedProject {
    var notices: [Notice] = []
    func tell(_ plain: Notice) {
      let text = request.revision?.describing(plain) ?? plain
      notices.append(text)
      notice(text)
    }
    var request = request
    request.fetched = store.archives
    let location = try ProjectLocation.find(request.place, within: request.revision?.folder)
    let root = try SourceRoot.find(for: location, request)
    let exported: SourceExport.Exported
    if let revision = request.revision {
      exported = try revision.exported(root: root.folder, request, store)
    } else {
      exported = try SourceExport(
        root: root.folder, isTracked: root.isTracked, request: request,
        output: try request.output.map(absolute)
      ).run(into: store, notice: tell)
    }
    let tree = store.path(of: exported.tree.digest)

    let (lock, digest) = try cargoLock(of: location, root, tree)
    let configuration = try Configuration.read(
      project: location.folder, root: root.folder, tree: tree, cargoHome: request.cargoHome,
      isAlone: request.revision != nil)
    try configuration.refuseHindrances()
    try reading(
      lock.verify(
        file: location.lockFile, manifests: location.manifests,
        configurations: configuration.all.map(\.config)))
    let vendoring = try Vendoring(
      store: store,
      survey: CrateSurvey(
        lock: lock, replacement: SourceReplacement(configuration), request: request),
      required: request.required
    ).run(notice: tell)
    for file in configuration.outsideNames {
      let isUsed = vendoring.files.contains { $0.utf8.elementsEqual(file.utf8) }
      tell(isUsed ? .configurationUsedForVendor(file: file) : .configurationNotUsed(file: file))
    }

    let hazards = Self.hazards(
      location, configuration, lock, root: root.folder, tree: tree,
      vendors: vendoring.inputs.map { store.path(of: $0.digest) })
    for hazard in hazards.prefix(mostHazardsTold) { tell(.hazard(hazard)) }
    if hazards.count > mostHazardsTold {
      tell(.moreHazards(count: hazards.count - mostHazardsTold))
    }

    let source = SourceInput(
      digest: exported.tree.digest,
      projectPath: LexicalPath.relative(location.folder, to: root.folder) ?? "",
      commit: exported.revision?.commit, isDirty: exported.isDirty, epoch: exported.epoch,
      epochOrigin: exported.epochOrigin)
    return StagedProject(
      location: location, sourceRoot: root.folder, source: source,
      revision: exported.revision, vendors: vendoring.inputs, crates: vendoring.crates,
      cargoLockDigest: digest, cargoLock: lock,
      configurations: configuration.staged.map(\.config),
      toolchainFile: try ToolchainPin.find(
        project: location.folder, root: root.folder, tree: tree),
      notices: notices, hazards: hazards)
  }

  private static let mostHazardsTold = 8

  private static func hazards(
    _ location: ProjectLocation, _ configuration: Configuration, _ lock: CargoLock, root: String,
    tree: String, vendors: [String]
  ) -> [Hazard] {
    var survey = HazardSurvey()
    for file in configuration.staged { survey.examine(file.config, root: root, tree: tree) }
    let manifest = ProjectLocation.manifest(in: location.workspaceRoot)
    if let name = LexicalPath.relative(manifest, to: root),
      let bytes = try? FileSystem.read("\(tree)/\(name)")
    {
      survey.examine(manifest: bytes, file: manifest, root: root, tree: tree)
    }
    for manifest in location.manifests {
      let folder = LexicalPath.parent(of: manifest.file)
      guard let name = LexicalPath.relative(folder, to: root) else { continue }
      let script =
        manifest.contents.hasNoBuildScript ? nil : manifest.contents.buildScript ?? "build.rs"
      guard let script, HazardSurvey.staysBelow(script) else { continue }
      let place = name.isEmpty ? script : "\(name)/\(script)"
      survey.examine(script: "\(tree)/\(place)", name: place)
    }
    for vendor in vendors { survey.examine(crates: vendor) }
    survey.examine(lock)
    return survey.found
  }

  /// The lock as staged, so that what is read is what the build sees.
  private static func cargoLock(
    of location: ProjectLocation, _ root: SourceRoot, _ tree: String
  ) throws(StagingError) -> (CargoLock, Digest) {
    let path = LexicalPath.relative(location.lockFile, to: root.folder) ?? "Cargo.lock"
    let bytes = try doing(
      "reading \(location.lockFile)", try FileSystem.readIfPresent("\(tree)/\(path)"))
    guard let bytes else {
      let git = Git(folder: location.workspaceRoot)
      let isIgnored = try git.run(["check-ignore", "--quiet", "Cargo.lock"]).status == 0
      throw .lockFileNotCommitted(path: path, isIgnored: isIgnored)
    }
    let lock = try reading(try CargoLock(parsing: bytes, file: location.lockFile))
    return (lock, Digest.hashing(bytes))
  }

  static func absolute(_ path: String) throws(StagingError) -> String {
    if LexicalPath.isAbsolute(path) { return LexicalPath.join("/", path) }
    let current = try doing("looking for the current folder", try FileSystem.currentDirectory())
    return LexicalPath.join(current, path)
  }
}

extension CrateSurvey {
  /// With the folders that the user names, and cargo's own cache.
  init(
    lock: CargoLock, replacement: SourceReplacement, request: StagingRequest
  ) throws(StagingError) {
    var folders: [String] = []
    for folder in request.crates { folders.append(try StagedProject.absolute(folder)) }
    self.init(
      lock: lock, replacement: replacement,
      vendor: try request.vendor.map { (path) throws(StagingError) in
        try StagedProject.absolute(path)
      },
      archives: try CrateArchives(
        folders, cache: request.cargoHome.map { "\($0)/registry/cache" },
        fetched: request.fetched),
      patches: request.patches)
  }
}
