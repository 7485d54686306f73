internal import Failing

/// Texts of others in Markdown (CommonMark 0.31, 4.5 and 6.1): as code, in which there is no markup,
/// no HTML and no link.
enum Markdown {
  /// On one line. Never in a table, where a bar would end the cell.
  static func code(_ text: String) -> String {
    let line = text.printable
    // Spaces at both ends belong to the fence.
    let fence = fence(around: line, least: 1)
    return "\(fence) \(line.isEmpty ? "-" : line) \(fence)"
  }

  /// As lines of their own.
  static func block(_ text: String) -> [String] {
    let fence = fence(around: text, least: 3)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(\.printableLine)
    return ["\(fence)text"] + lines + [fence]
  }

  /// Longer than any run of backticks inside.
  private static func fence(around text: String, least: Int) -> String {
    var longest = 0
    var run = 0
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    return String(repeating: "`", count: max(longest + 1, least))
  }
}
