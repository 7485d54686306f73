import Testing

/// The table "Who may import whom" of docs/architecture.md.
struct ImportTable {
  /// In the order of the page: bottom up.
  let rows: [(room: String, allowed: [String])]

  init(parsing page: String) throws {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let head = try #require(
      lines.firstIndex(of: "| room | may import |"), "docs/architecture.md has lost its table")
    rows = lines[(head + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { Self.words(String($0)) }
      return (cells[1].first ?? "", cells[2])
    }
  }

  func allowed(_ room: String) -> [String]? {
    rows.first { $0.room == room }?.allowed
  }

  private static func words(_ cell: String) -> [String] {
    cell.split { $0 == "," || $0 == " " }.map(String.init)
  }
}
