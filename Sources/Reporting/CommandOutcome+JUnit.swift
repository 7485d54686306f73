extension CommandOutcome {
  /// A report in the form that Jenkins and GitLab read (Jenkins' junit-10.xsd): one suite, one case for
  /// each question. No times stand in it, so that the same run gives the same bytes.
  public var junit: [UInt8] {
    func count(_ isIt: (Case.Result) -> Bool) -> String {
      String(cases.count { isIt($0.result) })
    }
    let counts: [(name: StaticString, value: String)] = [
      ("name", "cupel \(command)"), ("tests", String(cases.count)),
      ("failures", count { if case .failed = $0 { true } else { false } }),
      ("errors", count { if case .broken = $0 { true } else { false } }),
    ]
    let skipped = count { if case .skipped = $0 { true } else { false } }
    let suite = XMLElement(
      "testsuite", counts + [("skipped", skipped)],
      cases.map { one in
        XMLElement(
          "testcase", [("classname", "cupel.\(command).\(one.group)"), ("name", one.name)],
          Self.children(one.result))
      } + [XMLElement("system-out", text: Self.shortened(words))])
    return XMLElement("testsuites", counts, [suite]).document
  }

  private static func children(_ result: Case.Result) -> [XMLElement] {
    func element(
      _ name: StaticString, _ kind: String, _ message: String, _ lines: [String]
    ) -> [XMLElement] {
      [
        XMLElement(
          name, [("type", kind), ("message", message)],
          text: shortened(([message] + lines).joined(separator: "\n")))
      ]
    }
    return switch result {
    case .passed: []
    case .failed(let kind, let message, let lines): element("failure", kind, message, lines)
    case .broken(let kind, let message, let lines): element("error", kind, message, lines)
    case .skipped(let why): [XMLElement("skipped", [("message", why)])]
    }
  }

  /// Bytes of words that a report holds.
  private static let longestWords = 64 << 10

  /// Whole lines of a text, as many as fit.
  static func shortened(_ words: String) -> String {
    guard words.utf8.count > longestWords else { return words }
    var kept = ""
    for line in words.split(separator: "\n", omittingEmptySubsequences: false) {
      guard kept.utf8.count + line.utf8.count < longestWords else { break }
      kept += line + "\n"
    }
    return kept + "and more, see record.json\n"
  }
}
