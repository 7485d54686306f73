import Hashing

/// Protocol Buffers' wire format, as far as the messages `Directory`, `FileNode`, `DirectoryNode`,
/// `SymlinkNode`, `Digest` and `Tree` of build.bazel.remote.execution.v2 need it: varints and
/// length-delimited fields, fields in ascending order, default values left out.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []

  /// A length-delimited field; nothing at all when `value` is empty and `isRepeated` is false.
  mutating func field(_ number: UInt8, _ value: some Collection<UInt8>, isRepeated: Bool = false) {
    if value.isEmpty && !isRepeated { return }
    bytes.append(number << 3 | 2)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func field(_ number: UInt8, _ value: UInt64) {
    if value == 0 { return }
    bytes.append(number << 3)
    varint(value)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Reads what `MessageWriter` writes; nil for anything else.
struct MessageReader {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func next() -> (number: UInt8, value: Value)? {
    guard let tag = rest.popFirst(), tag & 0x80 == 0 else { return nil }
    guard let number = varint() else { return nil }
    switch tag & 7 {
    case 0:
      return (tag >> 3, .number(number))
    case 2:
      guard number <= UInt64(rest.count) else { return nil }
      let value = rest.prefix(Int(number))
      rest = rest.dropFirst(Int(number))
      return (tag >> 3, .bytes(value))
    default:
      return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }
}

extension Tree {
  /// The `Directory` message of this level.
  static func encode(
    files: [File], subtrees: [Subtree], symlinks: [Symlink]
  ) -> [UInt8] {
    var message = MessageWriter()
    for file in files {
      var node = MessageWriter()
      node.field(1, file.name.utf8)
      node.field(2, encode(file.digest, size: file.size))
      node.field(4, file.isExecutable ? 1 : 0)
      message.field(1, node.bytes, isRepeated: true)
    }
    for subtree in subtrees {
      var node = MessageWriter()
      node.field(1, subtree.name.utf8)
      node.field(2, encode(subtree.tree.digest, size: subtree.tree.messageSize))
      message.field(2, node.bytes, isRepeated: true)
    }
    for symlink in symlinks {
      var node = MessageWriter()
      node.field(1, symlink.name.utf8)
      node.field(2, symlink.target.utf8)
      message.field(3, node.bytes, isRepeated: true)
    }
    return message.bytes
  }

  private static func encode(_ digest: Digest, size: Int64) -> [UInt8] {
    var message = MessageWriter()
    message.field(1, digest.hex.utf8)
    message.field(2, UInt64(size))
    return message.bytes
  }
}
