internal import Linux

/// Copies what a unit reads from the target folder of a dead leg into that of a sandbox.
///
/// A copy has the contents, permissions and time of the original and lists its entries in the same
/// order: tmpfs lists what was made last first.
struct ReplayFolder: ~Copyable {
  let source: Directory
  let target: Directory

  private static let deepest = 32

  init(from source: consuming Directory, to target: consuming Directory) {
    self.source = source
    self.target = target
  }

  /// A file or symlink, with the folders above it; what is there already stays.
  func copy(_ path: String) throws(SystemError) {
    let (parent, name) = FileSystem.split(path)
    try makeFolder(parent)
    let folder = Directory(try source.openBeneath(parent), path: parent)
    let copied = Directory(try target.openBeneath(parent), path: parent)
    do throws(SystemError) {
      try copy(name, from: folder, to: copied)
    } catch {
      if !error.isAlreadyThere { throw error }
    }
  }

  /// A folder with everything in it; nothing happens where there is none.
  func copyTree(_ path: String) throws(SystemError) {
    do throws(SystemError) {
      let folder = Directory(try source.openBeneath(path), path: path)
      try makeFolder(path)
      try copyTree(folder, to: Directory(try target.openBeneath(path), path: path), depth: 0)
    } catch {
      if !error.isNotFound { throw error }
    }
  }

  func makeFolder(_ path: String) throws(SystemError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += made.isEmpty ? String(part) : "/\(part)"
      do throws(SystemError) {
        try target.makeDirectory(made)
      } catch {
        if !error.isAlreadyThere { throw error }
      }
    }
  }

  private func copyTree(
    _ folder: borrowing Directory, to copied: borrowing Directory, depth: Int
  ) throws(SystemError) {
    for entry in try folder.entriesAsFound().reversed() {
      guard entry.kind == .directory else {
        do throws(SystemError) {
          try copy(entry.name, from: folder, to: copied)
        } catch {
          if !error.isAlreadyThere { throw error }
        }
        continue
      }
      guard depth < Self.deepest else { continue }
      do throws(SystemError) {
        try copied.makeDirectory(entry.name)
      } catch {
        if !error.isAlreadyThere { throw error }
      }
      try copyTree(
        try folder.directory(entry.name), to: try copied.directory(entry.name), depth: depth + 1)
    }
  }

  private func copy(
    _ name: String, from folder: borrowing Directory, to copied: borrowing Directory
  ) throws(SystemError) {
    let status = try folder.status(name)
    switch status.kind {
    case .symlink: try copied.makeSymlink(name, to: try folder.readSymlink(name))
    case .regular:
      try FileSystem.copyContents(from: try folder.open(name), to: try copied.create(name))
      try copied.setPermissions(name, status.permissions & 0o777)
    default: return
    }
    try copied.setTimes(name, seconds: status.modified)
  }
}
