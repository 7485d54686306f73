import Linux
import Planning
public import Reading
import Storing

/// Every package of a project's lock, checked where it is: nothing is built and nothing is stored.
public struct SourceVerification: Sendable {
  /// One for each package of Cargo.lock, in its order.
  public let verdicts: [CrateVerdict]
  public let notices: [Notice]

  /// What is wrong, crate by crate.
  public var findings: [CrateFinding] { verdicts.flatMap(\.findings) }

  /// Checks the project that `request` names; its vendor folders are read in place.
  public static func run(_ request: StagingRequest) throws(StagingError) -> SourceVerification {
    let project = try LockedProject(request)
    var notices: [Notice] = []
    var found: [CrateVerdict] = []
    for group in try project.survey.groups() {
      var folder: VendorFolder?
      if let path = group.folder, FileSystem.isDirectory(path) {
        folder = try VendorFolder(onDisk: path)
      }
      found += try project.survey.verdicts(group, in: folder) { notices.append($0) }
    }
    if let revision = request.revision { notices = notices.map(revision.describing) }
    let verdicts = project.survey.lock.packages.map { package in
      found.first { $0.package == package } ?? CrateVerdict(package, level: .path)
    }
    return SourceVerification(verdicts: verdicts, notices: notices)
  }

  /// Refuses crates below a level.
  public func require(_ level: SourceLevel?) throws(StagingError) {
    guard let level else { return }
    let low = verdicts.filter {
      $0.findings.isEmpty && $0.level != .path && $0.level < level
    }
    if !low.isEmpty { throw .levelTooLow(required: level, crates: low.map(\.input)) }
  }
}

/// A project as it is on disk, with its lock read and verified.
struct LockedProject {
  let location: ProjectLocation
  /// The source root.
  let root: String
  let configuration: Configuration
  let survey: CrateSurvey

  init(_ request: StagingRequest) throws(StagingError) {
    location = try ProjectLocation.find(request.place, within: request.revision?.folder)
    let root = try SourceRoot.find(for: location, request)
    self.root = root.folder
    let bytes = try doing(
      "reading \(location.lockFile)", try FileSystem.read(location.lockFile))
    let lock = try reading(try CargoLock(parsing: bytes, file: location.lockFile))
    configuration = try Configuration.read(
      project: location.folder, root: root.folder, tree: root.folder,
      cargoHome: request.cargoHome, isAlone: request.revision != nil)
    try reading(
      lock.verify(
        file: location.lockFile, manifests: location.manifests,
        configurations: configuration.all.map(\.config)))
    survey = try CrateSurvey(
      lock: lock, replacement: SourceReplacement(configuration), request: request)
  }
}

extension VendorFolder {
  /// Reads a folder in place.
  init(onDisk path: String) throws(StagingError) {
    let tree = try storing(try Tree(reading: path))
    try Self.refuseEscapes(tree, shownPath: path)
    try self.init(path: path, shownPath: path, tree: tree)
  }
}
