public import Building
internal import Comparing
internal import Failing
internal import Linux
internal import Reading

/// What two legs' copies of a file show, for people.
public struct BlameEvidence: Sendable, Equatable {
  /// Position of the output in the finding's differences.
  public let difference: Int
  /// Lines of a text, or parts of a binary file; printable.
  public let lines: [String]
  /// The same with more lines, for a page.
  public let manyLines: [String]

  /// Most lines of a text in `manyLines`.
  public static let manyLinesLimit = 240

  /// Files looked at for one finding.
  private static let mostFiles = 64
  private static let longestText = 4 << 20

  /// The first difference of a finding that copies can show, a text before others.
  public init?(_ finding: Blame.Finding, _ first: UnitRecord, _ second: UnitRecord) {
    var binary: BlameEvidence?
    for (index, difference) in finding.differences.enumerated().prefix(Self.mostFiles) {
      guard let a = difference.first?.digest.flatMap(first.copy),
        let b = difference.second?.digest.flatMap(second.copy)
      else { continue }
      if let lines = Self.textLines(a, b, limit: LineDifference.lineLimit),
        let manyLines = Self.textLines(a, b, limit: Self.manyLinesLimit)
      {
        self.init(difference: index, lines: lines, manyLines: manyLines)
        return
      }
      if binary == nil, let lines = Self.parts(a, b, name: difference.name) {
        binary = BlameEvidence(difference: index, lines: lines)
      }
    }
    guard let binary else { return nil }
    self = binary
  }

  public init(difference: Int, lines: [String], manyLines: [String]? = nil) {
    self.difference = difference
    self.lines = lines
    self.manyLines = manyLines ?? lines
  }

  /// Nil for what is no text.
  static func textLines(_ a: String, _ b: String, limit: Int) -> [String]? {
    guard let old = try? FileSystem.read(a, limit: longestText),
      let new = try? FileSystem.read(b, limit: longestText),
      LineDifference.isText(old), LineDifference.isText(new)
    else { return nil }
    let lines = LineDifference.lines(from: old, to: new, limit: limit)
    return isReordered(old, new) ? ["the same lines in another order"] + lines : lines
  }

  private static func isReordered(_ old: [UInt8], _ new: [UInt8]) -> Bool {
    guard old.count == new.count else { return false }
    let lines = [old, new].map { text in
      text.split(separator: UInt8(ascii: "\n")).sorted { $0.lexicographicallyPrecedes($1) }
    }
    return lines[0] == lines[1]
  }

  /// Parts of two binary files that differ; nil for what cannot be read.
  static func parts(_ a: String, _ b: String, name: String) -> [String]? {
    guard let first = try? Artifact.examine(path: a, name: name, kind: .staticlib, target: nil),
      let second = try? Artifact.examine(path: b, name: name, kind: .staticlib, target: nil),
      let difference = try? FileDifference.between(first, second)
    else { return nil }
    let most = 8
    let parts = difference.parts.prefix(most).map { part in
      part.path.map { [$0.kind.rawValue, $0.name].compactMap { $0 }.joined(separator: " ") }
        .joined(separator: ", ").printable
    }
    if parts.isEmpty {
      return ["binary, differs from byte \(difference.firstOffset ?? difference.firstSize) on"]
    }
    return parts + (difference.parts.count > most || difference.areMoreParts ? ["and more"] : [])
  }
}
