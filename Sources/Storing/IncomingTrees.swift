import Hashing
import Linux

/// Trees that come from elsewhere and appear in the store together: known by their listings, filled
/// from streams of contents, and published only when all of them are complete.
///
/// A content stands once in the streams, with the first tree that has it.
public final class IncomingTrees {
  private let store: Store
  private var contents = TreeContents()
  private var slots: [Slot] = []
  /// Where a content can be read, once it was written.
  private var places: [Digest: String] = [:]

  private struct Slot {
    let tree: Tree
    let items: [TreeContents.Item]
    /// Nil for a tree that the store has.
    let draft: Held?
  }

  /// A draft in a box, for an array cannot hold a noncopyable value.
  private final class Held {
    var draft: Draft?

    init(_ draft: consuming Draft) {
      self.draft = consume draft
    }
  }

  public init(into store: Store) {
    self.store = store
  }

  /// Adds a tree and makes its folders and symlinks.
  ///
  /// - Returns: its number.
  public func add(_ tree: Tree) throws(StoringError) -> Int {
    let items: [TreeContents.Item]
    do throws(TreeContents.Contradiction) {
      items = try contents.add(tree)
    } catch {
      throw .contradictingSizes(error.digest)
    }
    let isThere = store.contains(tree.digest)
    if isThere {
      slots.append(Slot(tree: tree, items: items, draft: nil))
      for item in items { places[item.digest] = "\(store.path(of: tree.digest))/\(item.path)" }
    } else {
      let draft = try store.draft()
      try doing("laying out a tree in \(draft.path)", try Self.layOut(tree, at: draft.path))
      slots.append(Slot(tree: tree, items: items, draft: Held(draft)))
    }
    return slots.count - 1
  }

  /// Bytes that the stream of a tree has.
  public func size(of number: Int) -> Int64 {
    slots[number].items.reduce(0) { $0 + $1.size }
  }

  /// Whether the store had the tree, so that its stream need not be read.
  public func isThere(_ number: Int) -> Bool { slots[number].draft == nil }

  /// The folder that holds, or will hold, the tree.
  public func path(of number: Int) -> String {
    slots[number].draft?.draft?.path ?? store.path(of: slots[number].tree.digest)
  }

  /// Takes the stream of a tree that was not there.
  public func writer(of number: Int) -> ContentsWriter {
    ContentsWriter(slots[number].items, of: slots[number].tree, at: path(of: number))
  }

  /// Fills in the contents that stand more than once, when all streams were written.
  public func complete() throws(StoringError) {
    for (number, slot) in slots.enumerated() where slot.draft != nil {
      for item in slot.items { places[item.digest] = "\(path(of: number))/\(item.path)" }
    }
    for (number, slot) in slots.enumerated() where slot.draft != nil {
      let folder = path(of: number)
      let first = Set(slot.items.map { Array($0.path.utf8) })
      for (path, file) in slot.tree.allFiles() where !first.contains(Array(path.utf8)) {
        guard let place = places[file.digest] else { continue }
        _ = try doing(
          "copying \(place)",
          try FileSystem.copyContents(
            from: FileSystem.open(place), to: Self.create(path, file, in: folder)))
      }
    }
  }

  /// Puts all trees into their places.
  public func publish() throws(StoringError) {
    for slot in slots {
      if let draft = slot.draft?.draft.take() { _ = try draft.publish(filledAs: slot.tree) }
    }
  }

  private static func layOut(_ tree: Tree, at path: String) throws(SystemError) {
    try layOut(tree, in: Directory(path))
  }

  private static func layOut(_ tree: Tree, in folder: borrowing Directory) throws(SystemError) {
    for symlink in tree.symlinks { try folder.makeSymlink(symlink.name, to: symlink.target) }
    for subtree in tree.subtrees {
      try folder.makeDirectory(subtree.name)
      try layOut(subtree.tree, in: folder.directory(subtree.name))
    }
  }

  /// Makes a file of a tree that is laid out: every folder above it was made by us, so none is a
  /// symlink.
  fileprivate static func create(
    _ path: String, _ file: Tree.File, in folder: String
  ) throws(SystemError) -> Descriptor {
    let (parent, name) = FileSystem.split("\(folder)/\(path)")
    return try Directory(parent).create(name, permissions: file.isExecutable ? 0o755 : 0o644)
  }
}

/// Writes a stream of contents to the files of one tree and verifies each.
public struct ContentsWriter: ~Copyable {
  private let folder: String
  private let items: [TreeContents.Item]
  private let files: [[UInt8]: Tree.File]
  /// Of the item that comes next.
  private var index = 0
  private var file: Descriptor?
  private var hasher: Hasher?
  private var left: Int64 = 0

  fileprivate init(_ items: [TreeContents.Item], of tree: Tree, at folder: String) {
    self.items = items
    self.folder = folder
    var files: [[UInt8]: Tree.File] = [:]
    for (path, file) in tree.allFiles() { files[Array(path.utf8)] = file }
    self.files = files
  }

  /// Takes the next bytes; what is beyond the last content is an error.
  public mutating func take(_ bytes: ArraySlice<UInt8>) throws(StoringError) {
    var rest = bytes
    while true {
      if file == nil {
        guard index < items.count else {
          if rest.isEmpty { return }
          throw .contentsBeyondEnd
        }
        try begin(items[index])
      }
      let count = Int(min(left, Int64(rest.count)))
      let part = Array(rest.prefix(count))
      hasher?.update(part)
      let path = items[index].path
      try doing("writing \(path)", try file?.write(part))
      rest = rest.dropFirst(count)
      left -= Int64(count)
      if left > 0 { return }
      try end(items[index])
    }
  }

  /// - Returns: whether every content has come.
  public mutating func finish() throws(StoringError) -> Bool {
    try take([])
    return index == items.count
  }

  private mutating func begin(_ item: TreeContents.Item) throws(StoringError) {
    guard let listed = files[Array(item.path.utf8)] else { throw .contentsBeyondEnd }
    file = try doing(
      "writing \(item.path)", try IncomingTrees.create(item.path, listed, in: folder))
    hasher = Hasher()
    left = item.size
  }

  private mutating func end(_ item: TreeContents.Item) throws(StoringError) {
    guard let hasher = hasher.take() else { return }
    let found = hasher.finish()
    guard found == item.digest else {
      throw .otherContents(path: item.path, expected: item.digest, actual: found)
    }
    file = nil
    index += 1
  }
}

extension Draft {
  /// Publishes a draft whose contents were verified as they were written.
  consuming func publish(filledAs tree: Tree) throws(StoringError) -> StoredTree {
    try normalise()
    return try publish(tree)
  }
}
