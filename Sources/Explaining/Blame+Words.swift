public import Building
internal import Failing

extension Blame {
  /// The first unit that differs, with the lines that show how, and how many others there are; empty
  /// where none differs.
  public var words: [String] { words([:]) }

  /// The same, with what is known of why; by position in the findings.
  public func words(_ causes: [Int: UnitCause]) -> [String] {
    guard let first = beginnings.first else { return [] }
    var lines = ["first unit that differs\(place): \(headline(first))"]
    lines += (evidence[first]?.lines ?? []).map { "    \($0)" }
    lines += Self.why(causes[first])
    let more = consequences(of: first)
    if more > 0 { lines.append("\(Self.count(more, "more unit")) because of it") }
    let others = beginnings.dropFirst()
    if !others.isEmpty {
      lines.append(
        "\(Self.count(others.count, "more unit")) by \(others.count == 1 ? "itself" : "themselves"):"
      )
      for other in others.prefix(Self.mostShown) {
        lines.append("  \(headline(other))")
        lines += Self.why(causes[other]).map { "  \($0)" }
      }
      if others.count > Self.mostShown {
        lines.append("  and \(others.count - Self.mostShown) more, see record.json")
      }
    }
    if !isComplete { lines.append("there were too many units or files to look at all of them") }
    return lines
  }

  private static func why(_ cause: UnitCause?) -> [String] {
    guard let cause else { return [] }
    return ["  \(cause.words)"] + cause.details.map { "    \($0)" }
  }

  /// Says which legs they are, unless they are the usual ones.
  private var place: String { legs.second == "B" ? "" : " in leg \(legs.second)" }

  /// Beginnings named beside the first.
  private static let mostShown = 5

  /// `build script of gen 0.2.1 (run): OUT_DIR/names.rs differs`.
  public func headline(_ index: Int) -> String {
    "\(findings[index].unit.words): \(fact(index))"
  }

  /// What is to be said of a finding's unit: `OUT_DIR/names.rs differs`.
  public func fact(_ index: Int) -> String { facts(findings[index], evidence[index]) }

  private func facts(_ finding: Finding, _ evidence: BlameEvidence?) -> String {
    let files = files(finding, evidence)
    switch finding.state {
    case .only(let leg): return "only leg \(leg) has it"
    case .propagated: return files
    case .root(let root):
      switch root {
      case .generated, .nativeCode: return files
      case .environment(let names):
        return "it was compiled with \(Self.list(names)), and the legs differ in that"
      case .arguments: return "cargo gave rustc other arguments"
      case .sources:
        return "a source differs that no unit is known to have written"
      case .changedLater:
        return "\(files), changed by something else after the unit was done"
      case .procMacros(let packages):
        let macro = packages.count == 1 ? "proc macro" : "proc macros"
        return "other output from the same sources and inputs; it can run the \(macro) of "
          + Self.list(packages.map(\.description))
      case .codeGeneration:
        return "other machine code from the same sources and inputs: the compiler's doing"
      case .compiler:
        return "other output from the same sources and inputs: the "
          + (finding.unit.links ? "compiler's or the linker's doing" : "compiler's doing")
      }
    }
  }

  private func files(_ finding: Finding, _ evidence: BlameEvidence?) -> String {
    let shown = evidence?.difference ?? 0
    guard finding.differences.indices.contains(shown) else { return "it differs" }
    let difference = finding.differences[shown]
    let name = finding.unit.shortName(of: difference.name)
    let more = finding.differences.count - 1
    if more > 0 { return "\(name) and \(more) more \(more == 1 ? "file" : "files") differ" }
    if difference.second == nil { return "only leg \(legs.first) made \(name)" }
    if difference.first == nil { return "only leg \(legs.second) made \(name)" }
    return "\(name) \(name == RecordedUnit.directives ? "differ" : "differs")"
  }

  /// `a, b and 7 more`.
  private static func list(_ names: [String]) -> String {
    let most = 4
    let shown = names.prefix(most).map(\.printable).joined(separator: ", ")
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    number == 1 ? "1 \(noun) differs" : "\(number) \(noun)s differ"
  }
}

extension RecordedUnit {
  /// What a build script told cargo.
  static let directives = "its instructions to cargo"

  /// `OUT_DIR/names.rs`, `libgen-0a2e68b502cad0b1.rlib`.
  public func shortName(of output: String) -> String {
    let parts = output.split(separator: "/")
    if kind == .buildScriptRun {
      if parts.last == "output", !parts.dropLast().contains("out") { return Self.directives }
      if let out = parts.firstIndex(of: "out"), out + 1 < parts.count {
        return "OUT_DIR/\(parts[(out + 1)...].joined(separator: "/"))".printable
      }
    }
    return (parts.last.map(String.init) ?? output).printable
  }
}
