/// What must not be said to anybody, though a program that knows it may.
struct Secrets {
  private let values: [[UInt8]]

  /// Empty values are none, and neither are those too short to be told from other words.
  init(_ values: [String]) {
    self.values = values.map { Array($0.utf8) }.filter { $0.count > 3 }
      .sorted { $0.count > $1.count }
  }

  /// The text with a word in the place of each.
  func removed(from text: String) -> String {
    var rest = Array(text.utf8)[...]
    var clean: [UInt8] = []
    while let byte = rest.first {
      if let value = values.first(where: { rest.starts(with: $0) }) {
        clean += "[secret]".utf8
        rest = rest.dropFirst(value.count)
      } else {
        clean.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: clean, as: UTF8.self)
  }
}
