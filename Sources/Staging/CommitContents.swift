import Failing
import Linux
import Storing

/// A commit and the commits of its submodules, at every depth, from git's objects alone: no work
/// tree is read.
struct CommitContents {
  /// A repository with one commit of it: the source's own or that of a submodule.
  struct Part {
    /// Relative to the export's root; empty for the source's own.
    let folder: String
    let objects: GitObjects
    let commit: GitCommit
    /// Everything that the commit holds.
    let all: [GitTree.Entry]
    /// What is exported of it starts with this: nothing, or a folder with a slash at its end.
    let prefix: String
    /// What is exported, relative to `folder`.
    let entries: [GitTree.Entry]
  }

  let parts: [Part]

  /// The source's own commit.
  var commit: GitCommit { parts[0].commit }

  var submodules: [SourceRevision.Submodule] {
    parts.dropFirst().map { SourceRevision.Submodule(path: $0.folder, commit: $0.commit.id) }
  }

  /// Submodules of submodules of submodules.
  private static let depthLimit = 32

  /// Reads what `id` names in `git`. Submodules are looked for in the repository's own folder and,
  /// where `workTree` is one, in its checkouts. With a `prefix`, which ends with a slash, only that
  /// folder counts. `scratch` is a file that may be overwritten.
  init(
    of id: String, in git: Git, workTree: String?, prefix: String = "", scratch: String
  ) throws(StagingError) {
    var parts: [Part] = []
    try Self.collect(
      Repository(git: git, workTree: workTree), id, folder: "", prefix: prefix,
      scratch: scratch, depth: 0, &parts)
    self.parts = parts
  }

  private struct Repository {
    let git: Git
    let workTree: String?
  }

  private static func collect(
    _ repository: Repository, _ id: String, folder: String, prefix: String, scratch: String,
    depth: Int, _ parts: inout [Part]
  ) throws(StagingError) {
    let objects = GitObjects(git: repository.git, scratch: scratch)
    let commit = try GitCommit(id, in: objects)
    let all = try GitTree(commit.tree, in: objects).entries
    var entries: [GitTree.Entry] = []
    for entry in all where entry.path.utf8.starts(with: prefix.utf8) {
      let path = String(decoding: entry.path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
      entries.append(GitTree.Entry(kind: entry.kind, object: entry.object, path: path))
    }
    parts.append(
      Part(
        folder: folder, objects: objects, commit: commit, all: all, prefix: prefix,
        entries: entries))
    let submodules = entries.filter { $0.kind == .submodule }
    if submodules.isEmpty { return }
    let names = try Self.names(all, objects)
    for submodule in submodules {
      let shown = LexicalPath.child(submodule.path, of: folder)
      guard depth < depthLimit else { throw .submodulesTooDeep(path: shown, limit: depthLimit) }
      let path = prefix + submodule.path
      let found = try find(
        submodule.object, at: path, named: names[Array(path.utf8)], in: repository, shown: shown)
      try collect(
        found, submodule.object, folder: shown, prefix: "", scratch: scratch, depth: depth + 1,
        &parts)
    }
  }

  /// The names of submodules by the bytes of their paths, as the commit's .gitmodules says.
  private static func names(
    _ entries: [GitTree.Entry], _ objects: GitObjects
  ) throws(StagingError) -> [[UInt8]: String] {
    guard let file = entries.first(where: { $0.path == ".gitmodules" }), file.kind != .submodule
    else { return [:] }
    let bytes = try objects.read([file.object], as: .blob)[0]
    // git-config(1), --file: nothing is included from elsewhere.
    let output = try objects.git.run(
      ["config", "-z", "--file", "-", "--get-regexp", "^submodule\\..*\\.path$"], input: bytes)
    var names: [[UInt8]: String] = [:]
    for record in Git.records(output.standardOutput) {
      guard let end = record.firstIndex(of: UInt8(ascii: "\n")) else { continue }
      let key = record[..<end].dropFirst("submodule.".utf8.count).dropLast(".path".utf8.count)
      names[Array(record[(end + 1)...])] = String(decoding: key, as: UTF8.self)
    }
    return names
  }

  /// A repository that has the submodule's commit: the one that git keeps in the repository's own
  /// folder (gitsubmodules(7), "modules"), or the checkout.
  private static func find(
    _ commit: String, at path: String, named name: String?, in repository: Repository,
    shown: String
  ) throws(StagingError) -> Repository {
    let checkout = repository.workTree.map { "\($0)/\(path)" }
    var candidates: [Git] = []
    if let name, isSafe(name) {
      for folder in try repository.git.repositoryFolders() {
        let path = "\(folder)/modules/\(name)"
        if FileSystem.exists("\(path)/HEAD") { candidates.append(Git(repository: path)) }
      }
    }
    if let checkout, FileSystem.exists("\(checkout)/.git") {
      candidates.append(Git(folder: checkout))
    }
    for git in candidates {
      let output = try git.run(["cat-file", "-e", "\(commit)^{commit}"])
      if output.status == 0 { return Repository(git: git, workTree: checkout) }
      let failure = git.failure(output, "reading the submodule \(shown)")
      if case .foreignRepository = failure { throw failure }
    }
    throw .submoduleCommitMissing(
      path: shown, name: name, commit: commit, looked: candidates.map(\.folder))
  }

  /// Like git, which refuses names that lead out of its own folder (CVE-2018-11235).
  private static func isSafe(_ name: String) -> Bool {
    !LexicalPath.isAbsolute(name)
      && LexicalPath.components(name, omittingEmpty: false).allSatisfy { TreeShape.isName($0) }
  }

  // MARK: Export

  /// Puts the files into the store, raw; what .gitattributes marks `export-ignore` is left out if
  /// that is asked for. `scratch` is a folder.
  func export(
    into store: Store, fileSizeLimit: Int64, leavesOutIgnored: Bool, scratch: String,
    notice: (Notice) -> Void
  ) throws(StagingError) -> StoredTree {
    let draft = try storing(try store.draft())
    var writer = TreeWriter(folder: draft.path)
    let pointers = try write(
      to: &writer, fileSizeLimit: fileSizeLimit, leavesOutIgnored: leavesOutIgnored,
      scratch: scratch)
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

  /// Gives the paths that hold git-lfs pointers, though no filter says so.
  private func write(
    to writer: inout TreeWriter, fileSizeLimit: Int64, leavesOutIgnored: Bool, scratch: String
  ) throws(StagingError) -> [String] {
    var pointers: [String] = []
    var filtered: [String] = []
    for (number, part) in parts.enumerated() {
      let attributes = GitAttributes(part: part, scratch: "\(scratch)/attributes-\(number)")
      let entries = leavesOutIgnored ? try attributes.withoutIgnored() : part.entries
      var blobs: [GitTree.Entry] = []
      for entry in entries {
        if entry.kind == .submodule {
          try writer.makeFolder(LexicalPath.child(entry.path, of: part.folder))
        } else {
          blobs.append(entry)
        }
      }
      let found = try write(blobs, of: part, to: &writer, fileSizeLimit: fileSizeLimit)
      if found.isEmpty { continue }
      let filters = try attributes.values(of: "filter", for: found)
      for (path, filter) in zip(found, filters) {
        let shown = LexicalPath.child(path, of: part.folder)
        if filter == "lfs" { filtered.append(shown) } else { pointers.append(shown) }
      }
    }
    if !filtered.isEmpty {
      throw .lfsPointers(files: Array(filtered.prefix(5)), count: filtered.count)
    }
    return pointers
  }

  /// Gives the paths of files that are git-lfs pointers.
  private func write(
    _ blobs: [GitTree.Entry], of part: Part, to writer: inout TreeWriter, fileSizeLimit: Int64
  ) throws(StagingError) -> [String] {
    var sizes: [Int64] = []
    for (entry, found) in zip(blobs, try part.objects.describe(blobs.map(\.object))) {
      let path = LexicalPath.child(entry.path, of: part.folder)
      guard found.kind == .blob else {
        throw .objectsDamaged(
          folder: part.objects.git.folder, words: "\(path.printable) is a \(found.kind.rawValue)")
      }
      // PATH_MAX: no file system holds a longer symlink.
      let limit = entry.kind == .symlink ? 4096 : fileSizeLimit
      guard found.size <= limit else {
        throw .fileTooLarge(path: path, size: found.size, limit: limit)
      }
      sizes.append(found.size)
    }
    var pointers: [String] = []
    try part.objects.read(blobs.map(\.object), as: .blob, sizes: sizes) {
      (index, reader) throws(StagingError) in
      let entry = blobs[index]
      let path = LexicalPath.child(entry.path, of: part.folder)
      guard case .file(let isExecutable) = entry.kind else {
        var target: [UInt8] = []
        while let piece = try reader.piece() { target.append(contentsOf: piece) }
        guard let text = String(validating: target, as: UTF8.self) else {
          throw .nameNotText(path: path)
        }
        return try writer.symlink(path, to: text)
      }
      let file = try writer.file(path, isExecutable: isExecutable)
      while let piece = try reader.piece() {
        if LFSPointer.isOne(piece, size: sizes[index]) { pointers.append(entry.path) }
        try doing("staging \(path)", try file.write(Array(piece)))
      }
    }
    return pointers
  }
}

/// What git-lfs puts into a commit in place of a file (git-lfs's docs/spec.md).
enum LFSPointer {
  private static let start = Array("version https://git-lfs.github.com/spec/".utf8)
  /// Pointers are shorter.
  static let sizeLimit: Int64 = 1024

  static func isOne(_ bytes: ArraySlice<UInt8>, size: Int64) -> Bool {
    size < sizeLimit && bytes.starts(with: start)
  }
}
