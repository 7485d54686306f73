/// Checks of paths that name a place inside a rootfs.
enum PathRule {
  /// Why a path is not an absolute, normalised one; nil when it is.
  static func complaint(aboutAbsolute path: String) -> String? {
    guard path.utf8.first == UInt8(ascii: "/") else { return "it must be an absolute path" }
    return complaint(aboutParts: path.utf8.dropFirst())
  }

  /// Why a path is not a relative one that stays below its folder; nil when it does.
  static func complaint(aboutRelative path: String) -> String? {
    guard path.utf8.first != UInt8(ascii: "/") else { return "it must be a relative path" }
    return complaint(aboutParts: path.utf8[...])
  }

  private static func complaint(aboutParts path: Substring.UTF8View) -> String? {
    guard !path.contains(0) else { return "it holds a NUL byte" }
    for part in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      switch text(part) {
      case "": return "it must be normalised, without empty parts"
      case ".", "..": return "it must be normalised, without . and .."
      default: continue
      }
    }
    return nil
  }
}

extension Fields {
  /// A required absolute, normalised path.
  mutating func absolutePath(_ key: String) throws(ReadingError) -> String {
    let path = try string(key)
    if let complaint = PathRule.complaint(aboutAbsolute: path) {
      throw badValue(key, path, complaint)
    }
    return path
  }
}
