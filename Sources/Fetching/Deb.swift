import Hashing

/// One line of `apt-get --print-uris`: `'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:HEX`, with
/// the version's colon and some characters of the URI percent-encoded.
struct Deb: Sendable {
  let uri: String
  let name: String
  let version: String
  let architecture: String
  /// In bytes.
  let size: Int64
  let sha256: Digest

  init?(_ line: Substring) {
    let fields = line.split(separator: " ")
    guard fields.count == 4, fields[0].count > 2, fields[0].hasPrefix("'"),
      fields[0].hasSuffix("'"), fields[1].hasSuffix(".deb"), let size = Int64(fields[2]),
      fields[3].hasPrefix("SHA256:"), let sha256 = Digest(hex: fields[3].dropFirst(7))
    else { return nil }
    let parts = fields[1].dropLast(4).split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, let version = PercentEncoding.decode(parts[1]) else { return nil }
    uri = String(fields[0].dropFirst().dropLast())
    name = String(parts[0])
    self.version = version
    architecture = String(parts[2])
    self.size = size
    self.sha256 = sha256
  }
}
