import Hashing
public import Linux

extension Tree {
  /// Reads and hashes the folder at `path`, on all CPUs this process may use.
  ///
  /// Symlinks are recorded, never followed (`path` itself may be one); anything but regular files,
  /// folders and symlinks fails. `excluding` gets each path relative to the root and its kind; what
  /// it answers true for is left out with everything beneath it.
  public init(
    reading path: String,
    excluding: (_ relativePath: String, _ kind: FileStatus.Kind) -> Bool = { _, _ in false }
  ) throws(StoringError) {
    self = try TreeReader(path, signs: false, excluding: excluding).tree()
  }
}

/// Lists a folder first, then hashes its files on several threads, then builds the tree.
struct TreeReader {
  /// One folder as found, its files not yet hashed.
  private struct Level {
    var components: [String]
    var fileNames: [String] = []
    var symlinks: [Tree.Symlink] = []
    var children: [(name: String, index: Int)] = []
  }

  /// Files of one folder that one thread hashes in one go.
  private struct Batch: Sendable {
    let level: Int
    let components: [String]
    let first: Int
    var names: [String]
    var bytes: Int64
  }

  /// Small enough to keep all CPUs busy to the end, large enough that opening the folder does not
  /// count.
  private static let batchFiles = 256
  private static let batchBytes: Int64 = 8 << 20

  /// When listing began, in seconds since the epoch.
  let startedAt = Machine.wallClockSeconds
  /// What the tree looked like before it was hashed, if that was asked for.
  private(set) var signature: TreeSignature?
  private let root: String
  private var levels: [Level] = []
  private var batches: [Batch] = []

  /// Lists the folder; `excluding` is that of `Tree.init(reading:excluding:)`.
  init(
    _ path: String, signs: Bool, excluding: (String, FileStatus.Kind) -> Bool
  ) throws(StoringError) {
    root = path
    let directory = try doing("reading \(path)", try Directory(path))
    var maker = signs ? TreeSignature.Maker() : nil
    let status = try doing("reading \(path)", try FileSystem.status(of: directory.descriptor))
    maker?.add("", status)
    try list(directory, at: [], &maker, excluding: excluding)
    signature = maker.take()?.finish()
  }

  private mutating func list(
    _ directory: borrowing Directory, at components: [String],
    _ maker: inout TreeSignature.Maker?, excluding: (String, FileStatus.Kind) -> Bool
  ) throws(StoringError) {
    let path = directory.path
    guard components.count <= Tree.depthLimit else {
      throw .tooDeep(path: path, limit: Tree.depthLimit)
    }
    let own = levels.count
    levels.append(Level(components: components))
    let prefix = components.isEmpty ? "" : components.joined(separator: "/") + "/"
    for entry in try doing("reading \(path)", try directory.entries()) {
      if excluding(prefix + entry.name, entry.kind) { continue }
      switch entry.kind {
      case .regular:
        let status = try doing("reading \(path)", try directory.status(entry.name))
        maker?.add(entry.name, status)
        add(entry.name, size: status.size, to: own)
      case .symlink:
        if maker != nil {
          let status = try doing("reading \(path)", try directory.status(entry.name))
          maker?.add(entry.name, status)
        }
        let target = try doing("reading \(path)", try directory.readSymlink(entry.name))
        levels[own].symlinks.append(Tree.Symlink(name: entry.name, target: target))
      case .directory:
        levels[own].children.append((entry.name, levels.count))
        let child = try doing("reading \(path)", try directory.directory(entry.name))
        if maker != nil {
          let status = try doing("reading \(path)", try FileSystem.status(of: child.descriptor))
          maker?.add(entry.name, status)
        }
        try list(child, at: components + [entry.name], &maker, excluding: excluding)
      case .fifo, .socket, .characterDevice, .blockDevice, .unknown:
        throw .unsupportedKind(path: "\(path)/\(entry.name)", entry.kind)
      }
    }
    maker?.endFolder()
  }

  private mutating func add(_ name: String, size: Int64, to level: Int) {
    if let last = batches.last, last.level == level, last.names.count < Self.batchFiles,
      last.bytes + size <= Self.batchBytes
    {
      batches[batches.count - 1].names.append(name)
      batches[batches.count - 1].bytes += size
    } else {
      batches.append(
        Batch(
          level: level, components: levels[level].components,
          first: levels[level].fileNames.count, names: [name], bytes: size))
    }
    levels[level].fileNames.append(name)
  }

  /// Hashes what was listed.
  func tree() throws(StoringError) -> Tree {
    let root = root
    let ordered = batches.sorted { $0.bytes > $1.bytes }
    let hashed = try Workers.map(ordered, threads: Machine.allowedCPUs.count) {
      batch throws(StoringError) in
      try Self.hash(batch, root: root)
    }
    var files = levels.map { [Tree.File?](repeating: nil, count: $0.fileNames.count) }
    for (batch, results) in zip(ordered, hashed) {
      for (offset, file) in results.enumerated() { files[batch.level][batch.first + offset] = file }
    }
    return build(0, files)
  }

  private func build(_ index: Int, _ files: [[Tree.File?]]) -> Tree {
    let level = levels[index]
    return Tree(
      files: files[index].compactMap { $0 },
      subtrees: level.children.map { Tree.Subtree(name: $0.name, tree: build($0.index, files)) },
      symlinks: level.symlinks)
  }

  private static func hash(_ batch: Batch, root: String) throws(StoringError) -> [Tree.File] {
    var directory = try doing("reading \(root)", try Directory(root))
    for component in batch.components {
      directory = try doing("reading \(root)", try directory.directory(component))
    }
    var buffer = [UInt8](
      repeating: 0, count: Int(min(max(batch.bytes, 4096), 256 << 10)))
    var files: [Tree.File] = []
    for name in batch.names {
      let path = "\(directory.path)/\(name)"
      let file = try doing("reading \(path)", try directory.open(name))
      let status = try doing("reading \(path)", try FileSystem.status(of: file))
      // The folder may have changed since it was listed.
      guard status.kind == .regular else {
        throw .unsupportedKind(path: path, status.kind)
      }
      var hasher = Hasher()
      var size: Int64 = 0
      while true {
        let count = try doing("reading \(path)", try file.read(into: &buffer))
        if count == 0 { break }
        hasher.update(buffer, count: count)
        size += Int64(count)
      }
      files.append(
        Tree.File(
          name: name, digest: hasher.finish(), size: size, isExecutable: status.isExecutable))
    }
    return files
  }
}
