public import Reading

extension HostSurvey {
  /// A line for each finding: status, name, fact.
  public var table: String {
    let width = findings.map(\.name.count).max() ?? 0
    var lines = ""
    for finding in findings {
      lines += "\(Self.pad(finding.status.rawValue, 8))  \(Self.pad(finding.name, width))  "
      lines += Self.onOneLine(finding.fact) + "\n"
    }
    return lines
  }

  /// What to do, a line for each remedy after the names of the findings it is for; empty when
  /// nothing is to be done.
  public var remedies: String {
    var lines: [(names: [String], remedy: String)] = []
    for finding in findings {
      guard let remedy = finding.remedy else { continue }
      if let index = lines.firstIndex(where: { $0.remedy == remedy }) {
        lines[index].names.append(finding.name)
      } else {
        lines.append(([finding.name], remedy))
      }
    }
    return lines.map { "\($0.names.joined(separator: ", ")): \($0.remedy)\n" }.joined()
  }

  /// `{"schema": 1, "can_build": Bool, "findings": [{"name", "status": "ok"|"degraded"|"missing",
  /// "required": Bool, "fact", "remedy": String or null}]}`. Names and members are stable; new ones
  /// may be added.
  public var json: JSON {
    .object([
      ("schema", .integer(1)),
      ("can_build", .bool(canBuild)),
      (
        "findings",
        .array(
          findings.map { finding in
            .object([
              ("name", .string(finding.name)),
              ("status", .string(finding.status.rawValue)),
              ("required", .bool(finding.isRequired)),
              ("fact", .string(finding.fact)),
              ("remedy", finding.remedy.map { .string($0) } ?? .null),
            ])
          })
      ),
    ])
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  /// Facts quote programs and paths, which may hold anything.
  private static func onOneLine(_ text: String) -> String {
    String(text.map { $0.isNewline || ($0.asciiValue ?? 32) < 32 ? " " : $0 })
  }
}
