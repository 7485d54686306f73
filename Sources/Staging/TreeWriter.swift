import Linux
import Storing

/// Fills a draft with entries whose names come from elsewhere.
///
/// Symlinks are written last, so that no file is ever written through one.
struct TreeWriter {
  /// The folder to fill.
  let folder: String
  private var shape = TreeShape()
  private var made: Set<[UInt8]> = [[]]
  private var symlinks: [(path: String, target: String)] = []

  init(folder: String) {
    self.folder = folder
  }

  /// Makes the file and gives it open for writing.
  mutating func file(_ path: String, isExecutable: Bool) throws(StagingError) -> Descriptor {
    try add(path, .file)
    let parent = LexicalPath.components(path).dropLast().joined(separator: "/")
    try makeFolder(parent)
    let name = LexicalPath.components(path).last ?? path
    do throws(SystemError) {
      let directory = try Directory(parent.isEmpty ? folder : "\(folder)/\(parent)")
      return try directory.create(name, permissions: isExecutable ? 0o755 : 0o644)
    } catch {
      throw .system("staging \(path)", error)
    }
  }

  mutating func write(
    _ bytes: [UInt8], to path: String, isExecutable: Bool = false
  ) throws(StagingError) {
    let file = try file(path, isExecutable: isExecutable)
    try doing("staging \(path)", try file.write(bytes))
  }

  mutating func makeFolder(_ path: String) throws(StagingError) {
    guard made.insert(Array(path.utf8)).inserted else { return }
    try makeFolder(LexicalPath.components(path).dropLast().joined(separator: "/"))
    try doing("staging \(path)", try FileSystem.makeDirectories("\(folder)/\(path)"))
  }

  mutating func symlink(_ path: String, to target: String) throws(StagingError) {
    guard !target.isEmpty, !target.utf8.contains(0), target.utf8.count < 4096 else {
      throw .unsupportedKind(path: path, what: "a symlink to a name that no file can have")
    }
    try add(path, .symlink(target: target))
    symlinks.append((path, target))
  }

  /// Copies a tree that stands at `source`.
  mutating func copy(
    _ tree: Tree, from source: String, to target: String = ""
  ) throws(StagingError) {
    for file in tree.files {
      let path = "\(source)/\(file.name)"
      let copy = try self.file(
        LexicalPath.child(file.name, of: target), isExecutable: file.isExecutable)
      let original = try doing("reading \(path)", try FileSystem.open(path))
      _ = try doing("copying \(path)", try FileSystem.copyContents(from: original, to: copy))
    }
    for link in tree.symlinks {
      try symlink(LexicalPath.child(link.name, of: target), to: link.target)
    }
    for subtree in tree.subtrees {
      let folder = LexicalPath.child(subtree.name, of: target)
      try makeFolder(folder)
      try copy(subtree.tree, from: "\(source)/\(subtree.name)", to: folder)
    }
  }

  /// Makes the symlinks, none of which may lead out of the tree.
  mutating func finish() throws(StagingError) {
    if let escape = shape.firstEscape {
      throw .symlinkOutside(path: escape.path, target: escape.target)
    }
    for (path, target) in symlinks {
      try makeFolder(LexicalPath.components(path).dropLast().joined(separator: "/"))
      try doing("staging \(path)", try FileSystem.makeSymlink("\(folder)/\(path)", to: target))
    }
  }

  private mutating func add(_ path: String, _ kind: TreeShape.Kind) throws(StagingError) {
    if shape.add(path, kind) != nil { throw .badName(path: path) }
  }
}
