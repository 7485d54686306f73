import Hashing
import Linux
import Planning
import Reading
import Storing

/// Brings the crates that Cargo.lock names into the store.
///
/// What is committed is what is built: archives vouch for a vendor folder and supply what is not in
/// it, but whether they are at hand changes no byte of a build that has them vendored.
struct Vendoring {
  let store: Store
  let survey: CrateSurvey
  let required: SourceLevel?

  struct Result {
    var inputs: [VendorInput] = []
    /// One for each package of Cargo.lock, in its order.
    var crates: [CrateInput] = []
    /// Configuration files that named the places.
    var files: [String] = []
  }

  /// Where the tree of this number, counted from 0, is mounted.
  static func mountPath(_ number: Int) -> String { SandboxPaths.vendor + suffix(number) }

  private static func suffix(_ number: Int) -> String { number == 0 ? "" : "-\(number + 1)" }

  func run(notice: (Notice) -> Void) throws(StagingError) -> Result {
    var result = Result()
    var crates: [CrateInput] = []
    for group in try survey.groups() {
      let suffix = Self.suffix(result.inputs.count)
      let name = group.name ?? "cupel-vendor\(suffix)"
      let mountPath = Self.mountPath(result.inputs.count)
      if let file = group.file { result.files.append(file) }
      let (tree, inputs) = try stage(group, notice)
      crates += inputs
      var settings = [SourceReplacement.setting(name, "directory", mountPath)]
      for package in group.packages {
        if let registry = survey.replacement.outsideRegistry(of: package.source) {
          result.files.append(registry.file)
        }
        for setting in survey.replacement.settings(for: package.source, replacement: name)
        where !settings.contains(setting) {
          settings.append(setting)
        }
      }
      result.inputs.append(
        VendorInput(digest: tree.digest, mountPath: mountPath, cargoSettings: settings))
    }
    result.crates = survey.lock.packages.map { package in
      crates.first { $0.title == package.title && $0.source == package.sourceText }
        ?? CrateVerdict(package, level: .path).input
    }
    tellOfNeedlessPatches(result.crates, notice)
    try require(result.crates)
    return result
  }

  private func tellOfNeedlessPatches(_ crates: [CrateInput], _ notice: (Notice) -> Void) {
    for patch in survey.patches
    where !crates.contains(where: { $0.title == patch.title && $0.level == .patched }) {
      notice(.patchNotNeeded(crate: patch.title))
    }
  }

  private func require(_ crates: [CrateInput]) throws(StagingError) {
    guard let required else { return }
    let low = crates.filter { $0.level != .path && $0.level < required }
    if !low.isEmpty { throw .levelTooLow(required: required, crates: low) }
  }

  // MARK: One group

  private func stage(
    _ group: CrateSurvey.Group, _ notice: (Notice) -> Void
  ) throws(StagingError) -> (StoredTree, [CrateInput]) {
    var committed: (stored: StoredTree, folder: VendorFolder)?
    if let path = group.folder, FileSystem.isDirectory(path) {
      committed = try importFolder(path)
    }
    let draft = try storing(try store.draft())
    var writer = TreeWriter(folder: draft.path)
    var unpacked = 0
    let verdicts = try survey.verdicts(group, in: committed?.folder, notice: notice) {
      (archive) throws(StagingError) in
      try archive.unpack(into: &writer, as: archive.top)
      unpacked += 1
    }
    try refuse(verdicts, group)
    tell(verdicts, group, notice)
    let stored: StoredTree
    if let committed, unpacked == 0 {
      stored = committed.stored
    } else {
      if let committed {
        try writer.copy(
          storing(try store.tree(committed.stored.digest)),
          from: store.path(of: committed.stored.digest))
      }
      try writer.finish()
      stored = try publish(draft)
    }
    let tree = try storing(try store.tree(stored.digest))
    var inputs: [CrateInput] = []
    for var verdict in verdicts {
      if verdict.vendored == nil {
        let folder = "\(verdict.package.name)-\(verdict.package.version)"
        verdict.tree = tree.subtrees.first { $0.name == folder }?.tree.digest
      }
      inputs.append(verdict.input)
    }
    return (stored, inputs)
  }

  private func importFolder(
    _ path: String
  ) throws(StagingError) -> (stored: StoredTree, folder: VendorFolder) {
    let stored = try storing(try store.importTree(from: path))
    let tree = try storing(try store.tree(stored.digest))
    try VendorFolder.refuseEscapes(tree, shownPath: path)
    let folder = try VendorFolder(
      path: store.path(of: stored.digest), shownPath: path, tree: tree)
    return (stored, folder)
  }

  private func refuse(
    _ verdicts: [CrateVerdict], _ group: CrateSurvey.Group
  ) throws(StagingError) {
    let findings = verdicts.flatMap(\.findings)
    guard !findings.isEmpty else { return }
    let first = Array(findings.prefix(10))
    if let folder = group.folder {
      guard FileSystem.isDirectory(folder) else {
        throw .vendorFolderMissing(path: folder, config: group.file)
      }
      throw .vendorRejected(folder: folder, findings: first, count: findings.count)
    }
    let named = survey.archives.names + [group.registry].compactMap { $0 }
    if named.isEmpty, findings.allSatisfy({ $0.fact == .noArchive }) {
      throw .notVendored(crates: findings.count, example: findings[0].crate)
    }
    throw .archivesRejected(
      folder: named.isEmpty ? nil : named.joined(separator: ", "), findings: first,
      count: findings.count)
  }

  private func tell(
    _ verdicts: [CrateVerdict], _ group: CrateSurvey.Group, _ notice: (Notice) -> Void
  ) {
    guard let folder = group.folder else { return }
    let committed = verdicts.filter { $0.vendored != nil }
    let anchored = committed.count { $0.level == .archive }
    if anchored > 0 { notice(.vendorAgreesWithArchives(folder: folder, crates: anchored)) }
    for verdict in committed {
      if let patch = verdict.patch {
        notice(.patched(crate: verdict.package.title, reason: patch.reason))
      }
    }
    let loose = committed.filter { $0.level < .patched }
    let unlisted = loose.filter { $0.unlisted > 0 }
    if !unlisted.isEmpty {
      notice(
        .unlistedFiles(
          folder: folder, files: unlisted.reduce(0) { $0 + $1.unlisted }, crates: unlisted.count))
    }
    if !loose.isEmpty { notice(.vendorNotAnchored(folder: folder, crates: loose.count)) }
  }
}
