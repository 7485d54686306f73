internal import Building
internal import Explaining
internal import Failing
internal import Hashing
internal import Planning

// The units that a difference began with.

extension ReportPage {
  var beginnings: HTML {
    .tag(
      "section", ["id": "beginnings", "aria-labelledby": "beginnings-name"],
      .tag("h2", ["id": "beginnings-name"], "Where it began"),
      .several(beginningParts))
  }

  private var beginningParts: [HTML] {
    guard let blame = report.blame else {
      return [
        .tag(
          "p",
          "Which unit differs first is not known: this kernel does not show the steps of a build.")
      ]
    }
    if blame.findings.isEmpty {
      return [
        .tag("p", "The units’ own files agree: what differs was made or changed outside of them.")
      ]
    }
    var parts = blame.beginnings.prefix(Self.mostBeginnings).enumerated().map { place, index in
      beginning(index, of: blame, isFirst: place == 0)
    }
    let more = blame.beginnings.count - Self.mostBeginnings
    if more > 0 {
      parts.append(
        .tag("p", .text("And \(Self.count(more, "more unit")), in the table of units below.")))
    }
    if !blame.isComplete {
      parts.append(.tag("p", "There were too many units or files to look at all of them."))
    }
    return parts
  }

  private func beginning(_ index: Int, of blame: Blame, isFirst: Bool) -> HTML {
    let finding = blame.findings[index]
    let cause = report.causes[index]
    let name = "unit-\(index)"
    let parts: [HTML] = [
      facts(index, of: blame, cause),
      advice(blame.advice(index, cause: cause)),
      difference(finding, blame.evidence[index]),
      expansion(cause),
      sides(index, of: blame),
      repetition(finding.unit),
    ]
    let title: [HTML] = [
      Self.glyph(finding.state), .text(Self.short(finding.unit.words)),
    ]
    let lead = HTML.tag("p", ["class": "fact"], .text(Self.short(blame.fact(index))))
    if isFirst {
      return .tag(
        "article", ["class": "unit", "id": name, "aria-labelledby": "\(name)-name"],
        .element("h3", ["id": "\(name)-name"], title), lead, .several(parts))
    }
    return .tag(
      "article", ["class": "unit", "id": name, "aria-labelledby": "\(name)-name"],
      .tag(
        "details",
        .tag("summary", .element("h3", ["id": "\(name)-name"], title), lead), .several(parts)))
  }

  // MARK: Cause and advice

  private func facts(_ index: Int, of blame: Blame, _ cause: UnitCause?) -> HTML {
    var facts: [(String, HTML)] = []
    if let cause {
      facts.append(("cause", self.cause(cause)))
      for (name, variations) in [
        ("differs with these, too", cause.also), ("ruled out", cause.ruledOut),
        ("not tried", cause.untried),
      ] where !variations.isEmpty {
        facts.append((name, .text(variations.map(\.summary).joined(separator: ", "))))
      }
      if let note = cause.note { facts.append(("note", .text(note))) }
      if let stage = cause.stage { facts.append(("first step that differs", .text(stage.words))) }
      if let macro = cause.macro { facts.append(("macro", .text(macro.description))) }
    }
    if case .root(.procMacros(let packages)) = blame.findings[index].state, cause?.macro == nil {
      facts.append(
        (
          packages.count == 1 ? "proc macro that it can run" : "proc macros that it can run",
          .text(Self.short(packages.map(\.description).joined(separator: ", ")))
        ))
    }
    let others = blame.consequences(of: index)
    facts.append(
      (
        "consequences",
        .text(
          others == 0
            ? "no other unit differs because of it"
            : "\(Self.count(others, "other unit")) \(others == 1 ? "differs" : "differ") because of it"
        )
      ))
    return .element("dl", ["class": "facts"], facts.map(Self.fact))
  }

  private func cause(_ cause: UnitCause) -> HTML {
    let names = cause.variations.map(\.summary).joined(separator: ", together with ")
    return .several([
      .tag("strong", .text(names.isEmpty ? "not among the variations" : names)), " ",
      .tag("span", ["class": "badge \(cause.certainty.rawValue)"], .text(cause.certainty.rawValue)),
      " ",
      .tag("span", ["class": "soft"], .text(cause.trialWords)),
    ])
  }

  private func advice(_ advice: [Advice]) -> HTML {
    if advice.isEmpty { return .nothing }
    return .several([
      .tag("h4", "What to do"),
      .element(
        "ul", ["class": "advice"],
        advice.map { one in
          .tag(
            "li",
            .tag("span", ["class": "where"], .text(one.place.rawValue)),
            .tag("div", .tag("p", .text(one.text)), one.example.map(Self.block) ?? .nothing))
        }),
    ])
  }

  /// A line to copy.
  static func block(_ line: String) -> HTML {
    .tag("pre", ["tabindex": "0"], .tag("code", .text(line)))
  }

  private func repetition(_ unit: RecordedUnit) -> HTML {
    .several([
      .tag("h4", "To see it again"),
      Self.block(report.replayCommand(output: output, unit: unit)),
    ])
  }

  // MARK: How it differs

  private func difference(_ finding: Blame.Finding, _ evidence: BlameEvidence?) -> HTML {
    guard let evidence, !evidence.manyLines.isEmpty else { return .nothing }
    let names = finding.differences
    let name =
      names.indices.contains(evidence.difference)
      ? finding.unit.shortName(of: names[evidence.difference].name) : "its output"
    return .several([
      .tag("h4", .text("How \(Self.short(name)) differs")),
      LineTable(evidence.manyLines, name, leg: otherLeg).html,
    ])
  }

  /// What differs at the first step that a repetition has shown to differ.
  private func expansion(_ cause: UnitCause?) -> HTML {
    guard let cause, let stage = cause.stage, stage != .output, !cause.lines.isEmpty else {
      return .nothing
    }
    return .several([
      .tag("h4", .text("How \(stage.words) differs")),
      LineTable(cause.lines, stage.words, leg: otherLeg).html,
    ])
  }

  // MARK: Side by side

  private func sides(_ index: Int, of blame: Blame) -> HTML {
    guard let step = blame.steps.first(where: { $0.finding == index }) else { return .nothing }
    let sides = UnitSides(step, of: blame)
    func rows(_ title: String, _ rows: [UnitSides.Row]) -> [HTML] {
      [
        .tag(
          "tr", ["class": "group"], .tag("th", ["colspan": "4", "scope": "rowgroup"], .text(title)))
      ]
        + rows.map { row in
          .tag(
            "tr", ["class": row.areEqual ? "" : "other"],
            .tag("th", ["scope": "row"], .text(Self.short(row.name, 120))),
            .tag("td", Self.code(row.first ?? "–")), .tag("td", Self.code(row.second ?? "–")),
            .tag("td", Self.sameness(row.areEqual)))
        }
    }
    return .several([
      .tag("h4", "Inputs and outputs"),
      Self.table(
        "Inputs and outputs of \(Self.short(step.unit?.words ?? "the unit", 120))",
        head: ["", "leg A", "leg \(otherLeg)", ""],
        rows("what went in", sides.inputs) + rows("what came out", sides.outputs)),
    ])
  }

  // MARK: States

  static func glyph(_ state: Blame.State?) -> HTML {
    let look = UnitLook(state)
    return .tag(
      "svg",
      [
        "class": "glyph \(look.rawValue)", "viewBox": "0 0 16 16", "width": "16", "height": "16",
        "role": "img", "aria-label": look.words,
      ], look.shape(x: 0, y: 0))
  }
}

extension UnitCause {
  /// `5 of 5 trials with that alone differed`.
  var trialWords: String {
    let others =
      variations.isEmpty
      ? "with nothing varied" : variations.count == 1 ? "with that alone" : "with these"
    return switch certainty {
    case .certain: "\(flips) of \(trials) trials \(others) differed, and none without"
    case .likely: "\(flips) of \(trials) trials \(others) differed, more than without"
    case .uncontrolled:
      "\(flips) of \(trials) trials \(others) differed: nobody controls what decides"
    case .unknown:
      trials == 0 ? "the unit could not be repeated alone" : "no trial of \(trials) differed"
    }
  }
}
