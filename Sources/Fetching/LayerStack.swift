import Linux
import Reading
import Storing

/// The layers of an image, laid over each other in a folder (OCI Image Format 1.1, "Image Layer
/// Filesystem Changeset").
///
/// Each layer is unpacked into a folder of its own, as a package is, and checked as a whole before
/// anything of it reaches the tree. What it takes away of lower layers goes first, wherever in the
/// archive it stands; then its own entries are moved in. No path is followed through a symlink, of
/// whatever layer.
struct LayerStack {
  let unpacker: Unpacker
  let store: Store
  private var entriesLeft = Self.entryLimit

  /// Of all layers together.
  private static let entryLimit = 2_000_000
  private static let whiteout = ".wh."
  private static let opaque = ".wh..wh..opq"

  init(unpacker: Unpacker, store: Store) {
    self.unpacker = unpacker
    self.store = store
  }

  /// One layer, unpacked beside the tree.
  private struct Contents {
    /// Folders that the layer has as entries of its own, by their place in the tree.
    var folders: Set<[UInt8]> = []
    /// What goes away: with a name, that entry of the folder; else all that is in it.
    var removals: [(folder: [String], name: String?)] = []
  }

  mutating func apply(
    _ layer: ImageManifest.Layer, of layout: borrowing ImageLayout
  ) throws(FetchingError) {
    let filename = "the layer \(layer.descriptor.digest)"
    let draft = try storing(try store.draft())
    let task = "unpacking \(filename)"
    var reader = TarReader(filename: filename, allowsExtensions: true)
    var extraction = Extraction(
      unpacker: unpacker, filename: filename, others: "another entry of the layer",
      root: try doing(task, try Directory(draft.path)))
    extraction.left = layer.expandedLimit
    var contents = Contents()
    var left = entriesLeft
    // An entry that takes something away has nothing to be written.
    var isWriting = true
    try layout.expand(layer) { piece throws(FetchingError) in
      try reader.feed(piece) { event throws(FetchingError) in
        if case .entry(let entry) = event {
          left -= 1
          guard left >= 0 else { throw extraction.reject("there are too many entries") }
          isWriting = try Self.note(entry, in: &contents, extraction, unpacker)
        }
        if isWriting { try extraction.take(event) }
      }
    }
    try reader.finish()
    entriesLeft = left
    let merge = Merge(folders: contents.folders, layer: filename)
    let root = try doing(task, try Directory(unpacker.root))
    for removal in contents.removals {
      try merge.remove(removal.name, from: removal.folder, in: root)
    }
    try merge.lay(try doing(task, try Directory(draft.path)), over: root)
  }

  /// Writes down what an entry is to the layer; false for one that takes something away.
  private static func note(
    _ entry: TarReader.Entry, in contents: inout Contents, _ extraction: borrowing Extraction,
    _ unpacker: Unpacker
  ) throws(FetchingError) -> Bool {
    let original = try extraction.components(entry.path)
    guard let name = original.last else { return true }
    let parent = Array(original.dropLast())
    if parent.contains(where: { $0.hasPrefix(whiteout) }) {
      throw extraction.reject("\(entry.path) lies in a folder of a reserved name")
    }
    guard name.hasPrefix(whiteout) else {
      if case .directory = entry.kind { contents.folders.insert(key(unpacker.rewritten(original))) }
      return true
    }
    guard case .file = entry.kind, entry.size == 0 else {
      throw extraction.reject("\(entry.path) is a whiteout and no empty file")
    }
    if name == opaque {
      contents.removals.append((unpacker.rewritten(parent), nil))
      return false
    }
    let target = String(name.dropFirst(whiteout.count))
    guard !["", ".", ".."].contains(target), !target.hasPrefix(whiteout) else {
      throw extraction.reject("\(entry.path) is a whiteout of nothing")
    }
    // The recipe's own link has the place; nothing of lower layers is under this name.
    if unpacker.isMerged(parent + [target]) { return false }
    contents.removals.append((unpacker.rewritten(parent), target))
    return false
  }

  private static func key(_ components: [String]) -> [UInt8] {
    Array(components.joined(separator: "/").utf8)
  }

  /// Changes the tree as one layer says.
  private struct Merge {
    let folders: Set<[UInt8]>
    /// For messages.
    let layer: String

    private func reject(_ path: [String]) -> FetchingError {
      .badPackage(
        filename: layer,
        reason: "it leads through /\(path.joined(separator: "/")), a link or file of a lower layer")
    }

    private var task: String { "unpacking \(layer)" }

    func remove(
      _ name: String?, from folder: [String], in root: borrowing Directory
    ) throws(FetchingError) {
      var place = try doing(task, try root.directory("."))
      for (index, component) in folder.enumerated() {
        do throws(SystemError) {
          place = try place.directory(component)
        } catch {
          let path = Array(folder[...index])
          if error.isBlocked {
            // The layer replaces it by a folder, in which nothing of lower layers can be.
            if folders.contains(key(path)) { return }
            throw reject(path)
          }
          if error.isNotFound { return }
          throw .system(task, error)
        }
      }
      if let name {
        try doing(task, try place.removeTree(name))
      } else {
        for entry in try doing(task, try place.entriesAsFound()) {
          try doing(task, try place.removeTree(entry.name))
        }
      }
    }

    /// Moves what is in `upper` to `lower`; folders that both have are united.
    func lay(
      _ upper: borrowing Directory, over lower: borrowing Directory, at path: [String] = []
    ) throws(FetchingError) {
      for entry in try doing(task, try upper.entriesAsFound()) {
        let name = entry.name
        let here = path + [name]
        switch (entry.kind, try kind(of: name, in: lower)) {
        case (.directory, .directory?):
          try lay(
            doing(task, try upper.directory(name)), over: doing(task, try lower.directory(name)),
            at: here)
          continue
        case (.directory, .some):
          // A folder that is only on the way to an entry would be one seen through the link.
          guard folders.contains(key(here)) else { throw reject(here) }
          try doing(task, try lower.remove(name))
        case (_, .directory?):
          try doing(task, try lower.removeTree(name))
        default: break
        }
        try doing(task, try upper.rename(name, to: lower, as: name))
      }
    }

    private func kind(
      of name: String, in folder: borrowing Directory
    ) throws(FetchingError) -> FileStatus.Kind? {
      do throws(SystemError) {
        return try folder.status(name).kind
      } catch {
        if error.isNotFound { return nil }
        throw .system(task, error)
      }
    }
  }
}
