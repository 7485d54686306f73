/// A header of the archive that a kit is: that of a regular file in the ustar format (POSIX.1-2017,
/// pax, "ustar Interchange Format"), all of it decided by name and size.
public enum KitHeader {
  public static let blockSize = 512
  /// Two blocks of zeros.
  public static let end = [UInt8](repeating: 0, count: 2 * blockSize)

  /// 2006-07-24T01:21:28Z, as in the store.
  private static let time = 1_153_704_088

  /// Zeros that follow a member of `size` bytes.
  public static func padding(after size: Int64) -> Int { Int(-size & Int64(blockSize - 1)) }

  /// The block before a member.
  ///
  /// - Precondition: `name` has at most 100 bytes and `size` is less than 8 GiB.
  public static func block(name: String, size: Int64) -> [UInt8] {
    precondition(name.utf8.count <= 100 && 0..<(8 << 30) ~= size)
    var block: [UInt8] = []
    func field(_ text: String, _ width: Int) {
      block += Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
    }
    func number(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.utf8.count) + text
    }
    field(name, 100)
    field(number(0o644, 7), 8)
    field(number(0, 7), 8)
    field(number(0, 7), 8)
    field(number(Int(size), 11), 12)
    field(number(time, 11), 12)
    block += Array("        0".utf8)
    field("", 100)
    field("ustar", 6)
    field("00", 2)
    field("", 64)
    field(number(0, 7), 8)
    field(number(0, 7), 8)
    field("", 167)
    let sum = block.reduce(0) { $0 + Int($1) }
    block.replaceSubrange(148..<156, with: Array("\(number(sum, 6))\0 ".utf8))
    return block
  }

  /// What a header says, as far as it takes to name what is wrong with it.
  struct Claim {
    let name: String
    let size: Int64?
    let kind: UInt8

    init(_ block: [UInt8]) {
      let name = block[..<100].prefix { $0 != 0 }
      let prefix = block[345..<500].prefix { $0 != 0 }
      let separator: [UInt8] = prefix.isEmpty ? [] : [UInt8(ascii: "/")]
      self.name = String(decoding: prefix + separator + name, as: UTF8.self)
      size = Int64(String(decoding: block[124..<135], as: UTF8.self), radix: 8)
      kind = block[156]
    }

    /// What the entry is, unless it is a file.
    var otherKind: String? {
      switch kind {
      case UInt8(ascii: "0"), 0: nil
      case UInt8(ascii: "1"): "a hard link"
      case UInt8(ascii: "2"): "a symlink"
      case UInt8(ascii: "3"), UInt8(ascii: "4"): "a device"
      case UInt8(ascii: "5"): "a folder"
      case UInt8(ascii: "6"): "a fifo"
      default: "of an unknown kind"
      }
    }
  }
}
