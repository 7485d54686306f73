internal import Failing

/// Takes cargo's standard error apart: lines for the log, and its progress bar.
struct CargoOutput {
  enum Item: Equatable {
    case line(String)
    case progress(done: Int, total: Int, current: String)
  }

  private var rest: [UInt8] = []
  /// Whether the last byte was a carriage return, with which `rest` ended.
  private var endedByReturn = false
  /// Longest line kept; the remainder is cut, so that a flood cannot fill the runner's memory.
  private static let longestLine = 64 << 10

  mutating func take(_ bytes: ArraySlice<UInt8>) -> [Item] {
    var items: [Item] = []
    for byte in bytes {
      defer { endedByReturn = byte == UInt8(ascii: "\r") }
      if byte == UInt8(ascii: "\n"), endedByReturn { continue }
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if let item = Self.item(rest, isRedrawn: byte == UInt8(ascii: "\r")) { items.append(item) }
        rest.removeAll(keepingCapacity: true)
      } else if rest.count < Self.longestLine {
        rest.append(byte)
      }
    }
    return items
  }

  /// What stands without an end of line.
  mutating func finish() -> [Item] {
    defer { rest = [] }
    guard !rest.isEmpty else { return [] }
    return Self.item(rest, isRedrawn: false).map { [$0] } ?? []
  }

  private static func item(_ bytes: [UInt8], isRedrawn: Bool) -> Item? {
    // A build script must not draw on the user's terminal.
    let text = String(decoding: bytes, as: UTF8.self).printableLine
    if let progress = progress(text) { return progress }
    let isBlank = text.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
    return isRedrawn && isBlank ? nil : .line(text)
  }

  /// `    Building [==>   ] 12/102: libc, memchr(build.rs)`.
  private static func progress(_ text: String) -> Item? {
    let trimmed = text.drop { $0 == " " }
    guard trimmed.hasPrefix("Building ["), let bar = trimmed.firstIndex(of: "]") else { return nil }
    let counts = trimmed[trimmed.index(after: bar)...].split(separator: ":", maxSplits: 1)
    guard let first = counts.first else { return nil }
    let numbers = first.split { $0 == "/" || $0 == " " }.compactMap { Int($0) }
    guard numbers.count == 2 else { return nil }
    var current = counts.count > 1 ? counts[1] : ""
    while current.last == " " { current.removeLast() }
    return .progress(
      done: numbers[0], total: numbers[1], current: String(current.drop { $0 == " " }))
  }
}
