extension CargoLock {
  /// A manifest of the workspace or of a path dependency.
  public struct Manifest: Sendable, Equatable {
    public let file: String
    public let contents: CargoManifest

    public init(file: String, contents: CargoManifest) {
      self.file = file
      self.contents = contents
    }

    /// Refuses URLs of sources with a user or password in them.
    public func refuseCredentials() throws(ReadingError) {
      for requirement in contents.requirements + contents.workspaceRequirements + contents.patches {
        switch requirement.source {
        case .registryIndex(let url), .git(let url, _):
          guard URLCredentials.areIn(url) else { continue }
          throw ReadingError(
            file: file, position: requirement.position, role: .input,
            fact: .credentialsInURL(URLCredentials.removed(from: url)))
        case .registry, .path, .workspace: continue
        }
      }
    }
  }

  /// The two indexes of crates.io; a lock names the first, whichever was used.
  public static let cratesIO = [
    "https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/",
  ]

  /// Whether cargo takes two URLs of git repositories, or of registries whose index is one, for the
  /// same (src/cargo/util/canonical_url.rs). The index of a sparse registry begins with `sparse+`,
  /// and is never the same as one in git.
  public static func isSame(_ url: String, _ other: String) -> Bool {
    canonical(url).elementsEqual(canonical(other))
  }

  private static func canonical(_ url: String) -> [UInt8] {
    var url = url
    if url.hasSuffix("/") { url.removeLast() }
    if url.lowercased().hasPrefix("https://github.com/") { url = url.lowercased() }
    if url.hasSuffix(".git") { url.removeLast(4) }
    return Array(url.utf8)
  }

  /// Refuses a lock whose packages nothing asks for, or that are not pinned: every registry package
  /// has a checksum, comes from a registry that is named somewhere, and every package comes from
  /// where its dependents' manifests and `[patch]` tables say.
  ///
  /// What git packages depend on cannot be judged, as their manifests are not at hand.
  ///
  /// - Throws: `ReadingError` at the package's place in the lock `file`, with role `.input` but for a
  ///   package of the workspace that no manifest is of.
  public func verify(
    file: String, manifests: [Manifest], configurations: [CargoConfig]
  ) throws(ReadingError) {
    let verification = LockVerification(
      lock: self, file: file, manifests: manifests, configurations: configurations)
    try verification.run()
  }
}

private struct LockVerification {
  let lock: CargoLock
  let file: String
  let manifests: [CargoLock.Manifest]
  /// Indexes by the names of `[registries]`.
  private var registries: [String: String] = [:]
  private var indexes: Set<String>
  private let patches: [CargoManifest.Requirement]

  init(
    lock: CargoLock, file: String, manifests: [CargoLock.Manifest], configurations: [CargoConfig]
  ) {
    self.lock = lock
    self.file = file
    self.manifests = manifests
    var indexes = Set(CargoLock.cratesIO)
    for configuration in configurations {
      for entry in configuration.registries?.entries ?? [] {
        guard let index = entry.item.table?["index"]?.string else { continue }
        if registries[entry.key] == nil { registries[entry.key] = index }
        indexes.insert(index)
      }
      for source in configuration.sources {
        if case .registry(let index)? = source.location { indexes.insert(index) }
      }
    }
    for manifest in manifests {
      let contents = manifest.contents
      for requirement in contents.requirements + contents.workspaceRequirements + contents.patches {
        if case .registryIndex(let index) = requirement.source { indexes.insert(index) }
      }
    }
    self.indexes = indexes
    patches = manifests.flatMap(\.contents.patches) + configurations.flatMap(\.patches)
  }

  func run() throws(ReadingError) {
    // Before any message names one of their sources.
    for manifest in manifests { try manifest.refuseCredentials() }
    for package in lock.packages {
      switch package.source {
      case .registry(let index), .sparse(let index):
        guard indexes.contains(where: { CargoLock.isSame($0, index) }) else {
          throw error(.unknownRegistry(package: package.title, index: index), package)
        }
        guard package.checksum != nil || package.hasPlaceholderChecksum else {
          throw error(.noChecksum(package: package.title), package)
        }
      case .path:
        guard manifest(of: package) != nil else {
          // Most likely the lock is only older than the manifest, so it is no attack.
          throw error(.noManifest(package: package.title), package, role: .configuration)
        }
      case .git: break
      }
    }
    for package in lock.packages { try verifyDependencies(of: package) }
  }

  private func error(
    _ fact: ReadingError.Fact, _ package: CargoLock.Package, role: ReadingError.Role = .input
  ) -> ReadingError {
    ReadingError(file: file, position: package.position, role: role, fact: fact)
  }

  private func verifyDependencies(of package: CargoLock.Package) throws(ReadingError) {
    let manifest = package.source == .path ? self.manifest(of: package) : nil
    for dependency in package.dependencies {
      let candidates = lock.packages.filter { candidate in
        candidate.name == dependency.name
          && dependency.version.map { $0 == candidate.version } != false
          && dependency.source.map { candidate.source.matches($0) } != false
      }
      guard let found = candidates.first else {
        throw error(.notLocked(dependency: dependency.name, of: package.title), package)
      }
      // Where several fit, the lock does not say which is meant.
      if candidates.count > 1 { continue }
      if let manifest {
        try verify(found, isAskedForBy: manifest)
      } else if package.source.isRegistry, !found.source.isRegistry,
        !patches.contains(where: { $0.package == found.name })
      {
        throw error(
          .notAskedFor(
            package: found.title, source: found.sourceText ?? "a path", by: package.title,
            wanted: "a registry"), found)
      }
    }
  }

  private func manifest(of package: CargoLock.Package) -> CargoLock.Manifest? {
    manifests.first { manifest in
      guard let own = manifest.contents.package, own.name == package.name else { return false }
      switch own.version {
      case .value(let version)?: return version == package.version
      case .workspace?:
        return manifests.contains { $0.contents.workspace?.version == package.version }
      case nil: return package.version == "0.0.0"
      }
    }
  }

  private func verify(
    _ found: CargoLock.Package, isAskedForBy manifest: CargoLock.Manifest
  ) throws(ReadingError) {
    var asked: [(CargoManifest.Requirement.Source, Position)] = []
    for requirement in manifest.contents.requirements {
      if requirement.source == .workspace {
        for inherited in manifests.flatMap(\.contents.workspaceRequirements)
        where inherited.key == requirement.key && inherited.package == found.name {
          asked.append((inherited.source, requirement.position))
        }
      } else if requirement.package == found.name {
        asked.append((requirement.source, requirement.position))
      }
    }
    let patched = patches.filter { $0.package == found.name }.map(\.source)
    if (asked.map(\.0) + patched).contains(where: { fits($0, found.source) }) { return }
    let place = asked.first.map { "\(manifest.file):\($0.1)" } ?? manifest.file
    throw error(
      .notAskedFor(
        package: found.title, source: found.sourceText ?? "a path", by: place,
        wanted: asked.first.map { Self.words($0.0) } ?? "no package of that name"), found)
  }

  private func fits(
    _ wanted: CargoManifest.Requirement.Source, _ source: CargoLock.Source
  ) -> Bool {
    switch (wanted, source) {
    case (.registry(nil), .registry(let index)), (.registry(nil), .sparse(let index)):
      return CargoLock.cratesIO.contains(index)
    case (.registry(let name?), .registry(let index)), (.registry(let name?), .sparse(let index)):
      // Cargo may know the name from a configuration that is not at hand.
      return registries[name].map { CargoLock.isSame($0, index) } ?? true
    case (.registryIndex(let wanted), .registry(let index)),
      (.registryIndex(let wanted), .sparse(let index)):
      return CargoLock.isSame(wanted, index)
    case (.git(let wanted, let reference), .git(let url, let locked, _)):
      return CargoLock.isSame(wanted, url) && reference == locked
    case (.path, .path), (.workspace, _): return true
    // A path dependency of a git package is locked with the package's own source.
    default: return false
    }
  }

  private static func words(_ source: CargoManifest.Requirement.Source) -> String {
    switch source {
    case .registry(nil): "crates.io"
    case .registry(let name?): "the registry \(name)"
    case .registryIndex(let index): "the registry \(index)"
    case .git(let url, let reference):
      switch reference {
      case .defaultBranch: "git+\(url)"
      case .branch(let name): "git+\(url)?branch=\(name)"
      case .tag(let name): "git+\(url)?tag=\(name)"
      case .revision(let name): "git+\(url)?rev=\(name)"
      }
    case .path: "a path"
    case .workspace: "what the workspace says"
    }
  }
}
