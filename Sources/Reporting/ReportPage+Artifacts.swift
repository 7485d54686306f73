internal import Comparing
internal import Explaining
internal import Failing
internal import Hashing

// What differs in the artifacts, and why as far as their bytes show it.

extension ReportPage {
  var artifacts: HTML {
    let entries = report.comparison?.entries ?? []
    let shown = entries.prefix(Self.mostRows)
    let differing = entries.filter { if case .different = $0.result { true } else { false } }
    let rows = shown.map { entry -> HTML in
      .tag(
        "tr", ["class": entry.result == .identical ? "" : "other"],
        .tag("th", ["scope": "row"], .text(Self.short(entry.name))),
        .tag("td", side(entry.first)), .tag("td", side(entry.second)),
        .tag("td", result(entry)))
    }
    let others = report.legs.count > 2 ? "first leg that differs" : "leg \(otherLeg)"
    return .tag(
      "section", ["id": "artifacts", "aria-labelledby": "artifacts-name"],
      .tag("h2", ["id": "artifacts-name"], "Artifacts"),
      Self.table("Artifacts of both legs", head: ["", "leg A", others, ""], rows),
      entries.count > shown.count
        ? .tag("p", .text("And \(Self.count(entries.count - shown.count, "more artifact"))."))
        : .nothing,
      .several(differing.prefix(Self.mostArtifacts).enumerated().map(artifact)))
  }

  private func side(_ artifact: Artifact?) -> HTML {
    guard let artifact else { return "–" }
    return Self.code(
      "\(Self.count(Int(clamping: artifact.size), "byte")), \(Self.short(artifact.digest))")
  }

  private func result(_ entry: LegComparison.Entry) -> HTML {
    let legs = entry.differingLegs.joined(separator: ", ")
    let sign: String
    switch entry.result {
    case .identical: return Self.sameness(true)
    case .different where report.legs.count == 2: return Self.sameness(false)
    case .different: sign = "≠ differs in \(legs)"
    case .onlyInFirst: sign = "◐ not in \(legs)"
    case .onlyInSecond: sign = "◑ only in \(legs)"
    }
    return .tag("span", ["class": "differs"], .text(sign))
  }

  private func artifact(_ place: Int, _ entry: LegComparison.Entry) -> HTML {
    guard case .different(let difference) = entry.result else { return .nothing }
    let explanation = report.explanations[entry.name]
    let title = HTML.tag("h3", .text(Self.short(entry.name, 120)))
    let parts: [HTML] = [
      explanation.map { .tag("p", ["class": "fact"], .text(Self.short($0.verdictWords, 1000))) }
        ?? .tag("p", ["class": "fact"], "What differs could not be explained."),
      explanation.map(shares) ?? self.parts(difference),
      explanation.map(findings) ?? .nothing,
      .tag(
        "p", ["class": "soft"], "Both are kept: ",
        Self.code("\(output)/artifacts/\(entry.name)"), " and ",
        Self.code("\(output)/artifacts-\(entry.differingLegs.first ?? otherLeg)/\(entry.name)"), "."
      ),
    ]
    if place == 0 { return .tag("article", ["class": "unit"], title, .several(parts)) }
    return .tag(
      "article", ["class": "unit"], .tag("details", .tag("summary", title), .several(parts)))
  }

  // MARK: By section

  private func shares(_ explanation: Explanation) -> HTML {
    let most = explanation.shares.map(\.bytes).max() ?? 1
    let rows = explanation.shares.prefix(24).map { share -> HTML in
      .tag(
        "tr", .tag("th", ["scope": "row"], Self.code(share.part)),
        .tag("td", ["class": "number"], .text(Explanation.grouped(share.bytes))),
        .tag("td", ["class": "number"], .text(Explanation.grouped(share.causes))),
        .tag("td", ["class": "number"], .text(Explanation.grouped(share.symptoms))),
        .tag("td", ["class": "number"], .text(Explanation.grouped(share.located))),
        .tag("td", ["class": "bars"], Self.bar(share, most: max(1, most))))
    }
    if rows.isEmpty { return .nothing }
    let left = explanation.shares.count - rows.count
    return .several([
      .tag("h4", "By section"),
      .tag(
        "p", ["class": "legend", "aria-hidden": "true"],
        Self.key("causes", "a cause"), Self.key("symptoms", "follows from it"),
        Self.key("located", "located, for a reason unknown")),
      Self.table(
        "Differing bytes by section",
        head: ["section", "bytes", "by a cause", "following", "located", ""],
        numbers: [1, 2, 3, 4],
        Array(rows)),
      left > 0
        ? .tag("p", ["class": "soft"], .text("And \(Self.count(left, "more section"))."))
        : .nothing,
    ])
  }

  private static func key(_ kind: String, _ words: String) -> HTML {
    .tag("span", .tag("span", ["class": "key \(kind)"]), .text(words))
  }

  /// For the eyes; the numbers stand beside it.
  private static func bar(_ share: Explanation.Share, most: Int64) -> HTML {
    var x = 0.0
    func piece(_ kind: String, _ bytes: Int64) -> HTML {
      let width = Double(bytes) / Double(most) * 100
      defer { x += width }
      return .tag(
        "rect",
        ["class": kind, "x": number(x), "y": "0", "width": number(width), "height": "10"])
    }
    let pieces = [
      piece("causes", share.causes), piece("symptoms", share.symptoms),
      piece("located", share.located),
    ]
    return .element(
      "svg",
      [
        "class": "bar", "viewBox": "0 0 100 10", "preserveAspectRatio": "none",
        "aria-hidden": "true",
        "focusable": "false",
      ], pieces)
  }

  /// With one digit after the point, whatever the locale.
  static func number(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }

  /// Where there is no explanation: the parts that are not alike.
  private func parts(_ difference: FileDifference) -> HTML {
    let rows = difference.parts.map { part -> HTML in
      let name = part.path.map { $0.name ?? $0.kind.rawValue }.joined(separator: " / ")
      let sizes = [part.firstSize, part.secondSize].map { $0.map(Explanation.grouped) ?? "–" }
      return .tag(
        "tr", .tag("th", ["scope": "row"], Self.code(name)),
        .tag("td", ["class": "number"], .text(sizes[0])),
        .tag("td", ["class": "number"], .text(sizes[1])))
    }
    if rows.isEmpty { return .nothing }
    return .several([
      .tag("h4", "Sections that differ"),
      Self.table(
        "Sections that differ", head: ["section", "bytes in A", "bytes in B"], numbers: [1, 2], rows
      ),
    ])
  }

  // MARK: By cause

  private func findings(_ explanation: Explanation) -> HTML {
    let rows = explanation.findings.map { finding -> HTML in
      let name = finding.isGuess ? "looks like \(finding.cause.rawValue)" : finding.cause.rawValue
      return .tag(
        "tr",
        .tag(
          "th", ["scope": "row"], .text(name),
          finding.standing == .cause
            ? .nothing : .tag("span", ["class": "soft"], .text(" (\(finding.standing.words))"))),
        .tag("td", .text(Self.short(finding.detail)), evidence(finding)),
        .tag("td", ["class": "number"], .text(Explanation.grouped(Int64(finding.places)))),
        .tag("td", ["class": "number"], .text(Explanation.grouped(finding.bytes))))
    }
    if rows.isEmpty { return .nothing }
    return .several([
      .tag("h4", "By cause"),
      Self.table(
        "Differing bytes by cause", head: ["class", "what", "places", "bytes"], numbers: [2, 3],
        rows),
      explanation.areMoreFindings ? .tag("p", ["class": "soft"], "And more kinds.") : .nothing,
    ])
  }

  private func evidence(_ finding: Finding) -> HTML {
    let places = finding.evidence.map { place -> HTML in
      var words = "in \(place.part)"
      if let offset = place.firstOffset ?? place.secondOffset {
        words += " at \(Explanation.grouped(offset))"
      }
      if let symbol = place.symbol { words += ", \(Self.short(symbol, 160))" }
      let values = [("A", place.first), ("B", place.second)].compactMap { name, value -> HTML? in
        value.map { .tag("div", ["class": "value"], .tag("b", .text(name)), " ", Self.code($0)) }
      }
      return .tag("li", .text(words), .several(values))
    }
    if places.isEmpty { return .nothing }
    return .tag(
      "details", ["class": "places"],
      .tag("summary", .text(places.count == 1 ? "a place" : "\(places.count) places")),
      .element("ul", [:], places))
  }
}

extension Cause.Standing {
  var words: String {
    switch self {
    case .cause: "cause"
    case .symptom: "symptom"
    case .located: "located"
    }
  }
}
