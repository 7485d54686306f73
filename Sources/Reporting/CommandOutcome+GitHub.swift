internal import Failing
internal import Reading

extension CommandOutcome {
  /// Annotations of one level that GitHub shows for one step.
  private static let mostAnnotations = 10

  /// What makes annotations, the gravest first.
  public var annotations: [WorkflowCommand] {
    Diagnostic.Level.allCases.flatMap { level in
      let own = diagnostics.filter { $0.level == level }
      let isAll = own.count <= Self.mostAnnotations
      var commands = own.prefix(isAll ? own.count : Self.mostAnnotations - 1)
        .map(Self.annotation)
      if !isAll {
        commands.append(
          Self.command(
            level, [("title", "cupel \(command)")],
            "and \(own.count - commands.count) more, see the summary of this job"))
      }
      return commands
    }
  }

  private static func annotation(_ diagnostic: Diagnostic) -> WorkflowCommand {
    var properties: [(name: String, value: String)] = []
    if let place = diagnostic.place {
      properties.append(("file", place.file))
      if let line = place.line { properties.append(("line", String(line))) }
    }
    properties.append(("title", "cupel: \(diagnostic.rule.title)"))
    return command(
      diagnostic.level, properties,
      ([diagnostic.message] + diagnostic.details).joined(separator: "\n"))
  }

  private static func command(
    _ level: Diagnostic.Level, _ properties: [(name: String, value: String)], _ text: String
  ) -> WorkflowCommand {
    let name =
      switch level {
      case .error: "error"
      case .warning: "warning"
      case .note: "notice"
      }
    return WorkflowCommand(name: name, properties: properties, text: text)
  }

  /// Questions and diagnostics that the summary of a step shows, each; GitHub takes 1 MiB.
  private static let mostRows = 100

  /// A piece of Markdown for the summary of a step. Every text of others stands in code, where nothing
  /// is markup.
  public var stepSummary: String {
    var lines = ["### cupel \(command): \(headline)", ""]
    lines += cases.prefix(Self.mostRows).map { one in
      let (mark, words) =
        switch one.result {
        case .passed: ("passed", "")
        case .failed(_, let message, _): ("**failed**", ": \(Markdown.code(message))")
        case .broken(_, let message, _): ("**error**", ": \(Markdown.code(message))")
        case .skipped(let why): ("skipped", ": \(Markdown.code(why))")
        }
      return "- \(mark) \(one.group) \(Markdown.code(one.name))\(words)"
    }
    lines += more(than: cases.count)
    if !diagnostics.isEmpty { lines.append("") }
    lines += diagnostics.prefix(Self.mostRows).map { diagnostic in
      let place = diagnostic.place.map { place in
        let line = place.line.map { ":\($0)" } ?? ""
        return " (" + Markdown.code("\(place.file)\(line)") + ")"
      }
      return "- **\(diagnostic.level.rawValue)** `\(diagnostic.rule.id)`: "
        + Markdown.code(diagnostic.message) + (place ?? "")
    }
    lines += more(than: diagnostics.count)
    lines += ["", "<details><summary>In full</summary>", ""]
    lines += Markdown.block(Self.shortened(words)) + ["", "</details>", "", ""]
    return lines.joined(separator: "\n")
  }

  private func more(than count: Int) -> [String] {
    count > Self.mostRows ? ["", "and \(count - Self.mostRows) more", ""] : []
  }
}
