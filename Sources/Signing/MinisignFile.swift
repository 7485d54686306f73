import Reading

/// What the files of minisign have in common (minisign(1), and "Minisign signature format" on its
/// page): lines, the first a comment, and base64.
enum MinisignFile {
  static let commentHead = "untrusted comment: "
  /// minisign's limits, in bytes.
  static let commentLimit = 1024
  static let trustedCommentLimit = 8192
  /// The algorithm of keys, and of signatures over the file itself; that of signatures over the
  /// file's BLAKE2b-512.
  static let plain = Array("Ed".utf8)
  static let prehashed = Array("ED".utf8)

  /// The lines of a text; the last may end without an end of the line. Nil when it is not UTF-8, or
  /// holds carriage returns.
  static func lines(_ bytes: [UInt8]) -> [Substring]? {
    guard let text = String(validating: bytes, as: UTF8.self),
      !bytes.contains(UInt8(ascii: "\r"))
    else { return nil }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The comment and the data of a file with a key: two lines.
  static func key(_ bytes: [UInt8], size: Int) -> [UInt8]? {
    guard let lines = lines(bytes), lines.count == 2, lines[0].hasPrefix(commentHead),
      let data = Base64.decode(lines[1].utf8), data.count == size
    else { return nil }
    return data
  }

  static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: commentHead.utf8) }

  /// The number of a key as minisign writes it: hexadecimal, as one little-endian number.
  static func words(_ keyNumber: [UInt8]) -> String {
    let value = keyNumber.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return String(value, radix: 16, uppercase: true)
  }
}
