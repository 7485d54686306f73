import Hashing
import Linux
import Planning
import Reading

/// Looks at every foreign package of Cargo.lock: where it comes from, what vouches for it, and what
/// is wrong with it.
struct CrateSurvey {
  let lock: CargoLock
  let replacement: SourceReplacement
  /// Given by the user; overrides every configured folder.
  let vendor: String?
  let archives: CrateArchives
  let patches: [Manifest.Patch]

  /// Packages that come from one place.
  struct Group {
    /// A vendor folder; nil where everything is made from archives.
    let folder: String?
    /// A configured local registry.
    let registry: String?
    /// The configured source to point at the mounted folder; nil where one is to be made up.
    let name: String?
    /// The configuration file that names the place.
    let file: String?
    var packages: [CargoLock.Package]
  }

  /// Every foreign package in one group; a folder is one group, even where several names lead to it.
  /// What is made from archives is one group for each source, so that no registry's crate can take
  /// the place of another's.
  func groups() throws(StagingError) -> [Group] {
    var groups: [Group] = []
    for package in lock.packages where package.source != .path {
      let group = try group(of: package)
      if let index = groups.firstIndex(where: {
        $0.folder == group.folder && $0.registry == group.registry
          && (group.folder != nil || $0.packages[0].source == package.source)
      }) {
        groups[index].packages.append(package)
      } else {
        groups.append(group)
      }
    }
    return groups
  }

  private func group(of package: CargoLock.Package) throws(StagingError) -> Group {
    let configured = try replacement.place(of: package.source)
    // A source of another kind cannot be made a directory by one more setting.
    let name = configured?.kind == .directory ? configured?.name : nil
    if let vendor {
      return Group(folder: vendor, registry: nil, name: name, file: nil, packages: [package])
    }
    switch configured?.kind {
    case .directory?:
      return Group(
        folder: configured?.path, registry: nil, name: name, file: configured?.file,
        packages: [package])
    case .localRegistry?:
      return Group(
        folder: nil, registry: configured?.path, name: nil, file: configured?.file,
        packages: [package])
    case nil:
      if case .git(let url, _, _) = package.source {
        throw .gitNotVendored(crate: package.title, url: url)
      }
      return Group(folder: nil, registry: nil, name: nil, file: nil, packages: [package])
    }
  }

  /// Looks at the packages of a group. `folder` is its vendor folder, where that is there. Archives
  /// of crates that are not in it are handed out one by one.
  func verdicts(
    _ group: Group, in folder: VendorFolder?, notice: (Notice) -> Void,
    onArchive: (CrateArchive) throws(StagingError) -> Void = { _ in }
  ) throws(StagingError) -> [CrateVerdict] {
    var verdicts: [CrateVerdict] = []
    var unpacked: Set<String> = []
    for package in group.packages {
      var verdict = CrateVerdict(package, level: package.source.isGit ? .git : .vendored)
      var archive: CrateArchive?
      var refusal: CrateFinding.Fact?
      if let checksum = package.checksum {
        switch try archives.find(package, checksum: checksum, more: group.registry, notice: notice)
        {
        case .archive(let found):
          archive = found
          verdict.archive = found.path
        case .other(let path, let digest):
          refusal = .otherArchive(path: path, locked: checksum, found: digest)
        case .nothing: refusal = .noArchive
        }
      }
      if let folder, let copy = folder.package(package) {
        try examine(copy, in: folder, archive, &verdict)
        if case .otherArchive(let path, let locked, let found)? = refusal {
          notice(.archiveIgnored(path: path, found: found, locked: locked))
        }
      } else if let archive, folder?.isUnreadable(package) != true {
        guard unpacked.insert(package.title).inserted else {
          throw .sameCrateTwice(crate: package.title)
        }
        verdict.level = .archive
        try onArchive(archive)
      } else if let folder {
        verdict.findings = [CrateFinding(crate: package.title, fact: folder.whyMissing(package))]
      } else {
        verdict.findings = [CrateFinding(crate: package.title, fact: refusal ?? .noArchive)]
      }
      verdicts.append(verdict)
    }
    return verdicts
  }

  /// Compares a vendored copy with the archive, with what is declared, and with itself.
  private func examine(
    _ copy: VendorFolder.Package, in folder: VendorFolder, _ archive: CrateArchive?,
    _ verdict: inout CrateVerdict
  ) throws(StagingError) {
    let package = verdict.package
    verdict.vendored = (folder.shownPath, copy.folder)
    verdict.tree = copy.digest
    let (own, unlisted) = try folder.verify(copy, package)
    verdict.unlisted = unlisted
    let differences = try archive?.differences(from: copy) { (file) throws(StagingError) in
      try folder.read(file, of: copy)
    }
    let patch = patches.first { $0.title.utf8.elementsEqual(package.title.utf8) }
    if differences?.isEmpty == true {
      verdict.level = .archive
      verdict.findings = own
      return
    }
    if let patch {
      guard patch.tree == copy.digest else {
        verdict.findings = [
          CrateFinding(
            crate: package.title, fact: .otherPatch(declared: patch.tree, found: copy.digest))
        ]
        verdict.findings += Self.findings(differences ?? [], own, package)
        return
      }
      verdict.level = .patched
      verdict.patch = CrateInput.Patch(
        reason: patch.reason, difference: differences.map { CrateDifference.digest(of: $0) })
      verdict.findings = own
      return
    }
    verdict.findings = Self.findings(differences ?? [], own, package)
  }

  /// Differences, and what the checksum file says of other files.
  private static func findings(
    _ differences: [CrateDifference], _ own: [CrateFinding], _ package: CargoLock.Package
  ) -> [CrateFinding] {
    let paths = Set(differences.map { Array($0.path.utf8) })
    let others = own.filter { finding in
      switch finding.fact {
      case .fileChanged(let path, _, _), .fileMissing(let path):
        !paths.contains(Array(path.utf8))
      default: true
      }
    }
    return differences.map { CrateFinding(crate: package.title, fact: .differs($0)) } + others
  }
}
