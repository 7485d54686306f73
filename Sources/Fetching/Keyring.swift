import Linux

/// The keys that may sign an archive: a file of public keys in OpenPGP's binary form, which apt and
/// gpgv both read.
struct Keyring: Sendable {
  /// Absolute.
  let path: String

  /// That of the package debian-archive-keyring, whose file was renamed in Debian 13.
  private static let debian = [
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
  ]

  /// `given`, else CUPEL_KEYRING, else Debian's.
  init(given: String?) throws(FetchingError) {
    guard let named = given ?? Machine.environment("CUPEL_KEYRING") else {
      guard let path = Self.debian.first(where: { FileSystem.exists($0) }) else {
        throw .noKeyring
      }
      self.path = path
      return
    }
    let task = "reading the keyring \(named)"
    path = try doing(task, try FileSystem.realPath(named))
    let start = try doing(task, try FileSystem.read(path, limit: 64 << 20)).first
    // The first byte of a binary packet has its highest bit set (RFC 9580, section 4.2); text has not.
    // apt goes by the name too.
    guard let start, start & 0x80 != 0, path.hasSuffix(".gpg") || path.hasSuffix(".pgp"),
      !path.utf8.contains(where: { $0 <= 0x20 })
    else {
      throw .badKeyring(named)
    }
  }
}
