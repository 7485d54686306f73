/// Turns bytes of a file into names, within a bound for all names of one layout: in a crafted file
/// each of a hundred thousand names may be the same long stretch of a table.
struct NameReader {
  /// Mangled names of generic functions reach some thousand bytes.
  static let nameLimit = 4096
  private var left = 8 << 20

  /// Nil beyond the bounds.
  mutating func name(_ bytes: some Collection<UInt8>) -> String? {
    guard bytes.count <= min(Self.nameLimit, left) else { return nil }
    left -= bytes.count
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The name at `offset` of `table`, up to a byte of `terminators`; nil where none follows.
  mutating func name(
    in table: [UInt8], at offset: Int64, endingWith terminators: [UInt8]
  ) -> String? {
    guard offset >= 0, offset < table.count else { return nil }
    let tail = table[Int(offset)...].prefix(Self.nameLimit + 1)
    guard let end = tail.firstIndex(where: { terminators.contains($0) }) else { return nil }
    return name(tail[..<end])
  }
}
