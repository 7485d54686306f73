import Linux

/// Attributes of a commit's files, by its own .gitattributes and nothing else: what the machine, the
/// user or the repository's own folder says of files is no part of a commit (gitattributes(5)).
struct GitAttributes {
  let part: CommitContents.Part
  /// A folder that is not there yet, for a copy of those files.
  let scratch: String

  /// The entries without those that `export-ignore` is set for, or is set for a folder of, as
  /// git-archive(1) leaves them out.
  func withoutIgnored() throws(StagingError) -> [GitTree.Entry] {
    var folders: [String] = []
    var seen: Set<[UInt8]> = []
    for entry in part.entries {
      var folder = ""
      for component in LexicalPath.components(entry.path).dropLast() {
        folder += "\(component)/"
        if seen.insert(Array(folder.utf8)).inserted { folders.append(folder) }
      }
    }
    let paths = folders + part.entries.map(\.path)
    var ignored: Set<[UInt8]> = []
    for (path, value) in zip(paths, try values(of: "export-ignore", for: paths))
    where value == "set" {
      ignored.insert(Array(path.utf8))
    }
    if ignored.isEmpty { return part.entries }
    return part.entries.filter { entry in
      var folder = ""
      for component in LexicalPath.components(entry.path).dropLast() {
        folder += "\(component)/"
        if ignored.contains(Array(folder.utf8)) { return false }
      }
      return !ignored.contains(Array(entry.path.utf8))
    }
  }

  /// The value of an attribute for each path, in order, in git-check-attr(1)'s words.
  func values(of name: String, for paths: [String]) throws(StagingError) -> [String] {
    let git = try repository()
    let output = try git.runChecked(
      ["check-attr", "-z", "--stdin", name], "reading the attributes of the commit's files",
      input: Array(paths.map { "\(part.prefix)\($0)\0" }.joined().utf8))
    let fields = output.split(separator: 0, omittingEmptySubsequences: false)
    guard fields.count == 3 * paths.count + 1 else {
      throw .gitFailed(operation: "reading the attributes of the commit's files", words: "")
    }
    return paths.indices.map { String(decoding: fields[3 * $0 + 2], as: UTF8.self) }
  }

  /// An empty repository whose work tree holds the commit's .gitattributes files only.
  private func repository() throws(StagingError) -> Git {
    var git = Git(
      folder: scratch,
      options: [
        "-c", "core.attributesFile=/dev/null", "--git-dir=\(scratch).git",
        "--work-tree=\(scratch)",
      ])
    git.ignoresSystemAttributes = true
    if FileSystem.exists(scratch) { return git }
    let operation = "reading the attributes of the commit's files"
    try doing(operation, try FileSystem.makeDirectories(scratch))
    _ = try Git(folder: scratch).runChecked(
      ["init", "--quiet", "--bare", "--template=", "\(scratch).git"],
      "making an empty git repository")
    var files: [GitTree.Entry] = []
    for entry in part.all {
      guard case .file = entry.kind else { continue }
      if LexicalPath.components(entry.path).last == ".gitattributes" { files.append(entry) }
    }
    for (entry, bytes) in zip(files, try part.objects.read(files.map(\.object), as: .blob)) {
      let path = "\(scratch)/\(entry.path)"
      try doing(operation, try FileSystem.makeDirectories(LexicalPath.parent(of: path)))
      try doing(operation, try FileSystem.write(bytes, to: path))
    }
    return git
  }
}
