public import Explaining
internal import Failing
public import Reading

/// What `cupel compare` says of two files or folders.
public struct ComparisonReport: Sendable {
  private let comparison: TreeComparison
  private let first: String
  private let second: String
  private let diffoscope: String?

  /// `first` and `second` are the paths as the user named them; `diffoscope` is what that program
  /// says of the two.
  public init(
    _ comparison: TreeComparison, first: String, second: String, diffoscope: String? = nil
  ) {
    self.diffoscope = diffoscope
    self.comparison = comparison
    self.first = first
    self.second = second
  }

  /// Most lines of `words`.
  public static let lineLimit = 40

  /// For people: at most a screen, but for what diffoscope says.
  public var words: String {
    var lines: [String]
    let differing = comparison.entries.filter { $0.result != .identical }
    if comparison.isIdentical {
      let count = comparison.entries.count
      lines = [
        comparison.areFolders
          ? "identical: \(count) \(count == 1 ? "file" : "files")" : "identical, byte for byte"
      ]
    } else if comparison.areFolders {
      lines = folderLines(differing)
    } else {
      lines = ["different: A \(first.printable), B \(second.printable)"]
      if case .different(let explanation?) = differing[0].result {
        lines += explanation.lines(limit: Self.lineLimit - 2)
      }
    }
    if let diffoscope {
      lines += ["", "diffoscope says:"]
      lines += diffoscope.split(separator: "\n", omittingEmptySubsequences: false).map(
        \.printableLine)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func folderLines(_ differing: [TreeComparison.Entry]) -> [String] {
    var lines = [
      "different: \(differing.count) of \(comparison.entries.count) files; A \(first.printable), B \(second.printable)"
    ]
    // The more files, the fewer lines for each.
    let share = max(1, (Self.lineLimit - 2) / differing.count - 1)
    for (index, entry) in differing.enumerated() {
      guard lines.count < Self.lineLimit - 1 || index == differing.count - 1 else {
        lines.append("and \(differing.count - index) other files; --json lists them")
        break
      }
      let name = "  \(entry.name.printable)"
      switch entry.result {
      case .identical: break
      case .onlyInFirst: lines.append("\(name): only in A")
      case .onlyInSecond: lines.append("\(name): only in B")
      case .otherKind: lines.append("\(name): a file of another kind")
      case .different(nil): lines.append("\(name): differs")
      case .different(let explanation?):
        if share < 3 {
          lines.append("\(name): \(explanation.verdictWords)")
        } else {
          lines.append(name)
          lines += explanation.lines(limit: share).map { "    \($0)" }
        }
      }
    }
    return lines
  }

  /// As docs/explaining.md describes it.
  public var json: JSON {
    .object([
      ("schema", "cupel-compare/1"),
      ("first", .string(first)),
      ("second", .string(second)),
      ("result", comparison.isIdentical ? "identical" : "different"),
      ("entries", .array(comparison.entries.map(Self.entry))),
      ("diffoscope", diffoscope.map { .string($0) } ?? .null),
      ("records", .null),
    ])
  }

  private static func entry(_ entry: TreeComparison.Entry) -> JSON {
    var members: [(String, JSON)] = [
      ("name", .string(entry.name)),
      (
        "sizes",
        .array([entry.firstSize, entry.secondSize].map { $0.map { .integer($0) } ?? .null })
      ),
    ]
    switch entry.result {
    case .identical: members.append(("result", "identical"))
    case .onlyInFirst: members.append(("result", "only-in-A"))
    case .onlyInSecond: members.append(("result", "only-in-B"))
    case .otherKind: members.append(("result", "other-kind"))
    case .different(let explanation):
      members.append(("result", "different"))
      members.append(("explanation", explanation.map(\.json) ?? .null))
    }
    return .object(members)
  }
}
