internal import Building
internal import Comparing
internal import Explaining
internal import Failing
internal import Hashing
internal import Planning
internal import Reading
internal import Staging

/// The page `report.html`: everything a report says of a difference, to be read in a browser.
///
/// It is one file that asks for nothing else and runs no script; its Content-Security-Policy forbids
/// both. Everything that comes from the build is text to it (`HTML`), and lists are bounded.
struct ReportPage {
  let report: BuildReport
  /// The output folder as the user named it.
  let output: String

  /// Beginnings that have a part of their own; more are in the table of units.
  static let mostBeginnings = 16
  /// Artifacts of which differences are shown in full.
  static let mostArtifacts = 16
  /// Rows of any other list.
  static let mostRows = 400
  /// Characters of a name or value.
  static let longestText = 400

  var bytes: [UInt8] {
    HTML.tag("html", ["lang": "en"], head, body).page
  }

  private var head: HTML {
    .tag(
      "head",
      .tag("meta", ["charset": "utf-8"]),
      .tag(
        "meta",
        [
          "http-equiv": "Content-Security-Policy",
          "content":
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        ]),
      .tag("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .tag("meta", ["name": "color-scheme", "content": "light dark"]),
      .tag("meta", ["name": "referrer", "content": "no-referrer"]),
      .tag("title", .text("\(verdictWord) – cupel")),
      .style(Self.sheet))
  }

  private var body: HTML {
    .tag(
      "body",
      .tag("a", ["class": "skip", "href": "#main"], "Skip to the content"),
      banner,
      .tag(
        "main", ["id": "main", "tabindex": "-1"],
        beginnings, artifacts, graph, surroundings),
      footer)
  }

  // MARK: Verdict

  private var isDifferent: Bool { report.verdict == .different }

  private var verdictWord: String {
    switch report.verdict {
    case .different: "different"
    case .identicalButLatent: "identical, latent differences"
    case .identical: "identical"
    case .notCompared: "not compared"
    }
  }

  private var verdictSentence: String {
    let entries = report.comparison?.entries ?? []
    let differing = entries.count { $0.result != .identical }
    return switch report.verdict {
    case .different:
      "\(differing) of \(Self.count(entries.count, "artifact")) came out differently in \(report.buildCount)."
    case .identicalButLatent:
      "\(Self.count(report.artifacts.count, "artifact")) came out the same, byte for byte; "
        + "intermediate files did not."
    case .identical:
      "\(Self.count(report.artifacts.count, "artifact")) came out the same, byte for byte."
    case .notCompared(let reason): "There is no comparison: \(reason.rawValue)."
    }
  }

  /// The leg that leg A is compared with, unit by unit.
  var otherLeg: String { report.blame?.legs.second ?? report.plan.legs.last?.name ?? "B" }

  private var banner: HTML {
    let varied = report.variations
    let words: [HTML] =
      varied.isEmpty
      ? [.tag("p", ["class": "varied"], "All were built under the same conditions.")]
      : [
        .tag(
          "p", ["class": "varied"],
          .text(
            "The other \(report.legs.count > 2 ? "builds" : "build") differed on purpose in")),
        .element(
          "ul", ["class": "chips", "aria-label": "What was varied"],
          varied.map { .tag("li", .text($0.summary)) }),
      ]
    let mark = HTML.tag(
      "span", ["class": isDifferent ? "mark red" : "mark amber", "aria-hidden": "true"],
      isDifferent ? "≠" : "≈")
    return .tag(
      "header", ["class": "banner"],
      .tag(
        "p", ["class": "brand"], .tag("b", "cupel"),
        .text(" \(report.buildCount), every byte compared")),
      .tag("h1", mark, .text(verdictWord)),
      .tag("p", ["class": "lead"], .text(verdictSentence)),
      first,
      .several(words),
      .tag(
        "nav", ["aria-label": "On this page"],
        .tag(
          "ul",
          link("#beginnings", "Where it began"), link("#artifacts", "Artifacts"),
          hasGraph ? link("#units", "Units") : .nothing, link("#conditions", "Conditions"))))
  }

  /// The answer in a line.
  private var first: HTML {
    guard let blame = report.blame, let index = blame.beginnings.first else { return .nothing }
    return .tag(
      "p", ["class": "answer"], "It began in ",
      .tag("a", ["href": "#unit-\(index)"], .text(Self.short(blame.findings[index].unit.words))),
      .text(": \(Self.short(blame.fact(index)))."), answeredCause(index))
  }

  private func answeredCause(_ index: Int) -> HTML {
    guard let cause = report.causes[index], !cause.variations.isEmpty else { return .nothing }
    let names = cause.variations.map(\.summary).joined(separator: ", ")
    return .several([
      " The cause: ", .tag("strong", .text(names)), .text(" (\(cause.certainty.rawValue))."),
    ])
  }

  private func link(_ target: String, _ words: String) -> HTML {
    .tag("li", .tag("a", ["href": target], .text(words)))
  }

  private var footer: HTML {
    var facts: [(String, HTML)] = [
      ("plan", .tag("code", .text("\(report.plan.digest)"))),
      ("toolchain", .text(report.toolchain.version)),
    ]
    if let revision = report.revision {
      facts.append(("source", .tag("code", .text(revision.commit))))
    }
    facts.append(("written by", .text("cupel \(report.toolVersion)")))
    return .tag(
      "footer", .element("dl", ["class": "facts"], facts.map(Self.fact)),
      .tag(
        "p", "Everything on this page is in ", .tag("code", "explain.json"), " and ",
        .tag("code", "record.json"), " beside it, with whole digests."))
  }

  // MARK: Pieces

  static func fact(_ name: String, _ value: HTML) -> HTML {
    .tag("div", .tag("dt", .text(name)), .tag("dd", value))
  }

  /// `1 artifact`, `2 artifacts`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(Explanation.grouped(Int64(number))) \(noun)\(number == 1 ? "" : "s")"
  }

  /// At most `longestText` characters.
  static func short(_ text: String, _ limit: Int = longestText) -> String {
    let start = text.unicodeScalars.prefix(limit)
    return start.endIndex == text.unicodeScalars.endIndex ? text : String(start) + "…"
  }

  /// The beginning of a digest: enough to tell two apart.
  static func short(_ digest: Digest) -> String { "\(digest.hex.prefix(16))…" }

  static func code(_ text: String) -> HTML { .tag("code", .text(short(text))) }

  /// A table that scrolls sideways where the page is too narrow for it; the keyboard reaches it.
  static func table(_ name: String, head: [String], numbers: Set<Int> = [], _ rows: [HTML]) -> HTML
  {
    .tag(
      "div", ["class": "scroll", "role": "region", "aria-label": name, "tabindex": "0"],
      .tag(
        "table", .tag("caption", .text(name)),
        .tag(
          "thead",
          .element(
            "tr", [:],
            head.enumerated().map { place, word in
              .tag(
                "th", ["scope": "col", "class": numbers.contains(place) ? "number" : ""],
                .text(word))
            })),
        .element("tbody", [:], rows)))
  }

  /// Whether two values agree, by a sign and a word.
  static func sameness(_ areEqual: Bool) -> HTML {
    areEqual
      ? .tag("span", ["class": "same"], "= same")
      : .tag("span", ["class": "differs"], "≠ differs")
  }
}

extension BuildReport {
  /// `report.html`. `output` is the output folder as the user named it.
  public func page(output: String) -> [UInt8] { ReportPage(report: self, output: output).bytes }
}
