internal import Hashing

/// A UUID of version 5 (RFC 9562, section 5.5): the same for the same artifacts.
enum SerialNumber {
  /// RFC 9562's namespace of URLs.
  private static let namespace: [UInt8] = [
    0x6B, 0xA7, 0xB8, 0x11, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
  ]

  /// Of the URL `cupel:FORM:` and the digests in hexadecimal, joined by commas.
  static func uuid(form: String, of digests: [Digest]) -> String {
    var hash = MessageDigest(.sha1)
    hash.update(namespace)
    hash.update(Array("cupel:\(form):\(digests.map(\.hex).joined(separator: ","))".utf8))
    var bytes = Array(hash.finish()[..<16])
    bytes[6] = bytes[6] & 0x0F | 0x50
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Array(hexadecimal(bytes).utf8)
    let ends = [0, 8, 12, 16, 20, 32]
    return zip(ends, ends.dropFirst()).map { String(decoding: digits[$0..<$1], as: UTF8.self) }
      .joined(separator: "-")
  }
}
