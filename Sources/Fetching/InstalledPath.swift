import Storing

/// Paths of files in an installer and in the toolchain that it makes.
enum InstalledPath {
  /// The parts of a path that stays below its folder and is written in the one plain way; nil for any
  /// other.
  static func components(_ path: some StringProtocol) -> [String]? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard parts.count <= Tree.depthLimit else { return nil }
    for part in parts
    where part.isEmpty || part == "." || part == ".." || part.utf8.count > 255
      || part.utf8.contains(0)
    {
      return nil
    }
    return parts
  }
}
