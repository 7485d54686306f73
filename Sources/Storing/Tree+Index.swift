import Hashing

extension Tree {
  /// The `Tree` message of the Remote Execution API: the root's `Directory` message, then each
  /// distinct one beneath it.
  var index: [UInt8] {
    var message = MessageWriter()
    message.field(1, ownMessage, isRepeated: true)
    var seen: Set<Digest> = [digest]
    appendDescendants(to: &message, seen: &seen)
    return message.bytes
  }

  private var ownMessage: [UInt8] {
    Self.encode(files: files, subtrees: subtrees, symlinks: symlinks)
  }

  private func appendDescendants(to message: inout MessageWriter, seen: inout Set<Digest>) {
    for subtree in subtrees where seen.insert(subtree.tree.digest).inserted {
      message.field(2, subtree.tree.ownMessage, isRepeated: true)
      subtree.tree.appendDescendants(to: &message, seen: &seen)
    }
  }

  /// Rebuilds the tree that `index` was made from. Nil unless it is complete, well-formed and has
  /// the digest `expected`, so a damaged index can do no harm.
  init?(index: [UInt8], expected: Digest) {
    do throws(TreeIndexError) {
      try self.init(index: index)
    } catch {
      return nil
    }
    if digest != expected { return nil }
  }

  /// Rebuilds the tree of an index that anybody may have made: the first message is the root's, each
  /// other one is needed and stands there once, names are names, and the tree is not larger than
  /// `entryLimit` entries and `byteLimit` bytes. Few messages can say very many entries.
  public init(index: [UInt8]) throws(TreeIndexError) {
    var reader = MessageReader(index[...])
    var messages: [Digest: ArraySlice<UInt8>] = [:]
    var root: Digest?
    while !reader.isAtEnd {
      guard let (number, value) = reader.next(), case .bytes(let bytes) = value,
        number == (root == nil ? 1 : 2)
      else { throw .malformed }
      let digest = Digest.hashing(Array(bytes))
      root = root ?? digest
      guard messages.updateValue(bytes, forKey: digest) == nil else { throw .repeated(digest) }
    }
    guard let root else { throw .malformed }
    var decoder = Decoder(messages: messages)
    self = try decoder.tree(root, depth: 0)
    guard decoder.done.count == messages.count else {
      throw .unused(messages.count - decoder.done.count)
    }
  }

  /// Most files, folders and symlinks of a tree from an index.
  public static let entryLimit = 4 << 20
  /// Most bytes of all its files.
  public static let byteLimit: Int64 = 1 << 38

  /// Follows digests from message to message; each is decoded once.
  private struct Decoder {
    let messages: [Digest: ArraySlice<UInt8>]
    /// With the number of entries at all levels.
    var done: [Digest: (tree: Tree, entries: Int, height: Int)] = [:]

    mutating func tree(_ digest: Digest, depth: Int) throws(TreeIndexError) -> Tree {
      if let known = done[digest] {
        guard depth + known.height <= Tree.depthLimit else { throw .tooDeep }
        return known.tree
      }
      guard depth <= Tree.depthLimit else { throw .tooDeep }
      guard let message = messages[digest] else { throw .missing(digest) }
      var files: [File] = []
      var subtrees: [Subtree] = []
      var symlinks: [Symlink] = []
      var names: Set<[UInt8]> = []
      var entries = 0
      var bytes: Int64 = 0
      var height = 0
      var reader = MessageReader(message)
      while !reader.isAtEnd {
        guard let (number, value) = reader.next(), case .bytes(let node) = value,
          let node = Node(node)
        else { throw .malformed }
        try Self.check(node.name)
        guard names.insert(Array(node.name.utf8)).inserted else { throw .duplicate(node.name) }
        entries += 1
        switch number {
        case 1:
          guard let (digest, size) = node.digest else { throw .malformed }
          guard size <= Tree.byteLimit else { throw .tooLarge }
          files.append(
            File(name: node.name, digest: digest, size: size, isExecutable: node.isExecutable))
          bytes += size
        case 2:
          guard let (digest, _) = node.digest else { throw .malformed }
          let tree = try tree(digest, depth: depth + 1)
          subtrees.append(Subtree(name: node.name, tree: tree))
          bytes += tree.byteCount
          entries += done[digest]?.entries ?? 0
          height = max(height, 1 + (done[digest]?.height ?? 0))
        case 3:
          guard let target = node.target, !target.isEmpty, target.utf8.count < 4096,
            !target.utf8.contains(0)
          else { throw .badSymlink(node.name) }
          symlinks.append(Symlink(name: node.name, target: target))
        default:
          throw .malformed
        }
        guard entries <= Tree.entryLimit, bytes <= Tree.byteLimit else { throw .tooLarge }
      }
      let tree = Tree(files: files, subtrees: subtrees, symlinks: symlinks)
      // There is one encoding of a tree, and this is it.
      guard tree.digest == digest else { throw .malformed }
      done[digest] = (tree, entries, height)
      return tree
    }

    private static func check(_ name: String) throws(TreeIndexError) {
      guard !name.isEmpty, name.utf8.count <= 255, name != ".", name != "..",
        !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
      else { throw .badName(name) }
    }
  }

  /// A FileNode, DirectoryNode or SymlinkNode: field 2 is a digest in the first two, a target in
  /// the last.
  private struct Node {
    var name = ""
    var second: ArraySlice<UInt8> = []
    var isExecutable = false

    init?(_ bytes: ArraySlice<UInt8>) {
      var reader = MessageReader(bytes)
      while !reader.isAtEnd {
        switch reader.next() {
        case (1, .bytes(let bytes))?: name = String(decoding: bytes, as: UTF8.self)
        case (2, .bytes(let bytes))?: second = bytes
        case (4, .number(let number))?: isExecutable = number == 1
        default: return nil
        }
      }
    }

    var target: String? { String(validating: second, as: UTF8.self) }

    var digest: (Digest, size: Int64)? {
      var reader = MessageReader(second)
      var digest: Digest?
      var size: Int64 = 0
      while !reader.isAtEnd {
        switch reader.next() {
        case (1, .bytes(let hex))?: digest = Digest(hex: String(decoding: hex, as: UTF8.self))
        case (2, .number(let number))?: size = Int64(clamping: number)
        default: return nil
        }
      }
      return digest.map { ($0, size) }
    }
  }
}
