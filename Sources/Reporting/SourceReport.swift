internal import Hashing
internal import Planning
public import Reading
public import Staging

/// What `cupel verify-sources` found, for people and for machines.
public struct SourceReport: Sendable {
  private let verification: SourceVerification

  public init(_ verification: SourceVerification) {
    self.verification = verification
  }

  /// A table of the crates, every finding in full, and a sum.
  public var words: String {
    let rows = verification.verdicts.map(Self.row)
    let head = ["crate", "version", "level", "digest", "finding"]
    var lines = Self.table([head] + rows)
    for finding in verification.findings { lines.append("refused: \(finding.text)") }
    lines += declarations
    lines.append(summary)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func row(_ verdict: CrateVerdict) -> [String] {
    let count = verdict.findings.count
    return [
      verdict.package.name, verdict.package.version,
      verdict.findings.isEmpty ? verdict.level.rawValue : "-", digest(verdict),
      count == 0 ? verdict.patch?.reason ?? "" : "\(count) \(count == 1 ? "finding" : "findings")",
    ]
  }

  /// What the crate is known by: its archive, else its tree, else its commit.
  private static func digest(_ verdict: CrateVerdict) -> String {
    let digest =
      verdict.archive != nil && verdict.level == .archive
      ? verdict.package.checksum : verdict.tree
    return digest.map { "sha256:\($0.hex.prefix(16))…" } ?? ""
  }

  private static func table(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (cell, width) in zip(row, widths) {
        line += cell + String(repeating: " ", count: width - cell.count + 2)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// What to write into cupel.toml for differences that somebody has looked at and wants.
  private var declarations: [String] {
    let differing = verification.verdicts.filter { verdict in
      !verdict.findings.isEmpty
        && verdict.findings.allSatisfy { finding in
          switch finding.fact {
          case .differs, .otherPatch: true
          default: false
          }
        }
    }
    if differing.isEmpty { return [] }
    var lines = ["", "To declare what is wanted, in cupel.toml, each with its reason:"]
    for verdict in differing {
      lines += [
        "", "[[source.patched]]", "name = \"\(verdict.package.name)\"",
        "version = \"\(verdict.package.version)\"", "reason = \"\"",
        "tree = \"\(verdict.tree?.description ?? "")\"",
      ]
    }
    return lines + [""]
  }

  private var summary: String {
    let foreign = verification.verdicts.filter { $0.level != .path }
    var parts: [String] = []
    for level in SourceLevel.allCases.reversed() {
      let count = foreign.count { $0.findings.isEmpty && $0.level == level }
      if count > 0 { parts.append("\(count) \(level.rawValue)") }
    }
    let refused = foreign.count { !$0.findings.isEmpty }
    if refused > 0 { parts.append("\(refused) refused") }
    return "\(foreign.count) foreign \(foreign.count == 1 ? "crate" : "crates")"
      + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
  }

  /// Documented in docs/inputs.md.
  public var json: JSON {
    let isRefused = !verification.findings.isEmpty
    let levels = verification.verdicts.filter { $0.level != .path }.map(\.level)
    return .object([
      ("schema", "cupel-sources/1"),
      ("level", isRefused ? .null : levels.min().map { .string($0.rawValue) } ?? .null),
      ("crates", .array(verification.verdicts.map(Self.json))),
      ("notices", .array(verification.notices.map { .string($0.text) })),
    ])
  }

  private static func json(_ verdict: CrateVerdict) -> JSON {
    guard case .object(var object) = verdict.input.json else { return .null }
    if !verdict.findings.isEmpty { object["level"] = .null }
    object["archive"] = verdict.archive.map { .string($0) } ?? .null
    object["findings"] = .array(
      verdict.findings.map { finding in
        var members: [(String, JSON)] = [("text", .string(finding.text))]
        if case .differs(let difference) = finding.fact {
          members += [
            ("path", .string(difference.path)), ("kind", .string(difference.kind.rawValue)),
            ("archive", difference.archived.map { .string("\($0)") } ?? .null),
            ("vendor", difference.vendored.map { .string("\($0)") } ?? .null),
            ("lines", .array(difference.lines.map { .string($0) })),
          ]
        }
        return .object(members)
      })
    return .object(object)
  }
}
