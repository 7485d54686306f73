/// Which strings Debian accepts as names (Debian policy, sections 5.6.1, 5.6.12 and 5.6.8).
enum DebianName {
  static func isPackage(_ text: String) -> Bool {
    guard text.utf8.count >= 2, let first = text.utf8.first, isLowerOrDigit(first) else {
      return false
    }
    return text.utf8.allSatisfy { isLowerOrDigit($0) || "+-.".utf8.contains($0) }
  }

  static func isVersion(_ text: String) -> Bool {
    guard let first = text.utf8.first, isDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || ".+-~:".utf8.contains($0) }
  }

  static func isArchitecture(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
  }

  /// A suite or component, such as `bookworm-security` or `non-free-firmware`; some hold a slash.
  static func isArchiveWord(_ text: String) -> Bool {
    !text.isEmpty && PathRule.complaint(aboutRelative: text) == nil
      && text.utf8.allSatisfy { isLetterOrDigit($0) || "-._/".utf8.contains($0) }
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
