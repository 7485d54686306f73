internal import Failing

/// A line by which a step of a GitHub workflow speaks to the runner: `::error file=a,line=1::text`
/// (GitHub's documentation, "Workflow commands for GitHub Actions").
public struct WorkflowCommand: Sendable {
  let name: String
  let properties: [(name: String, value: String)]
  let text: String

  /// Without the end of the line.
  public var line: String {
    let listed = properties.map { "\($0.name)=\(Self.escaped($0.value, isProperty: true))" }
    let gap = listed.isEmpty ? "" : " "
    return "::\(name)\(gap)\(listed.joined(separator: ","))::"
      + Self.escaped(text, isProperty: false)
  }

  /// As the runner takes it back (actions/toolkit, `escapeData` and `escapeProperty`).
  private static func escaped(_ text: String, isProperty: Bool) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": escaped.append(contentsOf: "%25".unicodeScalars)
      case "\r": escaped.append(contentsOf: "%0D".unicodeScalars)
      case "\n": escaped.append(contentsOf: "%0A".unicodeScalars)
      case ":" where isProperty: escaped.append(contentsOf: "%3A".unicodeScalars)
      case "," where isProperty: escaped.append(contentsOf: "%2C".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return inertTags(String(escaped))
  }

  /// The text with nothing in it that a runner would take for a command: it looks at every line of both
  /// streams, whoever wrote it. Commands begin with `::` after white space, or, in an older form that is
  /// still obeyed, with `##[` anywhere.
  public static func inert(_ text: String) -> String {
    var inert = String.UnicodeScalarView()
    var isAtStart = true
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if isAtStart, scalar == ":", previous == ":" {
        inert.append(" ")
        isAtStart = false
      }
      inert.append(scalar)
      if scalar == "\n" || scalar == "\r" {
        isAtStart = true
      } else if scalar != ":", !scalar.properties.isWhitespace {
        isAtStart = false
      }
      previous = scalar
    }
    return inertTags(String(inert))
  }

  private static func inertTags(_ text: String) -> String {
    text.replacingBytes("##[", with: "# #[")
  }
}
