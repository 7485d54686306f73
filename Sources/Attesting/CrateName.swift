/// Name and version of a crate, compared by their bytes.
struct CrateName: Sendable, Hashable, Comparable {
  /// Both, with a space between.
  let words: String

  init(_ name: String, _ version: String) {
    words = "\(name) \(version)"
  }

  static func == (a: CrateName, b: CrateName) -> Bool { a.words.isExactly(b.words) }

  static func < (a: CrateName, b: CrateName) -> Bool {
    a.words.utf8.lexicographicallyPrecedes(b.words.utf8)
  }

  func hash(into hasher: inout Swift.Hasher) {
    for byte in words.utf8 { hasher.combine(byte) }
  }
}
