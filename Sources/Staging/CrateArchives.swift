import Hashing
import Linux
import Reading
import Storing

/// Folders of `.crate` files: flat, a cargo local registry, cargo's own cache with one folder a
/// registry, or those that `cupel fetch` got. They are only read.
struct CrateArchives {
  /// A folder and the folders in it.
  private struct Place {
    let folders: [String]
  }

  /// What was found under a package's name.
  enum Found {
    case archive(CrateArchive)
    /// Only an archive with another digest.
    case other(path: String, digest: Digest)
    case nothing
  }

  /// Folders that the user or the configuration names, as they are named.
  let names: [String]
  /// The others, whether they are there or not.
  let ownNames: [String]
  private let given: [Place]
  private let cache: Place?
  private let fetched: String?

  /// `given` must be there; `cache`, cargo's own, and `fetched`, the store's, are looked into where
  /// they are.
  init(_ given: [String], cache: String?, fetched: String?) throws(StagingError) {
    var places: [Place] = []
    for folder in given { places.append(try Self.place(folder)) }
    names = given
    ownNames = [fetched, cache].compactMap { $0 }
    self.given = places
    self.fetched = fetched
    var found: Place?
    if let cache, FileSystem.isDirectory(cache) { found = try Self.place(cache) }
    self.cache = found
  }

  private static func place(_ folder: String) throws(StagingError) -> Place {
    guard FileSystem.isDirectory(folder) else { throw .cratesFolderMissing(path: folder) }
    let path = try doing("looking for \(folder)", try FileSystem.realPath(folder))
    var folders = [path]
    for entry in try doing("reading \(folder)", try Directory(path).entries())
    where entry.kind == .directory && entry.name != "index" {
      folders.append("\(path)/\(entry.name)")
    }
    return Place(folders: folders)
  }

  /// The archive with the right digest, wherever it is; what has the name and another digest is
  /// told to `notice`. `more` are folders for this package alone.
  func find(
    _ package: CargoLock.Package, checksum: Digest, more: String? = nil,
    notice: (Notice) -> Void
  ) throws(StagingError) -> Found {
    var others: [(path: String, digest: Digest)] = []
    for path in try paths(of: package, checksum: checksum, more: more)
    where FileSystem.exists(path) {
      let status = try doing("looking at \(path)", try FileSystem.status(path))
      guard status.kind == .regular else {
        throw .unsupportedKind(path: path, what: WorkTree.word(status.kind))
      }
      guard status.size <= Int64(CrateArchive.archiveLimit) else {
        throw .archiveTooLarge(archive: path, limit: CrateArchive.archiveLimit)
      }
      let bytes = try doing(
        "reading \(path)", try FileSystem.read(path, limit: CrateArchive.archiveLimit))
      let digest = Digest.hashing(bytes)
      if digest == checksum {
        for other in others {
          notice(.archiveIgnored(path: other.path, found: other.digest, locked: checksum))
        }
        return .archive(
          try CrateArchive(path: path, compressed: bytes, of: package, checksum: checksum))
      }
      others.append((path, digest))
    }
    guard let other = others.first else { return .nothing }
    return .other(path: other.path, digest: other.digest)
  }

  /// Where the archive may be, in the order in which to look.
  private func paths(
    of package: CargoLock.Package, checksum: Digest, more: String?
  ) throws(StagingError) -> [String] {
    let own = try more.map { (folder) throws(StagingError) in try Self.place(folder) }
    let name = "\(package.name)-\(package.version).crate"
    func named(_ places: [Place]) -> [String] {
      places.flatMap(\.folders).map { "\($0)/\(name)" }
    }
    return named([own].compactMap { $0 } + given)
      + (fetched.map { [Store.archive(checksum, in: $0)] } ?? [])
      + named([cache].compactMap { $0 })
  }
}
