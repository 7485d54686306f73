import Hashing
import Linux
import Planning
import Reading
import Storing

/// Brings the crates that Cargo.lock names into the store.
struct Vendoring {
  let store: Store
  let lock: CargoLock
  let replacement: SourceReplacement
  /// Given by the user; overrides every configured folder.
  let vendor: String?
  /// A folder of archives, given by the user.
  let crates: String?

  /// Packages that come from one place.
  private struct Group {
    enum Place: Equatable {
      case directory(String)
      case archives(String)
    }

    let place: Place
    /// The configured source to point at the mounted folder; nil where one is to be made up.
    let name: String?
    /// The configuration file that names the place.
    let file: String?
    var packages: [CargoLock.Package]
  }

  /// The inputs, and the configuration files that named their places.
  func run(
    notice: (Notice) -> Void
  ) throws(StagingError) -> (inputs: [VendorInput], files: [String]) {
    var inputs: [VendorInput] = []
    var files: [String] = []
    for group in try groups() {
      let suffix = inputs.isEmpty ? "" : "-\(inputs.count + 1)"
      let name = group.name ?? "cupel-vendor\(suffix)"
      let mountPath = SandboxPaths.vendor + suffix
      if let file = group.file { files.append(file) }
      let tree: StoredTree
      let level: SourceLevel
      switch group.place {
      case .directory(let path):
        tree = try importFolder(path, group, notice)
        level = .vendored
      case .archives(let path):
        tree = try unpack(path, group.packages, notice)
        level = .archive
      }
      var settings = [SourceReplacement.setting(name, "directory", mountPath)]
      for package in group.packages {
        for setting in replacement.settings(for: package.source, replacement: name)
        where !settings.contains(setting) {
          settings.append(setting)
        }
      }
      inputs.append(
        VendorInput(
          digest: tree.digest, level: level, mountPath: mountPath, cargoSettings: settings))
    }
    return (inputs, files)
  }

  // MARK: Where each package comes from

  private func groups() throws(StagingError) -> [Group] {
    var groups: [Group] = []
    var missing: [CargoLock.Package] = []
    for package in lock.packages where package.source != .path {
      guard let place = try place(of: package) else {
        if case .git(let url, _, _) = package.source {
          throw .gitNotVendored(crate: package.title, url: url)
        }
        missing.append(package)
        continue
      }
      // One folder is one source, even where several names lead to it.
      if let index = groups.firstIndex(where: { $0.place == place.place }) {
        groups[index].packages.append(package)
      } else {
        groups.append(
          Group(place: place.place, name: place.name, file: place.file, packages: [package]))
      }
    }
    if let first = missing.first {
      throw .notVendored(crates: missing.count, example: first.title)
    }
    return groups
  }

  private func place(
    of package: CargoLock.Package
  ) throws(StagingError) -> (place: Group.Place, name: String?, file: String?)? {
    let configured = try replacement.place(of: package.source)
    // A source of another kind cannot be made a directory by one more setting.
    let name = configured?.kind == .directory ? configured?.name : nil
    if let crates, package.source.isRegistry { return (.archives(crates), nil, nil) }
    if let vendor { return (.directory(vendor), name, nil) }
    guard let configured else { return nil }
    switch configured.kind {
    case .directory: return (.directory(configured.path), name, configured.file)
    case .localRegistry: return (.archives(configured.path), nil, configured.file)
    }
  }

  // MARK: Folders

  private func importFolder(
    _ path: String, _ group: Group, _ notice: (Notice) -> Void
  ) throws(StagingError) -> StoredTree {
    guard FileSystem.isDirectory(path) else {
      throw .vendorFolderMissing(path: path, config: group.file)
    }
    let stored = try storing(try store.importTree(from: path))
    let tree = try storing(try store.tree(stored.digest))
    try VendorFolder.refuseEscapes(tree, shownPath: path)
    let folder = try VendorFolder(
      path: store.path(of: stored.digest), shownPath: path, tree: tree)
    let (findings, unlisted) = try folder.verify(group.packages)
    try refuse(findings, path)
    if unlisted.files > 0 {
      notice(
        .unlistedFiles(folder: path, files: unlisted.files, crates: unlisted.crates))
    }
    notice(.vendorNotAnchored(folder: path))
    return stored
  }

  private func refuse(_ findings: [VendorFinding], _ path: String) throws(StagingError) {
    if findings.isEmpty { return }
    throw .vendorRejected(
      folder: path, findings: Array(findings.prefix(10)), count: findings.count)
  }

  // MARK: Archives

  private func unpack(
    _ path: String, _ packages: [CargoLock.Package], _ notice: (Notice) -> Void
  ) throws(StagingError) -> StoredTree {
    let archives = try CrateArchives(path)
    let draft = try storing(try store.draft())
    try archives.unpack(packages, into: draft.path)
    let stored = try publish(draft)
    try compareCommitted(with: stored, packages, notice)
    return stored
  }

  /// A committed vendor folder is not used beside archives, but it must not say something else.
  private func compareCommitted(
    with stored: StoredTree, _ packages: [CargoLock.Package], _ notice: (Notice) -> Void
  ) throws(StagingError) {
    let unpacked = try VendorFolder(
      path: store.path(of: stored.digest), shownPath: store.path(of: stored.digest),
      tree: storing(try store.tree(stored.digest)))
    var byFolder: [(path: String, packages: [CargoLock.Package])] = []
    for package in packages {
      let configured = try replacement.place(of: package.source)
      let folder = vendor ?? (configured?.kind == .directory ? configured?.path : nil)
      guard let folder, FileSystem.isDirectory(folder) else { continue }
      if let index = byFolder.firstIndex(where: { $0.path == folder }) {
        byFolder[index].packages.append(package)
      } else {
        byFolder.append((folder, [package]))
      }
    }
    for (path, packages) in byFolder {
      let committed = try VendorFolder(
        path: path, shownPath: path, tree: storing(try Tree(reading: path)))
      try refuse(CrateArchives.compare(committed, with: unpacked, packages), path)
      let count = packages.count { committed.package($0) != nil }
      if count > 0 { notice(.vendorAgreesWithArchives(folder: path, crates: count)) }
    }
  }
}
