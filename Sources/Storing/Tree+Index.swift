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
    var reader = MessageReader(index[...])
    var messages: [Digest: ArraySlice<UInt8>] = [:]
    while !reader.isAtEnd {
      guard let (_, value) = reader.next(), case .bytes(let bytes) = value else { return nil }
      messages[Digest.hashing(Array(bytes))] = bytes
    }
    var decoder = Decoder(messages: messages)
    guard let tree = decoder.tree(expected, depth: 0), tree.digest == expected else { return nil }
    self = tree
  }

  /// Follows digests from message to message; each is decoded once.
  private struct Decoder {
    let messages: [Digest: ArraySlice<UInt8>]
    var done: [Digest: Tree] = [:]

    mutating func tree(_ digest: Digest, depth: Int) -> Tree? {
      if let tree = done[digest] { return tree }
      guard depth <= Tree.depthLimit, let message = messages[digest] else { return nil }
      var files: [File] = []
      var subtrees: [Subtree] = []
      var symlinks: [Symlink] = []
      var reader = MessageReader(message)
      while !reader.isAtEnd {
        guard let (number, value) = reader.next(), case .bytes(let bytes) = value,
          let node = Node(bytes)
        else { return nil }
        switch number {
        case 1:
          guard let (digest, size) = node.digest else { return nil }
          files.append(
            File(name: node.name, digest: digest, size: size, isExecutable: node.isExecutable))
        case 2:
          guard let (digest, _) = node.digest, let tree = tree(digest, depth: depth + 1) else {
            return nil
          }
          subtrees.append(Subtree(name: node.name, tree: tree))
        case 3:
          guard let target = node.target else { return nil }
          symlinks.append(Symlink(name: node.name, target: target))
        default:
          return nil
        }
      }
      let tree = Tree(files: files, subtrees: subtrees, symlinks: symlinks)
      done[digest] = tree
      return tree
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
