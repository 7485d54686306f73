/// Lines of `LineDifference` as a table: number, sign, text.
struct LineTable {
  enum Row: Equatable {
    case gone(String)
    case new(number: Int, String)
    /// Lines that agree were left out here.
    case gap
    case remark(String)
  }

  private let rows: [Row]
  private let name: String
  private let leg: String

  /// `lines` are of what leg A and the leg `leg` made of `name`.
  init(_ lines: [String], _ name: String, leg: String) {
    var rows: [Row] = []
    var number = 1
    for line in lines {
      if line.hasPrefix("@ line "), let start = Int(line.dropFirst("@ line ".count)) {
        number = start
        if let last = rows.last, last != .gap, !last.isRemark { rows.append(.gap) }
      } else if line.hasPrefix("- ") {
        rows.append(.gone(String(line.dropFirst(2))))
      } else if line.hasPrefix("+ ") {
        rows.append(.new(number: number, String(line.dropFirst(2))))
        number += 1
      } else {
        rows.append(.remark(line))
      }
    }
    self.rows = rows
    self.name = name
    self.leg = leg
  }

  var html: HTML {
    .tag(
      "div",
      [
        "class": "scroll diff", "role": "region", "aria-label": "Lines of \(name) that differ",
        "tabindex": "0",
      ],
      .tag(
        "table",
        .tag(
          "caption",
          .text("− only in leg A, + only in leg \(leg); numbers are lines of leg \(leg)’s text")),
        .element("tbody", [:], rows.map(\.html))))
  }
}

extension LineTable.Row {
  fileprivate var isRemark: Bool {
    if case .remark = self { true } else { false }
  }

  fileprivate var html: HTML {
    switch self {
    case .gone(let text): row("gone", "", "−", text)
    case .new(let number, let text): row("new", "\(number)", "+", text)
    case .gap:
      .tag(
        "tr", ["class": "gap"],
        .tag("td", ["colspan": "3"], .tag("span", ["aria-label": "lines that agree"], "⋯")))
    case .remark(let text):
      .tag("tr", ["class": "remark"], .tag("td", ["colspan": "3"], .text(ReportPage.short(text))))
    }
  }

  private func row(_ kind: String, _ number: String, _ sign: String, _ text: String) -> HTML {
    .tag(
      "tr", ["class": kind], .tag("td", ["class": "no"], .text(number)),
      .tag("td", ["class": "sign"], .text(sign)), .tag("td", ReportPage.code(text)))
  }
}
