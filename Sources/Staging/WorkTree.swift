import Linux

/// The files of a folder as they are on disk, without those that git ignores.
struct WorkTree {
  /// Absolute.
  let root: String
  private var leftOut: LeftOutFolders
  /// Relative to the root.
  private var paths: [String] = []
  private var seen: Set<[UInt8]> = []
  private var realFolders: [[UInt8]: Bool] = [:]
  /// An empty repository, for folders that git does not track.
  private let emptyRepository: String?

  init(root: String, leftOut: LeftOutFolders, emptyRepository: String?) {
    self.root = root
    self.leftOut = leftOut
    self.emptyRepository = emptyRepository
  }

  /// Lists a checkout, or with an empty repository any folder, with the repositories inside it.
  /// Paths are sorted by their bytes.
  mutating func list() throws(StagingError) -> [String] {
    let git = git(in: "")
    try refuseSpecialFiles(git)
    try list("", git)
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func git(in folder: String) -> Git {
    let path = folder.isEmpty ? root : "\(root)/\(folder)"
    guard let emptyRepository else { return Git(folder: path) }
    return Git(folder: path, options: ["--git-dir=\(emptyRepository)", "--work-tree=\(path)"])
  }

  private mutating func list(_ folder: String, _ git: Git) throws(StagingError) {
    let operation = "listing the files of \(git.folder)"
    // Tracked files are staged wherever they are; that folder's own repository lists submodules.
    for record in Git.records(try git.runChecked(["ls-files", "--stage", "-z"], operation)) {
      guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else { continue }
      let path = LexicalPath.child(try name(record[(tab + 1)...], in: folder), of: folder)
      if record.starts(with: "160000 ".utf8) {
        guard FileSystem.exists("\(root)/\(path)/.git") else {
          throw .submoduleMissing(path: path)
        }
        try list(path, self.git(in: path))
      } else {
        add(path)
      }
    }
    let others = try git.runChecked(
      ["ls-files", "-z", "--others", "--exclude-standard"], operation)
    for record in Git.records(others) {
      // A repository inside this one is listed as a folder.
      if record.last == UInt8(ascii: "/") {
        let path = LexicalPath.child(try name(record.dropLast(), in: folder), of: folder)
        if !leftOut.isLeftOut(folder: path), !leftOut.holds(path) {
          try list(path, self.git(in: path))
        }
      } else {
        let path = LexicalPath.child(try name(record, in: folder), of: folder)
        if !leftOut.holds(path) { add(path) }
      }
    }
  }

  private mutating func add(_ path: String) {
    // Conflicts list a file once a stage; a deleted file is listed until it is committed, and one
    // whose folder is a symlink now is deleted.
    let folder = LexicalPath.components(path).dropLast().joined(separator: "/")
    guard isReal(folder: folder), FileSystem.exists("\(root)/\(path)"),
      seen.insert(Array(path.utf8)).inserted
    else { return }
    paths.append(path)
  }

  /// Whether every component is a folder and no symlink to one.
  private mutating func isReal(folder: String) -> Bool {
    if folder.isEmpty { return true }
    let key = Array(folder.utf8)
    if let answer = realFolders[key] { return answer }
    let parent = LexicalPath.components(folder).dropLast().joined(separator: "/")
    let answer =
      isReal(folder: parent)
      && (try? FileSystem.linkStatus("\(root)/\(folder)"))?.kind == .directory
    realFolders[key] = answer
    return answer
  }

  private func name(_ bytes: ArraySlice<UInt8>, in folder: String) throws(StagingError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      let shown = String(decoding: bytes, as: UTF8.self)
      throw .nameNotText(path: LexicalPath.child(shown, of: folder))
    }
    return name
  }

  // MARK: Fifos, sockets and devices

  /// Git overlooks files that it cannot store, so they are looked for here.
  private mutating func refuseSpecialFiles(_ git: Git) throws(StagingError) {
    var found: [(path: String, kind: FileStatus.Kind)] = []
    try findSpecialFiles(in: "", &found)
    if found.isEmpty { return }
    let names = found.map(\.path).joined(separator: "\0")
    let answer = try git.run(
      ["check-ignore", "--no-index", "-z", "--stdin"], input: Array(names.utf8))
    var ignored: Set<[UInt8]> = []
    for record in Git.records(answer.standardOutput) { ignored.insert(Array(record)) }
    for (path, kind) in found where !ignored.contains(Array(path.utf8)) {
      throw .unsupportedKind(path: path, what: Self.word(kind))
    }
  }

  private mutating func findSpecialFiles(
    in folder: String, _ found: inout [(path: String, kind: FileStatus.Kind)]
  ) throws(StagingError) {
    let path = folder.isEmpty ? root : "\(root)/\(folder)"
    let entries: [Directory.Entry]
    do throws(SystemError) {
      entries = try Directory(path).entries()
    } catch {
      // What git ignores may be unreadable; the listing names what is not ignored.
      return
    }
    for entry in entries {
      let child = LexicalPath.child(entry.name, of: folder)
      switch entry.kind {
      case .regular, .symlink: break
      case .directory:
        if entry.name != ".git", !leftOut.isLeftOut(folder: child) {
          try findSpecialFiles(in: child, &found)
        }
      default: found.append((child, entry.kind))
      }
    }
  }

  static func word(_ kind: FileStatus.Kind) -> String {
    switch kind {
    case .fifo: "a fifo"
    case .socket: "a socket"
    case .characterDevice: "a character device"
    case .blockDevice: "a block device"
    case .directory: "a folder"
    case .regular, .symlink, .unknown: "of an unknown kind"
    }
  }
}
