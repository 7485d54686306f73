/// An address as a program passes it to connect(2), decoded as far as it is worth telling.
struct SocketAddress: Equatable {
  let family: UInt16
  /// What stands behind the family; empty where nothing is known of it.
  let detail: String

  static let unix: UInt16 = 1

  /// Nil when there are not even the two bytes of a family.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 2 else { return nil }
    /// Numbers in the machine's order (little-endian on all that are supported).
    func number(_ offset: Int, _ size: Int) -> UInt64? {
      guard bytes.count >= offset + size else { return nil }
      return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    family = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
    let port = bytes.count >= 4 ? UInt16(bytes[2]) << 8 | UInt16(bytes[3]) : 0
    switch family {
    case Self.unix:  // unix(7)
      let path = Array(bytes[2...])
      if path.first == 0, path.count > 1 {
        detail = PrintableText.quoted(path.dropFirst(), prefix: "@")
      } else {
        detail = PrintableText.quoted(path.prefix { $0 != 0 })
      }
    case 2 where bytes.count >= 8:  // ip(7)
      detail = bytes[4..<8].map { "\($0)" }.joined(separator: ".") + ":\(port)"
    case 10 where bytes.count >= 24:  // ipv6(7)
      detail = "[\(Self.ipv6(Array(bytes[8..<24])))]:\(port)"
    case 16:  // netlink(7)
      detail = number(4, 4).map { "pid \($0)" } ?? ""
    case 40:  // vsock(7)
      if let port = number(4, 4), let context = number(8, 4) {
        detail = "\(context):\(port)"
      } else {
        detail = ""
      }
    default: detail = ""
    }
  }

  /// RFC 5952: the longest run of zeros, the first of equals, is left out.
  private static func ipv6(_ bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
    var best = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index - start > best.count, index - start > 1 { best = start..<index }
      start = index + 1
    }
    func text(_ range: some Sequence<Int>) -> String {
      range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
    }
    guard !best.isEmpty else { return text(0..<8) }
    return text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }
}
