/// The texts that lie in bytes among others.
enum TextRun {
  /// Longest text that is looked at.
  static let limit = 2048
  /// Shorter ones are taken for chance.
  private static let minimum = 4

  static func isText(_ byte: UInt8) -> Bool {
    0x20...0x7E ~= byte || byte == 0x09 || byte == 0x0A || byte == 0x0D || byte >= 0xC2
      || 0x80...0xBF ~= byte
  }

  /// The text around `range`, up to bytes that are none; nil where `range` itself is no text, or
  /// where it is too short.
  static func around(_ range: Range<Int>, in bytes: [UInt8]) -> Range<Int>? {
    guard range.count <= limit, bytes[range].allSatisfy(isText) else { return nil }
    var low = range.lowerBound
    while low > 0, isText(bytes[low - 1]), range.lowerBound - low < limit { low -= 1 }
    var high = range.upperBound
    while high < bytes.count, isText(bytes[high]), high - range.upperBound < limit { high += 1 }
    // Bytes beyond ASCII are text only where they are UTF-8.
    let text = bytes[low..<high]
    guard text.count >= minimum,
      text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil
    else { return nil }
    return low..<high
  }
}
