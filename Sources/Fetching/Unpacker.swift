import Linux
import Reading
import Storing

/// Lays packages out in a folder as a recipe says, without running anything of theirs.
///
/// Owners, setuid bits and times are left behind; what a package may hold is what a tree may hold. No
/// path is ever followed through a symlink: where the merged /usr would need it, the path is
/// rewritten.
struct Unpacker: Sendable {
  /// The folder to fill.
  let root: String
  private let recipe: Recipe
  private let drop: [Glob]
  /// More entries than any package needs.
  fileprivate static let entryLimit = 200_000
  /// A package may unpack to this many times its size; xz can reach thousands.
  private static let ratioLimit: Int64 = 200
  /// Small packages may have a larger ratio. In bytes.
  private static let contentsFloor: Int64 = 64 << 20
  /// First components that stand for other folders: `bin` for `usr/bin`.
  private let merged: [String: [String]]

  init(root: String, recipe: Recipe) {
    self.root = root
    self.recipe = recipe
    drop = recipe.drop.map { Glob($0) }
    var merged: [String: [String]] = [:]
    for link in recipe.links {
      let path = link.path.split(separator: "/").map(String.init)
      if path.count == 1 { merged[path[0]] = link.target.split(separator: "/").map(String.init) }
    }
    self.merged = merged
  }

  /// Extracts the file system archive of a package; `filename` is for messages.
  func unpack(_ deb: String, filename: String) throws(FetchingError) {
    var reader = TarReader(filename: filename)
    var extraction = Extraction(
      unpacker: self, filename: filename, others: "a file of another package",
      root: try doing("opening \(root)", try Directory(root)))
    let size = try doing("examining \(deb)", try FileSystem.status(deb).size)
    extraction.left = max(Self.contentsFloor, Self.ratioLimit * size)
    var failure: FetchingError?
    let command = Command(
      ["dpkg-deb", "--fsys-tarfile", deb],
      environment: [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C.UTF-8")],
      timeout: 900)
    let output: Command.Output
    do throws(CommandError) {
      output = try command.run { piece in
        reader.feed(piece, keeping: &failure) { event throws(FetchingError) in
          try extraction.take(event)
        }
      }
    } catch {
      throw .apt(task: "unpacking \(filename)", error)
    }
    if let failure { throw failure }
    guard output.status == 0 else {
      throw .badPackage(filename: filename, reason: output.errorText.trimmed)
    }
    try reader.finish()
  }

  /// Makes what the recipe adds to its packages.
  func finish() throws(FetchingError) {
    let root = try doing("opening \(root)", try Directory(root))
    for path in recipe.directories {
      _ = try made(path, try Self.makeFolder(components(of: path), in: root))
    }
    for link in recipe.links {
      let (parent, name) = place(link.path)
      try made(
        link.path, try Self.makeFolder(parent, in: root).makeSymlink(name, to: link.target))
    }
    for file in recipe.files {
      let (parent, name) = place(file.path)
      let permissions: UInt32 = file.isExecutable ? 0o755 : 0o644
      try made(
        file.path,
        try Self.makeFolder(parent, in: root).create(name, permissions: permissions)
          .write(file.content))
    }
  }

  private func made<Value: ~Copyable>(
    _ path: String, _ body: @autoclosure () throws(SystemError) -> Value
  ) throws(FetchingError) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      if error.isAlreadyThere || error.isBlocked { throw .occupied(path: path) }
      throw .system("making \(path) as the recipe says", error)
    }
  }

  /// Where an absolute path of the recipe is made; a link of the first level is where it says.
  private func place(_ path: String) -> (parent: [String], name: String) {
    let parts = path.split(separator: "/").map(String.init)
    let all = parts.count == 1 ? parts : components(of: path)
    return (Array(all.dropLast()), all[all.count - 1])
  }

  private func components(of path: String) -> [String] {
    rewritten(path.split(separator: "/").map(String.init))
  }

  /// The same place under its name in the merged /usr.
  func rewritten(_ components: [String]) -> [String] {
    guard let first = components.first, let target = merged[first] else { return components }
    return target + components.dropFirst()
  }

  /// Whether a path is a link of the first level that the recipe makes.
  func isMerged(_ components: [String]) -> Bool {
    components.count == 1 && merged[components[0]] != nil
  }

  func isDropped(_ components: [String]) -> Bool {
    let path = "/" + components.joined(separator: "/")
    return drop.contains { $0.covers(path) }
  }

  /// Whether a package brings the very link that the recipe makes.
  func isOwnLink(_ components: [String], target: String) -> Bool {
    guard components.count == 1, let merge = merged[components[0]] else { return false }
    return target.split(separator: "/").map(String.init) == merge
  }

  /// Opens a folder, making what is missing; another thread may be making it too.
  static func makeFolder(
    _ components: [String], in root: borrowing Directory
  ) throws(SystemError) -> Directory {
    var folder = try root.directory(".")
    for component in components {
      do throws(SystemError) {
        try folder.makeDirectory(component)
      } catch {
        if !error.isAlreadyThere { throw error }
      }
      folder = try folder.directory(component)
    }
    return folder
  }
}

/// The extraction of one package, or of one layer of an image.
struct Extraction: ~Copyable {
  private let unpacker: Unpacker
  private let filename: String
  /// What may stand in an entry's way, in words.
  private let others: String
  private let root: Directory
  /// The file whose contents come next; nil when they are dropped.
  private var current: Descriptor?
  /// Bytes of contents that may still come, other names of a file counted as copies of it.
  var left: Int64 = 0
  /// By their bytes, for to Swift's strings two names can be one.
  private var seen: Set<[UInt8]> = []

  init(unpacker: Unpacker, filename: String, others: String, root: consuming Directory) {
    self.unpacker = unpacker
    self.filename = filename
    self.others = others
    self.root = root
  }

  mutating func take(_ event: TarReader.Event) throws(FetchingError) {
    switch event {
    case .entry(let entry):
      try make(entry)
    case .contents(let bytes):
      do throws(SystemError) {
        try current?.write(Array(bytes))
      } catch {
        throw .system("unpacking \(filename)", error)
      }
    case .endOfFile:
      current = nil
    }
  }

  private mutating func make(_ entry: TarReader.Entry) throws(FetchingError) {
    let original = try components(entry.path)
    guard seen.insert(Array(original.joined(separator: "/").utf8)).inserted else {
      throw reject("\(entry.path) comes twice")
    }
    guard seen.count <= Unpacker.entryLimit else {
      throw reject("there are more than \(Unpacker.entryLimit) entries")
    }
    try spend(entry.size)
    if case .symlink(let target) = entry.kind, unpacker.isOwnLink(original, target: target) {
      return
    }
    let path = unpacker.rewritten(original)
    guard let name = path.last, !unpacker.isDropped(path) else { return }
    if case .special(let word) = entry.kind { throw reject("\(entry.path) is \(word)") }
    let parent = Array(path.dropLast())
    var source: [String] = []
    if case .hardLink(let target) = entry.kind {
      source = unpacker.rewritten(try components(target))
      if source.isEmpty { throw reject("\(entry.path) is a link to the root") }
    }
    var copied: Int64 = 0
    do throws(SystemError) {
      switch entry.kind {
      case .directory:
        _ = try Unpacker.makeFolder(path, in: root)
      case .file(let isExecutable):
        current = try Unpacker.makeFolder(parent, in: root)
          .create(name, permissions: isExecutable ? 0o755 : 0o644)
      case .symlink(let target):
        try Unpacker.makeFolder(parent, in: root).makeSymlink(name, to: target)
      case .hardLink:
        copied = try copy(source, to: parent, name)
      case .special:
        break
      }
    } catch {
      if error.isAlreadyThere || error.isBlocked {
        throw reject("\(entry.path) is in the way of, or behind, \(others)")
      }
      if case .hardLink(let target) = entry.kind, error.isNotFound {
        throw reject("\(entry.path) is a hard link to \(target), which is not there")
      }
      throw .system("unpacking \(filename)", error)
    }
    try spend(copied)
  }

  private mutating func spend(_ bytes: Int64) throws(FetchingError) {
    guard bytes <= left else { throw reject("it unpacks to far more than its own size") }
    left -= bytes
  }

  /// A tree knows no hard links: the other name gets the same contents.
  private func copy(
    _ source: [String], to parent: [String], _ name: String
  ) throws(SystemError) -> Int64 {
    let folder = try Unpacker.makeFolder(Array(source.dropLast()), in: root)
    let file = try folder.open(source[source.count - 1])
    let permissions: UInt32 = try FileSystem.status(of: file).isExecutable ? 0o755 : 0o644
    return try FileSystem.copyContents(
      from: file,
      to: Unpacker.makeFolder(parent, in: root).create(name, permissions: permissions))
  }

  /// The names on the way to an entry, none for the root.
  func components(_ path: String) throws(FetchingError) -> [String] {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.first == "." { parts.removeFirst() }
    if parts.last == "" { parts.removeLast() }
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
      parts.count <= Tree.depthLimit
    else { throw reject("\"\(path)\" is not a plain path below the root") }
    return parts
  }

  func reject(_ reason: String) -> FetchingError {
    .badPackage(filename: filename, reason: reason)
  }
}

extension String {
  /// Without blanks and line ends around it.
  var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
