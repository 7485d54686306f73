internal import Failing
internal import Linux

/// Takes the artifacts of one leg out of its target folder, when every process of the leg is dead.
///
/// What cargo says it made may be forged: a procedural macro can print into rustc's output, which
/// cargo passes on. So a message only ever names a file. The file itself must be regular and lie
/// beneath the target folder, on its file system, reached through no symlink. Its bytes are copied,
/// and nothing else: of its permissions only whether it is executable, no owner, time, setuid bit,
/// extended attribute or capability.
///
/// Hard links are no danger, and cargo makes them itself: `release/x` and `release/deps/x-HASH` are
/// one file. The target folder is the root of a file system in memory that was made for this leg,
/// and link(2) never leaves a file system. So every name of the file lies beneath the target folder:
/// it is no file of the host's, and nobody is left to change it through another name. That all names
/// are found there is checked, should a target folder ever be a folder of the host.
struct ArtifactCollection {
  private let leg: String
  /// For the copies; it need not exist.
  private let folder: String
  /// Bytes that may still be copied, holes included.
  private var room: Int64
  private var names: Set<[UInt8]> = []
  /// Of every file with several names in the target folder, how many; looked up once.
  private var linkedNames: [FileIdentity: UInt64]?

  /// `sizeLimit` is that of the target folder: only files with holes or several names can be more
  /// together.
  init(leg: String, folder: String, sizeLimit: Int64) {
    self.leg = leg
    self.folder = folder
    room = sizeLimit
  }

  /// Copies the files and gives the copies in the order of their names.
  mutating func collect(
    _ files: [ArtifactFile], from target: borrowing Directory
  ) throws(BuildingError) -> [CollectedArtifact] {
    guard let first = files.first else { throw .noArtifacts(leg: leg) }
    guard files.count <= CargoSession.mostArtifacts else {
      throw .badArtifact(
        leg: leg, path: first.path.printable,
        reason: "it is one of more than \(CargoSession.mostArtifacts)")
    }
    let severalTargets = Set(files.map(\.target)).count > 1
    var collected: [CollectedArtifact] = []
    for file in files {
      let name = file.outputName(severalTargets: severalTargets)
      let reason: String?
      do throws(SystemError) {
        reason = try copy(file.path, from: target, as: name)
      } catch {
        if error.isInterruption { throw .interrupted }
        reason = error.message.printable
      }
      if let reason {
        throw .badArtifact(leg: leg, path: file.path.printable, reason: reason)
      }
      collected.append(CollectedArtifact(file: file, name: name, path: "\(folder)/\(name)"))
    }
    return collected.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// - Returns: why the file is refused, nil for one that was copied.
  private mutating func copy(
    _ path: String, from target: borrowing Directory, as name: String
  ) throws(SystemError) -> String? {
    guard Self.isPlain(path) else { return "it has a name that could mislead" }
    guard names.insert(Array(name.utf8)).inserted else {
      return "another artifact has the same name in the output"
    }
    let original = try target.openBeneath(path)
    let status = try FileSystem.status(of: original)
    guard status.kind == .regular else { return "it is not a regular file" }
    if status.linkCount > 1 {
      if linkedNames == nil { linkedNames = try target.linkedNames() }
      if linkedNames?[status.identity] ?? 0 < status.linkCount {
        return "it has a name outside of the target folder"
      }
    }
    guard status.size <= room else {
      return "it is larger than the target folder may be, or all artifacts together are"
    }
    room -= status.size
    let (parent, last) = FileSystem.split("\(folder)/\(name)")
    try FileSystem.makeDirectories(parent)
    let copy = try Directory(parent).create(last, permissions: status.isExecutable ? 0o755 : 0o644)
    let size = try FileSystem.copyContents(from: original, to: copy)
    return size == status.size ? nil : "it changed while it was copied"
  }

  /// Whether it is a relative path of plain components that shows as what it is.
  private static func isPlain(_ path: String) -> Bool {
    path.printable.utf8.elementsEqual(path.utf8)
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !["", ".", ".."].contains($0)
      }
  }
}
