public import Hashing
import Linux
public import Reading
public import Storing

/// What a project lacks of the crates that Cargo.lock names, and all that a cargo has to be told to
/// get it.
public struct CrateOrder: Sendable {
  public struct Item: Sendable {
    public let package: CargoLock.Package
    /// The archive's SHA-256 in Cargo.lock.
    public let checksum: Digest
    /// The registry by the name that the configuration gives it, and by its index.
    public let registry: String
    /// An archive of its name that was found and is another one.
    public let other: String?

    /// Name, version and registry.
    public var title: String {
      guard case .registry(let index) = package.source, CargoLock.cratesIO.contains(index) else {
        return "\(package.title) of the registry \(registry) (\(package.sourceText ?? ""))"
      }
      return "\(package.title) of crates.io"
    }
  }

  /// One of the configuration's `[registries]`.
  public struct Registry: Sendable, Equatable {
    public let name: String
    public let index: String
    /// Whether the user's own configuration says so, and not the project.
    public let isUsers: Bool
    public let file: String
  }

  /// What is missing, in the order of Cargo.lock.
  public let missing: [Item]
  /// How many foreign crates there are.
  public let count: Int
  /// Folders in which archives were looked for.
  public let places: [String]
  /// A configuration file for cargo: where registries are and what replaces them, nothing else.
  public let configuration: String
  /// Folders of the host that it speaks of, with their places in the sandbox.
  public let folders: [(source: String, target: String)]
  public let registries: [Registry]
  private let location: ProjectLocation
  private let root: String

  /// Looks what is missing. With `isAnchoring` an archive is wanted of what is vendored too.
  public static func make(
    _ request: StagingRequest, isAnchoring: Bool, store: Store, notice: (Notice) -> Void
  ) throws(StagingError) -> CrateOrder {
    var request = request
    request.fetched = store.archives
    let project = try LockedProject(request)
    try project.configuration.refuseHindrances()
    let survey = project.survey
    try refuseGit(survey)
    var missing: [Item] = []
    var lacking: Set<String> = []
    var count = 0
    for group in try survey.groups() {
      var folder: VendorFolder?
      if let path = group.folder, FileSystem.isDirectory(path) {
        folder = try VendorFolder(onDisk: path)
      }
      let verdicts = try survey.verdicts(group, in: folder, notice: notice)
      count += verdicts.count
      for verdict in verdicts {
        guard let checksum = verdict.package.checksum, verdict.archive == nil,
          isAnchoring || verdict.isMissing
        else { continue }
        if let place = try survey.replacement.place(of: verdict.package.source) {
          lacking.insert(place.name)
        }
        missing.append(
          Item(
            package: verdict.package, checksum: checksum,
            registry: survey.replacement.name(of: verdict.package.source),
            other: verdict.findings.compactMap(\.otherArchive).first))
      }
    }
    var (configuration, folders) = try survey.replacement.fetchConfiguration(lacking: lacking)
    for repository in try repositories(survey) { folders.append((repository, repository)) }
    return CrateOrder(
      missing: missing, count: count, places: survey.archives.names + survey.archives.ownNames,
      configuration: configuration, folders: folders,
      registries: survey.replacement.registries.map {
        Registry(name: $0.name, index: $0.index, isUsers: $0.isOutside, file: $0.file)
      },
      location: project.location, root: project.root)
  }

  /// Git repositories of the host that are indexes, which the sandbox gets to see at their own place.
  private static func repositories(_ survey: CrateSurvey) throws(StagingError) -> [String] {
    var indexes = survey.replacement.indexes
    for package in survey.lock.packages {
      if case .registry(let index) = package.source { indexes.append(index) }
    }
    var found: [String] = []
    for index in indexes where index.hasPrefix("file:///") {
      let path = LexicalPath.join("/", String(index.dropFirst("file://".count)))
      guard !found.contains(path),
        !Self.reserved.contains(LexicalPath.components(path).first ?? ""),
        ["HEAD", ".git/HEAD"].contains(where: { FileSystem.exists("\(path)/\($0)") })
      else { continue }
      found.append(try doing("looking for \(path)", try FileSystem.realPath(path)))
    }
    return found
  }

  /// Folders of the sandbox's own.
  private static let reserved: Set<String> = [
    "", "bin", "build", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin",
    "sys", "usr",
  ]

  private static func refuseGit(_ survey: CrateSurvey) throws(StagingError) {
    guard survey.vendor == nil else { return }
    var crates: [String] = []
    for package in survey.lock.packages where package.source.isGit {
      if try survey.replacement.place(of: package.source) == nil {
        crates.append("\(package.title) of \(package.sourceText ?? "")")
      }
    }
    if !crates.isEmpty { throw .gitNotFetched(crates: crates) }
  }

  // MARK: The manifests

  /// Path of the workspace's manifest in the tree that `stageManifests` makes.
  public var manifest: String {
    let folder = LexicalPath.relative(location.workspaceRoot, to: root) ?? ""
    return LexicalPath.child("Cargo.toml", of: folder)
  }

  /// Puts into the store what resolution needs of the project: the lock, the manifests, and empty
  /// files where cargo looks whether there is a target. No source, so that a cargo with a network
  /// can neither read nor run any.
  public func stageManifests(into store: Store) throws(StagingError) -> StoredTree {
    let draft = try storing(try store.draft())
    var writer = TreeWriter(folder: draft.path)
    for path in [location.lockFile] + location.manifests.map(\.file) {
      guard let relative = LexicalPath.relative(path, to: root) else { continue }
      try writer.write(doing("reading \(path)", try FileSystem.read(path)), to: relative)
    }
    for manifest in location.manifests {
      let folder = LexicalPath.parent(of: manifest.file)
      guard let relative = LexicalPath.relative(folder, to: root) else { continue }
      for target in Self.targets(in: folder) {
        try writer.write([], to: LexicalPath.child(target, of: relative))
      }
    }
    try writer.finish()
    return try publish(draft)
  }

  /// Files that make a target by their place (the Cargo book, "Target auto-discovery").
  private static func targets(in folder: String) -> [String] {
    var found = FileSystem.exists("\(folder)/build.rs") ? ["build.rs"] : []
    for place in ["src", "src/bin", "examples", "tests", "benches"] {
      guard let entries = try? Directory("\(folder)/\(place)").entries() else { continue }
      for entry in entries {
        let path = "\(place)/\(entry.name)"
        if entry.name.hasSuffix(".rs") {
          if entry.kind == .regular { found.append(path) }
        } else if place != "src", FileSystem.exists("\(folder)/\(path)/main.rs") {
          found.append("\(path)/main.rs")
        }
      }
    }
    return found
  }
}

extension CrateVerdict {
  /// Whether there is neither a vendored copy nor an archive.
  fileprivate var isMissing: Bool {
    findings.contains { finding in
      switch finding.fact {
      case .missing, .noArchive, .otherArchive: true
      default: false
      }
    }
  }
}

extension CrateFinding {
  fileprivate var otherArchive: String? {
    guard case .otherArchive(let path, _, let found) = fact else { return nil }
    return "\(path) is \(found)"
  }
}
