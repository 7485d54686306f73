/// A string compared and hashed by its UTF-8 bytes. Swift's own comparison takes canonically
/// equivalent spellings for one, so two keys of a file could silently become one.
struct ExactString: Hashable, Comparable {
  var text: String

  init(_ text: String) {
    self.text = text
  }

  static func == (a: ExactString, b: ExactString) -> Bool {
    a.text.utf8.elementsEqual(b.text.utf8)
  }

  static func < (a: ExactString, b: ExactString) -> Bool {
    a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }

  func hash(into hasher: inout Swift.Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
    hasher.combine(UInt8(0xFF))
  }
}
