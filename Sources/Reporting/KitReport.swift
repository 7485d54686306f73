internal import Failing
internal import Hashing
internal import Reading
public import Staging
internal import Storing

/// What a kit holds, and what each part of it weighs.
public struct KitReport: Sendable {
  private struct Line {
    let part: String
    let size: Int64
    let words: String
  }

  private let lines: [Line]
  private let facts: [String]

  /// Of a kit that was just written.
  public init(_ result: KitExport.Result) {
    lines = Self.lines(
      result.weights.map { ($0.member, $0.contents) }, listing: { _ in nil })
    facts = []
  }

  /// Of a kit that was read, with its plan, record and listings kept.
  public init(_ members: KitMembers) throws(StagingError) {
    var listings: [KitTree: Tree] = [:]
    for name in members.manifest.trees {
      if let bytes = try members.bytes(of: .tree(name)) {
        listings[name] = try members.listing(bytes, of: name)
      }
    }
    lines = Self.lines(
      members.manifest.members.map { ($0, members.expandedSize(of: $0.part)) },
      listing: { listings[$0] })
    var facts = ["kit \(members.manifest.digest)"]
    if let plan = try members.bytes(of: .plan) { facts.append("plan \(Digest.hashing(plan))") }
    for artifact in try members.published()?.artifacts ?? [] {
      facts.append("published \(artifact.name.printable)  \(artifact.digest)")
    }
    self.facts = facts
  }

  /// For people, without a newline at the end.
  public var words: String {
    let total = lines.reduce(0) { $0 + $1.size }
    let shown = lines + [Line(part: "all of it", size: total, words: "")]
    let names = shown.map(\.part.count).max() ?? 0
    let sizes = shown.map { Self.grouped($0.size) }
    let width = sizes.map(\.count).max() ?? 0
    return
      (zip(shown, sizes).map { line, size in
        let name = line.part + String(repeating: " ", count: names - line.part.count)
        let number = String(repeating: " ", count: width - size.count) + size
        return line.words.isEmpty ? "\(name)  \(number)" : "\(name)  \(number)  \(line.words)"
      } + facts).joined(separator: "\n")
  }

  /// One line for each member, but one for all crates and one for all packages.
  private static func lines(
    _ members: [(member: KitManifest.Member, contents: Int64?)], listing: (KitTree) -> Tree?
  ) -> [Line] {
    var lines: [Line] = []
    var crates: (count: Int, size: Int64) = (0, 0)
    var packages: (count: Int, size: Int64) = (0, 0)
    for (member, contents) in members {
      switch member.part {
      case .crate: crates = (crates.count + 1, crates.size + member.size)
      case .package: packages = (packages.count + 1, packages.size + member.size)
      case .tree(let name):
        let tree = listing(name)
        let words = tree.map { "\($0.digest), \($0.fileCount) files" } ?? ""
        lines.append(Line(part: member.name, size: member.size, words: words))
      default:
        let words = contents.map { "\(grouped($0)) bytes that no part before it has" } ?? ""
        lines.append(Line(part: member.name, size: member.size, words: words))
      }
    }
    if crates.count > 0 {
      lines.append(Line(part: "crates/", size: crates.size, words: "\(crates.count) archives"))
    }
    if packages.count > 0 {
      lines.append(
        Line(part: "packages/", size: packages.size, words: "\(packages.count) packages"))
    }
    return lines
  }

  /// `12 345 678`.
  private static func grouped(_ number: Int64) -> String {
    var digits = Array(String(number))
    var at = digits.count - 3
    while at > 0 {
      digits.insert(" ", at: at)
      at -= 3
    }
    return String(digits)
  }
}
