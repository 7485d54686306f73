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
  let request: StagingRequest
  /// Where the build's output will go; absolute.
  let output: String?

  struct Exported {
    let tree: StoredTree
    /// Nil outside git, and before the first commit.
    let revision: SourceRevision?
    let isDirty: Bool
    let epoch: Int64
    let epochOrigin: EpochOrigin
  }

  func run(
    into store: Store, notice: (Notice) -> Void
  ) throws(StagingError) -> Exported {
    let git = Git(folder: root)
    guard isTracked, let commit = try git.head() else {
      if request.requireClean || request.requireSignedTag || (isTracked && !request.allowDirty) {
        throw .noCommit(folder: root, isTracked: isTracked)
      }
      if !isTracked { notice(.notInGit(folder: root)) }
      return try copy(into: store, notice: notice)
    }
    var changes: [String] = []
    var leftOut = LeftOutFolders(root: root, output: output)
    try survey("", &changes, &leftOut)
    changes.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let first = Array(changes.prefix(5))
    if !changes.isEmpty, request.requireClean || request.requireSignedTag || !request.allowDirty {
      let isDemanded = request.requireClean || request.requireSignedTag
      throw .dirty(files: first, count: changes.count, isDemanded: isDemanded)
    }
    let scratch = try storing(try store.draft())
    let contents = try CommitContents(
      of: commit, in: git, workTree: try git.topLevel(), prefix: try git.prefix(),
      scratch: "\(scratch.path)/objects")
    let tags = try GitTags(objects: contents.parts[0].objects, scratch: scratch.path)
      .tags(of: commit)
    if !changes.isEmpty {
      notice(.dirtyTree(files: first, count: changes.count))
      return try copy(into: store, contents, tags, notice: notice)
    }
    if request.requireSignedTag { try Self.requireSigned(tags, of: commit) }
    let tree = try contents.export(
      into: store, fileSizeLimit: request.fileSizeLimit, leavesOutIgnored: false,
      scratch: scratch.path, notice: notice)
    return Exported(
      tree: tree,
      revision: SourceRevision(
        requested: nil, commit: commit, tree: contents.commit.tree, tags: tags,
        submodules: contents.submodules, changes: nil, leavesOutIgnored: false),
      isDirty: false, epoch: request.epoch ?? contents.commit.time,
      epochOrigin: request.epoch == nil ? .commit : .given)
  }

  static func requireSigned(_ tags: [GitTag], of commit: String) throws(StagingError) {
    if !tags.contains(where: { $0.signature.status == .good }) {
      throw .noSignedTag(commit: commit, tags: tags.map(\.words))
    }
  }

  /// What differs from the commit, in the checkout and in those of its submodules.
  private func survey(
    _ folder: String, _ changes: inout [String], _ leftOut: inout LeftOutFolders
  ) throws(StagingError) {
    let git = Git(folder: folder.isEmpty ? root : "\(root)/\(folder)")
    for change in try git.changes() {
      let path = LexicalPath.child(change.path, of: folder)
      if !change.isUntracked || !leftOut.holds(path) { changes.append(path) }
    }
    for (name, commit) in try git.submodules() {
      let path = LexicalPath.child(name, of: folder)
      guard FileSystem.exists("\(root)/\(path)/.git") else { throw .submoduleMissing(path: path) }
      let found = try Git(folder: "\(root)/\(path)").head() ?? "no commit"
      guard found == commit else {
        throw .submoduleElsewhere(path: path, recorded: commit, found: found)
      }
      try survey(path, &changes, &leftOut)
    }
  }

  // MARK: Files as they are

  /// `contents` is what the files differ from.
  private func copy(
    into store: Store, _ contents: CommitContents? = nil, _ tags: [GitTag] = [],
    notice: (Notice) -> Void
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
    try refusePointers(paths, in: draft.path)
    let tree = try publish(draft)

    var revision: SourceRevision?
    if let contents {
      revision = SourceRevision(
        requested: nil, commit: contents.commit.id, tree: contents.commit.tree, tags: tags,
        submodules: contents.submodules,
        changes: try SourceChanges(contents).find(
          in: storing(try store.tree(tree.digest)), at: store.path(of: tree.digest)),
        leavesOutIgnored: false)
    }
    func exported(_ epoch: Int64, _ origin: EpochOrigin) -> Exported {
      Exported(
        tree: tree, revision: revision, isDirty: isTracked, epoch: epoch, epochOrigin: origin)
    }
    if let epoch = request.epoch { return exported(epoch, .given) }
    if let contents { return exported(contents.commit.time, .commit) }
    guard let newest else { throw .emptySource(folder: root) }
    notice(.epochFromNewestFile(path: newest.path, epoch: newest.time))
    return exported(newest.time, .newestFile)
  }

  /// Refuses files that git-lfs would have replaced, were it installed.
  private func refusePointers(_ paths: [String], in folder: String) throws(StagingError) {
    if !isTracked { return }
    var found: [String] = []
    for path in paths {
      let copy = "\(folder)/\(path)"
      guard let status = try? FileSystem.linkStatus(copy), status.kind == .regular,
        status.size < LFSPointer.sizeLimit
      else { continue }
      let bytes = try doing("reading \(path)", try FileSystem.read(copy))
      if LFSPointer.isOne(bytes[...], size: status.size) { found.append(path) }
    }
    if found.isEmpty { return }
    let operation = "reading the attributes of \(root)"
    let output = try Git(folder: root).runChecked(
      ["check-attr", "-z", "--stdin", "filter"], operation,
      input: Array(found.map { $0 + "\0" }.joined().utf8))
    let fields = output.split(separator: 0, omittingEmptySubsequences: false)
    var pointers: [String] = []
    for (index, path) in found.enumerated()
    where fields.count > 3 * index + 2 && fields[3 * index + 2].elementsEqual("lfs".utf8) {
      pointers.append(path)
    }
    if !pointers.isEmpty {
      throw .lfsPointers(files: Array(pointers.prefix(5)), count: pointers.count)
    }
  }

  private func checkSize(_ size: Int64, of path: String) throws(StagingError) {
    if size > request.fileSizeLimit {
      throw .fileTooLarge(path: path, size: size, limit: request.fileSizeLimit)
    }
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
