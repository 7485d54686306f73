import Failing

/// The lines in which two texts differ, for people: bounded in work, in lines and in their length,
/// and without control characters.
public enum LineDifference {
  /// Lines shown of one file, where nobody asks for more.
  public static let lineLimit = 12
  /// Characters shown of one line.
  public static let widthLimit = 100
  /// Cells of the table of common lines; beyond it, lines are compared one by one.
  private static let tableLimit = 1 << 20

  /// `- old` and `+ new`, with `@ line N` (of the new text) before each place; at most `limit`.
  public static func lines(
    from old: [UInt8], to new: [UInt8], limit: Int = lineLimit
  ) -> [String] {
    guard let oldText = text(old), let newText = text(new) else {
      let offset = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      return ["binary, differs from byte \(offset ?? min(old.count, new.count)) on"]
    }
    var oldLines = oldText.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var newLines = newText.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var first = 0
    while first < min(oldLines.count, newLines.count), oldLines[first] == newLines[first] {
      first += 1
    }
    while let a = oldLines.last, let b = newLines.last, a == b,
      min(oldLines.count, newLines.count) > first
    {
      oldLines.removeLast()
      newLines.removeLast()
    }
    return shown(
      changes(
        Array(oldLines[first...]), Array(newLines[first...]), firstLine: first + 1, limit: limit),
      limit: limit)
  }

  /// Whether the lines of these bytes can be shown.
  public static func isText(_ bytes: [UInt8]) -> Bool { text(bytes) != nil }

  /// Nil for what is no text.
  private static func text(_ bytes: [UInt8]) -> [UInt8]? {
    guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { return nil }
    return bytes
  }

  private struct Change {
    let sign: Character
    let line: ArraySlice<UInt8>
    /// In the new text, 1-based.
    let number: Int
  }

  /// By the longest common subsequence, where the table for it is small.
  private static func changes(
    _ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>], firstLine: Int, limit: Int
  ) -> [Change] {
    var changes: [Change] = []
    let width = new.count + 1
    guard (old.count + 1) * width <= tableLimit else {
      for line in old.prefix(limit / 2) {
        changes.append(Change(sign: "-", line: line, number: firstLine))
      }
      for (index, line) in new.enumerated() {
        changes.append(Change(sign: "+", line: line, number: firstLine + index))
      }
      return changes
    }
    var common = [Int32](repeating: 0, count: (old.count + 1) * width)
    for i in old.indices.reversed() {
      for j in new.indices.reversed() {
        common[i * width + j] =
          old[i] == new[j]
          ? common[(i + 1) * width + j + 1] + 1
          : max(common[(i + 1) * width + j], common[i * width + j + 1])
      }
    }
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, j < new.count, old[i] == new[j] {
        i += 1
        j += 1
      } else if i < old.count,
        j == new.count || common[(i + 1) * width + j] >= common[i * width + j + 1]
      {
        changes.append(Change(sign: "-", line: old[i], number: firstLine + j))
        i += 1
      } else {
        changes.append(Change(sign: "+", line: new[j], number: firstLine + j))
        j += 1
      }
    }
    return changes
  }

  private static func shown(_ changes: [Change], limit: Int) -> [String] {
    var lines: [String] = []
    var expected: Int?
    for change in changes.prefix(limit) {
      if change.number != expected { lines.append("@ line \(change.number)") }
      lines.append("\(change.sign) \(cut(change.line))")
      expected = change.sign == "+" ? change.number + 1 : change.number
    }
    if changes.count > limit {
      let more = changes.count - limit
      lines.append("and \(more) more line\(more == 1 ? "" : "s")")
    }
    return lines
  }

  private static func cut(_ line: ArraySlice<UInt8>) -> String {
    let text = String(decoding: line, as: UTF8.self)
    let start = text.unicodeScalars.prefix(widthLimit)
    let isWhole = start.endIndex == text.unicodeScalars.endIndex
    return String(start).printable + (isWhole ? "" : "…")
  }
}
