internal import Building
internal import Explaining
internal import Failing
internal import Planning
internal import Reading

// The units on the way from where it began to the artifacts, and the conditions of the legs.

extension ReportPage {
  var hasGraph: Bool { report.blame?.findings.isEmpty == false }

  var graph: HTML {
    guard let blame = report.blame, hasGraph else { return .nothing }
    let way = UnitWay(blame)
    let differing = blame.findings.count
    var sentence =
      "\(Self.count(blame.unitCount, "unit")), of which \(differing) \(differing == 1 ? "differs" : "differ"). "
    sentence +=
      way.isWhole
      ? "All are shown; what a unit reads stands left of it."
      : "Shown are \(Self.count(way.shown.count, "unit")) on the way from where it began to the artifacts; "
        + "what a unit reads stands left of it."
    return .tag(
      "section", ["id": "units", "aria-labelledby": "units-name"],
      .tag("h2", ["id": "units-name"], "Units"),
      .tag("p", .text(sentence)),
      .element(
        "ul", ["class": "legend states"],
        UnitLook.allCases.map { look in
          .tag(
            "li",
            .tag(
              "svg",
              [
                "class": "glyph \(look.rawValue)", "viewBox": "0 0 16 16", "width": "14",
                "height": "14", "aria-hidden": "true",
              ], look.shape(x: 0, y: 0)), .text(look.words))
        }),
      picture(way, blame),
      unitTable(way, blame))
  }

  // MARK: The picture

  private func picture(_ way: UnitWay, _ blame: Blame) -> HTML {
    let layout = GraphLayout(way.dependencies)
    let margin = 6.0
    let size = (layout.width + 2 * margin, layout.height + 2 * margin)
    let edges = layout.ways.map { way, points -> HTML in
      .tag("path", ["class": "edge", "d": Self.curve(points)])
    }
    let nodes = way.shown.enumerated().map { place, step in
      node(blame.steps[step], at: layout.places[place], blame)
    }
    return .tag(
      "div",
      [
        "class": "scroll graph", "role": "region", "aria-label": "Graph of the units",
        "tabindex": "0",
      ],
      .tag(
        "svg",
        [
          "xmlns": "http://www.w3.org/2000/svg", "width": Self.number(size.0),
          "height": Self.number(size.1),
          "viewBox":
            "\(Self.number(-margin)) \(Self.number(-margin)) \(Self.number(size.0)) \(Self.number(size.1))",
          "role": "group",
          "aria-label": "Units that differ, and what they read; the table below says the same",
        ], .element("g", ["aria-hidden": "true"], edges), .several(nodes)))
  }

  private static func curve(_ points: [GraphLayout.Point]) -> String {
    var path = ""
    for (index, point) in points.enumerated() {
      let here = "\(number(point.x)) \(number(point.y))"
      if index == 0 {
        path = "M\(here)"
      } else if index % 2 == 1 {
        // From the right side of one column to the left side of the next.
        let middle = (points[index - 1].x + point.x) / 2
        path +=
          "C\(number(middle)) \(number(points[index - 1].y)) \(number(middle)) \(number(point.y)) \(here)"
      } else {
        path += "L\(here)"
      }
    }
    return path
  }

  private func node(_ step: Blame.Step, at place: GraphLayout.Point, _ blame: Blame) -> HTML {
    guard let unit = step.unit else { return .nothing }
    let look = UnitLook(step.finding.map { blame.findings[$0].state })
    let words = "\(unit.words): \(look.words)"
    let picture: [HTML] = [
      .tag("title", .text(Self.short(words))),
      .tag(
        "rect",
        [
          "width": Self.number(GraphLayout.nodeWidth),
          "height": Self.number(GraphLayout.nodeHeight),
          "rx": "8",
        ]),
      look.shape(x: 12, y: 16),
      .tag(
        "text", ["class": "name", "x": "38", "y": "20"],
        .text(Self.fitted(unit.package?.name ?? unit.crate, 17))),
      .tag(
        "text", ["class": "kind", "x": "38", "y": "37"], .text(Self.fitted(unit.kindWords, 21))),
    ]
    let isLinked =
      step.finding.map { blame.beginnings.prefix(Self.mostBeginnings).contains($0) } ?? false
    let content: HTML =
      isLinked
      ? .element(
        "a", ["href": "#unit-\(step.finding ?? 0)", "aria-label": Self.short(words)], picture)
      : .several(picture)
    return .tag(
      "g",
      [
        "class": "node \(look.rawValue)",
        "transform": "translate(\(Self.number(place.x)) \(Self.number(place.y)))",
      ], content)
  }

  /// What has room in a node.
  private static func fitted(_ text: String, _ limit: Int) -> String {
    short(text.printable, limit - 1)
  }

  // MARK: The same in words

  private func unitTable(_ way: UnitWay, _ blame: Blame) -> HTML {
    let shown = Set(way.shown)
    let listed =
      way.shown
      + blame.steps.indices.filter { !shown.contains($0) && blame.steps[$0].finding != nil }
    let rows = listed.prefix(Self.mostRows).compactMap { place -> HTML? in
      let step = blame.steps[place]
      guard let unit = step.unit else { return nil }
      let state = step.finding.map { blame.findings[$0].state }
      return .tag(
        "tr", .tag("th", ["scope": "row"], .text(Self.short(unit.words, 160))),
        .tag("td", ["class": "state"], Self.glyph(state), .text(" \(UnitLook(state).words)")),
        .tag("td", .text(origins(state, blame))))
    }
    let left = listed.count - rows.count
    return .tag(
      "details", .tag("summary", .text("The same as a table, \(Self.count(rows.count, "row"))")),
      Self.table("Units and their states", head: ["unit", "state", "because of"], rows),
      left > 0
        ? .tag(
          "p", ["class": "soft"],
          .text("And \(Self.count(left, "more unit")) that differ; record.json lists all."))
        : .nothing)
  }

  private func origins(_ state: Blame.State?, _ blame: Blame) -> String {
    guard case .propagated(let roots) = state else { return "" }
    let names = roots.prefix(3).map { Self.short(blame.findings[$0].unit.words, 120) }
    return names.joined(separator: ", ") + (roots.count > 3 ? " and \(roots.count - 3) more" : "")
  }

  // MARK: Conditions

  var surroundings: HTML {
    let legs = report.plan.json["legs"]?.arrayValue ?? []
    let conditions = legs.map { $0["conditions"]?.objectValue?.members ?? [] }
    let names = conditions.first?.map(\.key) ?? []
    let rows = names.map { name -> HTML in
      let values = conditions.map { members in
        members.first { $0.key.utf8.elementsEqual(name.utf8) }.map { Self.shown($0.value) } ?? "–"
      }
      let areEqual = values.allSatisfy { $0.utf8.elementsEqual((values.first ?? "").utf8) }
      return .tag(
        "tr", ["class": areEqual ? "" : "other"],
        .tag("th", ["scope": "row"], .text(Self.spaced(name))),
        .several(values.map { .tag("td", Self.code(Self.short($0, 120))) }),
        .tag("td", areEqual ? Self.sameness(true) : .tag("span", ["class": "varies"], "≠ varied")))
    }
    return .tag(
      "section", ["id": "conditions", "aria-labelledby": "conditions-name"],
      .tag("h2", ["id": "conditions-name"], "Conditions"),
      .tag(
        "p", "What each leg was built under. The toolchain and all inputs were the same."),
      Self.table(
        "Conditions of the legs",
        head: [""] + report.plan.legs.map { "leg \($0.name)" } + [""], rows),
      .tag("h3", ["class": "apart"], "To see it again"),
      Self.block(report.replayCommand(output: output, unit: nil)))
  }

  private static func shown(_ value: JSON) -> String {
    switch value {
    case .string(let text): text.isEmpty ? "nothing" : text
    case .bool(let flag): flag ? "yes" : "no"
    case .null: "–"
    default: String(decoding: value.compactBytes(), as: UTF8.self)
    }
  }

  /// `cpu count` of `cpuCount`.
  private static func spaced(_ name: String) -> String {
    var words = ""
    for character in name {
      words += character.isUppercase ? " \(character.lowercased())" : String(character)
    }
    return words
  }
}

extension RecordedUnit {
  /// `build script, run`.
  var kindWords: String {
    switch kind {
    case .library: "library"
    case .procMacro: "proc macro"
    case .program: "program \(crate)"
    case .foreignLibrary: "library \(crate)"
    case .test: "test \(crate)"
    case .buildScript: "build script"
    case .buildScriptRun: "build script, run"
    }
  }
}
