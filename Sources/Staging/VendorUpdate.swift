import Hashing
import Linux
import Reading
import Storing

/// A vendor folder made, or made anew, from archives.
///
/// The result is a function of Cargo.lock alone, but for what is not made from archives: patched
/// crates that cupel.toml declares, git packages, and whatever else somebody put there. That stays
/// as it is. The new folder takes the place of the old one in one step.
public struct VendorUpdate: Sendable {
  public enum Change: Sendable {
    case added(String)
    case removed(String)
    /// The folder held another version, or none that can be told.
    case replaced(String, by: String)
    /// The same crate; its files were not those of the archive.
    case restored(String, [CrateFinding])

    /// One line, and the differences below it.
    public var text: String {
      switch self {
      case .added(let crate): "+ \(crate)"
      case .removed(let crate): "- \(crate)"
      case .replaced(let old, let new): "~ \(old) -> \(new)"
      case .restored(let crate, let findings):
        "! \(crate) was not what its archive holds"
          + findings.map { "\n  \($0.text)" }.joined()
      }
    }
  }

  /// The vendor folder; absolute.
  public let folder: String
  public let changes: [Change]
  /// Crates in the folder that are made from archives.
  public let count: Int
  /// Entries of the folder that were left as they are, sorted.
  public let kept: [String]
  /// Whether cargo's configuration leads to the folder.
  public let isConfigured: Bool

  /// Brings the vendor folder of a project up to date; with `isTrial` only says what would change.
  ///
  /// - Throws: `StagingError` when an archive is missing or not the locked one, and when a folder is
  ///   in the way that neither an archive nor its own checksum file accounts for.
  public static func run(
    _ request: StagingRequest, isTrial: Bool = false, notice: (Notice) -> Void
  ) throws(StagingError) -> VendorUpdate {
    let project = try LockedProject(request)
    let survey = project.survey
    var configured: String?
    for package in survey.lock.packages where package.source.isRegistry {
      if let place = try survey.replacement.place(of: package.source), place.kind == .directory {
        configured = place.path
      }
    }
    let target =
      survey.vendor ?? configured ?? LexicalPath.join(project.location.workspaceRoot, "vendor")
    var work = VendorWork(
      target: target, survey: survey,
      old: FileSystem.isDirectory(target) ? try VendorFolder(onDisk: target) : nil)
    try work.run(isTrial: isTrial, notice)
    return VendorUpdate(
      folder: target, changes: work.changes, count: work.written.count, kept: work.kept,
      isConfigured: configured == target)
  }
}

private struct VendorWork {
  let target: String
  let survey: CrateSurvey
  let old: VendorFolder?
  var changes: [VendorUpdate.Change] = []
  /// Folders made from archives, by name.
  var written: Set<[UInt8]> = []
  var kept: [String] = []

  init(target: String, survey: CrateSurvey, old: VendorFolder?) {
    self.target = target
    self.survey = survey
    self.old = old
  }

  mutating func run(isTrial: Bool, _ notice: (Notice) -> Void) throws(StagingError) {
    let folder = try ReplacedFolder(target)
    var writer = TreeWriter(folder: folder.path)
    var findings: [CrateFinding] = []
    let names = folderNames()
    for package in survey.lock.packages where package.source != .path {
      if try stays(package) { continue }
      if case .git(let url, _, _) = package.source {
        throw .gitNotVendored(crate: package.title, url: url)
      }
      guard let checksum = package.checksum else {
        findings.append(CrateFinding(crate: package.title, fact: .noArchive))
        continue
      }
      switch try survey.archives.find(package, checksum: checksum, notice: notice) {
      case .archive(let archive):
        // A folder that stays may have the name.
        let wanted = names[package] ?? archive.top
        let name = try isTaken(wanted) ? archive.top : wanted
        try note(package, archive, name)
        try archive.unpack(into: &writer, as: name)
        written.insert(Array(name.utf8))
      case .other(let path, let digest):
        findings.append(
          CrateFinding(
            crate: package.title, fact: .otherArchive(path: path, locked: checksum, found: digest)))
      case .nothing: findings.append(CrateFinding(crate: package.title, fact: .noArchive))
      }
    }
    guard findings.isEmpty else {
      let named = survey.archives.names
      throw .archivesRejected(
        folder: named.isEmpty ? nil : named.joined(separator: ", "),
        findings: Array(findings.prefix(10)), count: findings.count)
    }
    try keepTheRest(&writer)
    try writer.finish()
    if !isTrial { try folder.publish() }
  }

  /// As `cargo vendor` names them: the highest version of a name has no version in its folder's
  /// (cargo, src/cargo/ops/vendor.rs).
  private func folderNames() -> [CargoLock.Package: String] {
    var highest: [String: CargoLock.Package] = [:]
    let foreign = survey.lock.packages.filter { $0.source != .path }
    for package in foreign {
      guard let other = highest[package.name] else {
        highest[package.name] = package
        continue
      }
      if let a = SemanticVersion(other.version), let b = SemanticVersion(package.version), a < b {
        highest[package.name] = package
      }
    }
    var names: [CargoLock.Package: String] = [:]
    for package in foreign {
      names[package] =
        highest[package.name] == package ? package.name : "\(package.name)-\(package.version)"
    }
    return names
  }

  /// Whether the crate's folder is to stay: a git package's, or that of a declared patch.
  private func stays(_ package: CargoLock.Package) throws(StagingError) -> Bool {
    guard let copy = old?.package(package) else { return false }
    if package.source.isGit { return true }
    return survey.patches.contains {
      $0.title.utf8.elementsEqual(package.title.utf8) && $0.tree == copy.digest
    }
  }

  private func isTaken(_ name: String) throws(StagingError) -> Bool {
    for package in survey.lock.packages where try stays(package) {
      if old?.package(package)?.folder == name { return true }
    }
    return false
  }

  /// Notes what becomes of a folder; refuses to lose one that nothing accounts for.
  private mutating func note(
    _ package: CargoLock.Package, _ archive: CrateArchive, _ name: String
  ) throws(StagingError) {
    guard let old, FileSystem.exists("\(target)/\(name)") else {
      changes.append(.added(package.title))
      return
    }
    let copy = old.packages.first { $0.folder.utf8.elementsEqual(name.utf8) }
    guard let copy else { throw .vendorFolderInTheWay(path: "\(target)/\(name)") }
    let title = "\(copy.name) \(copy.version ?? "")"
    guard title.utf8.elementsEqual(package.title.utf8) else {
      guard try isOurs(copy) else { throw .vendorFolderInTheWay(path: "\(target)/\(name)") }
      changes.append(.replaced(title, by: package.title))
      return
    }
    let differences = try archive.differences(from: copy) { (file) throws(StagingError) in
      try old.read(file, of: copy)
    }
    if differences.isEmpty { return }
    guard try isOurs(copy) else { throw .vendorFolderInTheWay(path: "\(target)/\(name)") }
    changes.append(
      .restored(
        package.title,
        differences.map { CrateFinding(crate: package.title, fact: .differs($0)) }))
  }

  /// Whether a folder is a vendoring tool's: its checksum file names an archive and accounts for
  /// every file.
  private func isOurs(_ copy: VendorFolder.Package) throws(StagingError) -> Bool {
    guard let old, copy.symlinks.isEmpty,
      copy.files[Array(ChecksumFile.name.utf8)] != nil
    else { return false }
    let file = "\(old.path)/\(copy.folder)/\(ChecksumFile.name)"
    guard let sums = ChecksumFile(parsing: try old.read(ChecksumFile.name, of: copy), file: file),
      sums.package != nil, sums.files.count == copy.files.count - 1
    else { return false }
    return sums.files.allSatisfy { copy.files[Array($0.path.utf8)]?.digest == $0.digest }
  }

  /// Copies what is not made from archives; what a vendoring tool made and no lock names goes.
  private mutating func keepTheRest(_ writer: inout TreeWriter) throws(StagingError) {
    guard let old else { return }
    for entry in try doing("reading \(target)", try Directory(target).entries())
    where !written.contains(Array(entry.name.utf8)) {
      if let copy = old.packages.first(where: { $0.folder.utf8.elementsEqual(entry.name.utf8) }),
        !survey.lock.packages.contains(where: {
          old.package($0)?.folder == copy.folder && isKept($0)
        }),
        try isOurs(copy)
      {
        changes.append(.removed("\(copy.name) \(copy.version ?? "")"))
        continue
      }
      kept.append(entry.name)
      let path = "\(target)/\(entry.name)"
      switch entry.kind {
      case .directory:
        try writer.makeFolder(entry.name)
        try writer.copy(storing(try Tree(reading: path)), from: path, to: entry.name)
      case .symlink:
        try writer.symlink(
          entry.name,
          to: doing("reading \(path)", try Directory(target).readSymlink(entry.name)))
      default:
        let status = try doing("looking at \(path)", try FileSystem.linkStatus(path))
        guard status.kind == .regular else {
          throw .unsupportedKind(path: path, what: WorkTree.word(status.kind))
        }
        try writer.write(
          doing("reading \(path)", try FileSystem.read(path)), to: entry.name,
          isExecutable: status.isExecutable)
      }
    }
  }

  private func isKept(_ package: CargoLock.Package) -> Bool {
    package.source.isGit
      || survey.patches.contains { $0.title.utf8.elementsEqual(package.title.utf8) }
  }
}

/// A folder in the making beside the one that it replaces; removed with this value, and what was
/// replaced with it.
private struct ReplacedFolder: ~Copyable {
  private let parent: Directory
  private let name: String
  private let scratch: ScratchFolder

  var path: String { scratch.path }

  init(_ target: String) throws(StagingError) {
    let (parentPath, name) = FileSystem.split(target)
    let prefix = ".\(name).new"
    let operation = "making \(target)"
    try doing(operation, try FileSystem.makeDirectories(parentPath))
    let parent = try doing(operation, try Directory(parentPath))
    _ = try doing(
      operation, try ScratchFolder.removeAbandoned(in: parentPath, prefix: prefix))
    scratch = try doing(operation, try ScratchFolder.make(in: parentPath, prefix: prefix))
    self.parent = parent
    self.name = name
  }

  func publish() throws(StagingError) {
    try doing("replacing \(parent.path)/\(name)", try scratch.publish(to: parent, as: name))
  }
}
