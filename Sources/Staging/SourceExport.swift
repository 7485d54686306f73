import Linux
import Planning
import Storing

/// Puts a source root into the store: the commit where the checkout is clean, else the files as
/// they are.
struct SourceExport {
  /// Absolute, without symlinks.
  let root: String
  /// Whether git tracks the project there.
  let isTracked: Bool
  let requireClean: Bool
  /// Bytes of one file.
  let fileSizeLimit: Int64
  let epoch: Int64?
  let output: String?

  struct Exported {
    let tree: StoredTree
    let commit: String?
    let isDirty: Bool
    let epoch: Int64
    let epochOrigin: EpochOrigin
  }

  /// A repository of the export: the source's own or that of a submodule.
  private struct Part {
    /// Relative to the root; empty for the source's own.
    let folder: String
    let export: GitExport
    let entries: [GitExport.Entry]
  }

  func run(
    into store: Store, notice: (Notice) -> Void
  ) throws(StagingError) -> Exported {
    let git = Git(folder: root)
    let commit = isTracked ? try git.head() : nil
    if requireClean, commit == nil { throw .noCommit(folder: root) }
    guard let commit else {
      if !isTracked { notice(.notInGit(folder: root)) }
      return try copy(into: store, commit: nil, notice: notice)
    }
    var parts: [Part] = []
    var changes: [String] = []
    var leftOut = LeftOutFolders(root: root, output: output)
    try survey("", &parts, &changes, &leftOut)
    guard changes.isEmpty else {
      changes.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let first = Array(changes.prefix(5))
      if requireClean { throw .dirty(files: first, count: changes.count) }
      notice(.dirtyTree(files: first, count: changes.count))
      return try copy(into: store, commit: commit, notice: notice)
    }
    let tree = try export(parts, into: store, notice: notice)
    let time: Int64
    if let epoch { time = epoch } else { time = try git.commitTime() }
    return Exported(
      tree: tree, commit: commit, isDirty: false, epoch: time,
      epochOrigin: epoch == nil ? .commit : .given)
  }

  // MARK: A commit

  private func survey(
    _ folder: String, _ parts: inout [Part], _ changes: inout [String],
    _ leftOut: inout LeftOutFolders
  ) throws(StagingError) {
    let git = Git(folder: folder.isEmpty ? root : "\(root)/\(folder)")
    for change in try git.changes() {
      let path = LexicalPath.child(change.path, of: folder)
      if !change.isUntracked || !leftOut.holds(path) { changes.append(path) }
    }
    let export = GitExport(git: git)
    let entries = try export.entries()
    parts.append(Part(folder: folder, export: export, entries: entries))
    for entry in entries {
      guard case .submodule = entry.kind else { continue }
      let path = LexicalPath.child(entry.path, of: folder)
      guard FileSystem.exists("\(root)/\(path)/.git") else { throw .submoduleMissing(path: path) }
      let found = try Git(folder: "\(root)/\(path)").head() ?? "no commit"
      guard found == entry.object else {
        throw .submoduleElsewhere(path: path, recorded: entry.object, found: found)
      }
      try survey(path, &parts, &changes, &leftOut)
    }
  }

  private func export(
    _ parts: [Part], into store: Store, notice: (Notice) -> Void
  ) throws(StagingError) -> StoredTree {
    let draft = try storing(try store.draft())
    let scratch = try storing(try store.draft())
    var writer = TreeWriter(folder: draft.path)
    var pointers: [String] = []
    for part in parts {
      var blobs: [GitExport.Entry] = []
      for entry in part.entries {
        if case .submodule = entry.kind {
          try writer.makeFolder(LexicalPath.child(entry.path, of: part.folder))
          continue
        }
        try checkSize(entry.size, of: LexicalPath.child(entry.path, of: part.folder))
        blobs.append(entry)
      }
      try part.export.contents(of: blobs, scratch: "\(scratch.path)/blobs") {
        (entry, reader) throws(StagingError) in
        let path = LexicalPath.child(entry.path, of: part.folder)
        switch entry.kind {
        case .symlink:
          var target: [UInt8] = []
          while let piece = try reader.piece() { target.append(contentsOf: piece) }
          guard let text = String(validating: target, as: UTF8.self) else {
            throw .nameNotText(path: path)
          }
          try writer.symlink(path, to: text)
        case .file(let isExecutable):
          let file = try writer.file(path, isExecutable: isExecutable)
          while let piece = try reader.piece() {
            if entry.size < 1024, piece.starts(with: Self.pointerStart) { pointers.append(path) }
            try doing("staging \(path)", try file.write(Array(piece)))
          }
        case .submodule:
          break
        }
      }
    }
    try writer.finish()
    for part in parts {
      try SourceSecrets.refuse(
        part.entries.map { LexicalPath.child($0.path, of: part.folder) }, in: draft.path)
    }
    if !pointers.isEmpty {
      notice(.gitLFSPointers(files: Array(pointers.prefix(5)), count: pointers.count))
    }
    return try publish(draft)
  }

  /// The first line of a git-lfs pointer file (git-lfs's docs/spec.md).
  private static let pointerStart = Array("version https://git-lfs.github.com/spec/".utf8)

  private func checkSize(_ size: Int64, of path: String) throws(StagingError) {
    if size > fileSizeLimit {
      throw .fileTooLarge(path: path, size: size, limit: fileSizeLimit)
    }
  }

  // MARK: Files as they are

  private func copy(
    into store: Store, commit: String?, notice: (Notice) -> Void
  ) throws(StagingError) -> Exported {
    let draft = try storing(try store.draft())
    let scratch = try storing(try store.draft())
    var emptyRepository: String?
    if !isTracked {
      let path = "\(scratch.path)/empty.git"
      _ = try Git(folder: scratch.path).runChecked(
        ["init", "--quiet", "--bare", "--template=", path], "making an empty git repository")
      emptyRepository = path
    }
    var workTree = WorkTree(
      root: root, leftOut: LeftOutFolders(root: root, output: output),
      emptyRepository: emptyRepository)
    let paths = try workTree.list()
    if paths.isEmpty { throw .emptySource(folder: root) }

    var writer = TreeWriter(folder: draft.path)
    var newest: (path: String, time: Int64)?
    for path in paths {
      if let time = try copy(path, to: &writer), time > newest?.time ?? .min {
        newest = (path, time)
      }
    }
    try writer.finish()
    try SourceSecrets.refuse(paths, in: draft.path)
    let tree = try publish(draft)

    if let epoch {
      return Exported(
        tree: tree, commit: commit, isDirty: isTracked, epoch: epoch, epochOrigin: .given)
    }
    if commit != nil {
      return Exported(
        tree: tree, commit: commit, isDirty: true, epoch: try Git(folder: root).commitTime(),
        epochOrigin: .commit)
    }
    guard let newest else { throw .emptySource(folder: root) }
    notice(.epochFromNewestFile(path: newest.path, epoch: newest.time))
    return Exported(
      tree: tree, commit: nil, isDirty: isTracked, epoch: newest.time, epochOrigin: .newestFile)
  }

  /// Copies one entry; gives the time of a file's last change.
  private func copy(_ path: String, to writer: inout TreeWriter) throws(StagingError) -> Int64? {
    let operation = "staging \(path)"
    let status = try doing(operation, try FileSystem.linkStatus("\(root)/\(path)"))
    switch status.kind {
    case .symlink:
      let name = LexicalPath.components(path).last ?? path
      let directory = try doing(
        operation, try Directory(LexicalPath.parent(of: "\(root)/\(path)")))
      try writer.symlink(path, to: try doing(operation, try directory.readSymlink(name)))
      return nil
    case .regular:
      try checkSize(status.size, of: path)
      let file = try doing(operation, try Directory(root).openBeneath(path))
      let opened = try doing(operation, try FileSystem.status(of: file))
      // Like git, which looks at the owner's bit.
      let isExecutable = opened.permissions & 0o100 != 0
      let copy = try writer.file(path, isExecutable: isExecutable)
      let count = try doing(operation, try FileSystem.copyContents(from: file, to: copy))
      try checkSize(count, of: path)
      return opened.modified
    case .directory:
      // In the index a file, on disk a folder; what is in it is listed by itself.
      return nil
    default:
      throw .unsupportedKind(path: path, what: WorkTree.word(status.kind))
    }
  }
}
