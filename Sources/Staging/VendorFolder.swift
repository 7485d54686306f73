import Hashing
import Linux
import Reading
import Storing

/// A directory source: packages in folders, as `cargo vendor` makes it.
struct VendorFolder {
  /// One package folder, with its files by path.
  struct Package {
    let folder: String
    let name: String
    /// Nil where it is inherited from a workspace that is not there.
    let version: String?
    let files: [[UInt8]: Tree.File]
    /// Targets by path.
    let symlinks: [[UInt8]: String]
    /// Tree digest of the folder.
    let digest: Digest
  }

  /// Where its files can be read: the store's copy, so that what is verified is what is used.
  let path: String
  /// How the user knows it.
  let shownPath: String
  let packages: [Package]
  /// Folders whose Cargo.toml cannot be read, and why.
  private let unreadable: [(folder: String, words: String)]

  /// Reads the manifests of the folder at `path`, whose listing is `tree`.
  init(path: String, shownPath: String, tree: Tree) throws(StagingError) {
    self.path = path
    self.shownPath = shownPath
    var packages: [Package] = []
    var unreadable: [(folder: String, words: String)] = []
    // Like cargo, which looks at no hidden folder and at none without a manifest.
    for subtree in tree.subtrees where subtree.name.utf8.first != UInt8(ascii: ".") {
      guard subtree.tree.files.contains(where: { $0.name == "Cargo.toml" }) else { continue }
      let file = "\(path)/\(subtree.name)/Cargo.toml"
      let bytes = try doing("reading \(file)", try FileSystem.read(file))
      do throws(ReadingError) {
        let manifest = try CargoManifest(
          parsing: bytes, file: "\(shownPath)/\(subtree.name)/Cargo.toml")
        guard let package = manifest.package else { continue }
        packages.append(Package(package, in: subtree))
      } catch {
        unreadable.append((subtree.name, error.message))
      }
    }
    self.packages = packages
    self.unreadable = unreadable
  }

  /// The folder of a locked package: the one whose manifest has its name and version.
  func package(_ locked: CargoLock.Package) -> Package? {
    packages.first { package in
      guard package.name.utf8.elementsEqual(locked.name.utf8) else { return false }
      guard let version = package.version else {
        return package.folder == locked.name
          || package.folder == "\(locked.name)-\(locked.version)"
      }
      return version.utf8.elementsEqual(locked.version.utf8)
    }
  }

  /// Compares the folder of a locked package with its own checksum file: what cargo verifies, and
  /// nothing beyond it.
  func verify(
    _ package: Package, _ wanted: CargoLock.Package
  ) throws(StagingError) -> (findings: [CrateFinding], unlisted: Int) {
    func finding(_ fact: CrateFinding.Fact) -> CrateFinding {
      CrateFinding(crate: wanted.title, fact: fact)
    }
    guard package.files[Array(ChecksumFile.name.utf8)] != nil else {
      return ([finding(.noChecksumFile)], 0)
    }
    let file = "\(path)/\(package.folder)/\(ChecksumFile.name)"
    let bytes = try doing("reading \(file)", try FileSystem.read(file))
    guard let checksums = ChecksumFile(parsing: bytes, file: file) else {
      return ([finding(.badChecksumFile)], 0)
    }
    var findings: [CrateFinding] = []
    if let fact = compare(checksums.package, with: wanted) { findings.append(finding(fact)) }
    var listed: Set<[UInt8]> = [Array(ChecksumFile.name.utf8)]
    for entry in checksums.files {
      listed.insert(Array(entry.path.utf8))
      if let fact = try compare(entry, in: package) { findings.append(finding(fact)) }
    }
    return (findings, package.files.keys.count { !listed.contains($0) })
  }

  /// One file of a package.
  func read(_ file: String, of package: Package) throws(StagingError) -> [UInt8] {
    let path = "\(path)/\(package.folder)/\(file)"
    return try doing("reading \(path)", try FileSystem.read(path))
  }

  /// Whether the folder that should hold the package has a manifest that cannot be read.
  func isUnreadable(_ wanted: CargoLock.Package) -> Bool {
    if case .unreadable = whyMissing(wanted) { return true }
    return false
  }

  func whyMissing(_ wanted: CargoLock.Package) -> CrateFinding.Fact {
    for (folder, words) in unreadable
    where folder == wanted.name || folder == "\(wanted.name)-\(wanted.version)" {
      return .unreadable(words: words)
    }
    return .missing
  }

  private func compare(
    _ listed: String?, with wanted: CargoLock.Package
  ) -> CrateFinding.Fact? {
    if wanted.source.isGit {
      return listed.map { .unexpectedPackage(listed: $0) }
    }
    // Locks of very old versions of cargo may lack checksums.
    guard let locked = wanted.checksum else { return nil }
    return listed == locked.hex ? nil : .otherPackage(listed: listed, locked: locked)
  }

  private func compare(
    _ entry: ChecksumFile.Entry, in package: Package
  ) throws(StagingError) -> CrateFinding.Fact? {
    let key = Array(entry.path.utf8)
    let found: Digest
    if let file = package.files[key] {
      found = file.digest
    } else if package.symlinks[key] != nil {
      // Cargo reads through it; where it leads was looked at before.
      let file = "\(path)/\(package.folder)/\(entry.path)"
      guard let bytes = try? FileSystem.read(file) else { return .fileMissing(path: entry.path) }
      found = Digest.hashing(bytes)
    } else {
      return .fileMissing(path: entry.path)
    }
    return found == entry.digest
      ? nil : .fileChanged(path: entry.path, listed: entry.digest, found: found)
  }

  /// Refuses symlinks that lead out of the folder.
  static func refuseEscapes(_ tree: Tree, shownPath: String) throws(StagingError) {
    var shape = TreeShape()
    func add(_ tree: Tree, _ folder: String) {
      for symlink in tree.symlinks {
        _ = shape.add(
          LexicalPath.child(symlink.name, of: folder), .symlink(target: symlink.target))
      }
      for subtree in tree.subtrees {
        add(subtree.tree, LexicalPath.child(subtree.name, of: folder))
      }
    }
    add(tree, "")
    if let escape = shape.firstEscape {
      throw .symlinkOutside(path: "\(shownPath)/\(escape.path)", target: escape.target)
    }
  }
}

extension VendorFolder.Package {
  fileprivate init(_ package: CargoManifest.Package, in subtree: Tree.Subtree) {
    folder = subtree.name
    name = package.name
    version =
      switch package.version {
      case .value(let version): version
      case .workspace: nil
      case nil: "0.0.0"
      }
    var files: [[UInt8]: Tree.File] = [:]
    for (path, file) in subtree.tree.allFiles() { files[Array(path.utf8)] = file }
    self.files = files
    var symlinks: [[UInt8]: String] = [:]
    Self.collect(subtree.tree, "", &symlinks)
    self.symlinks = symlinks
    digest = subtree.tree.digest
  }

  private static func collect(
    _ tree: Tree, _ folder: String, _ found: inout [[UInt8]: String]
  ) {
    for symlink in tree.symlinks {
      found[Array(LexicalPath.child(symlink.name, of: folder).utf8)] = symlink.target
    }
    for subtree in tree.subtrees {
      collect(subtree.tree, LexicalPath.child(subtree.name, of: folder), &found)
    }
  }
}
