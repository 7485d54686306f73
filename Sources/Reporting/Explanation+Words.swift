public import Explaining
internal import Failing

extension Explanation {
  /// `1,204 of 1,210 differing bytes explained: source path (2 places), build-id (symptom)`.
  public var verdictWords: String {
    let explained = findings.filter { $0.standing != .located }
    let located = findings.filter { $0.standing == .located }
    var words: String
    if differingBytes == 0 {
      words = "no byte differs but in its place"
    } else {
      words =
        "\(Self.grouped(explainedBytes)) of \(Self.grouped(differingBytes)) differing "
        + "\(differingBytes == 1 ? "byte" : "bytes") explained"
    }
    if !explained.isEmpty { words += ": " + Self.list(explained) }
    if !located.isEmpty { words += "; located, for a reason unknown: " + Self.list(located) }
    if unexplainedBytes > 0 { words += "; \(Self.grouped(unexplainedBytes)) not located" }
    return words
  }

  /// Each class once.
  private static func list(_ findings: [Finding]) -> String {
    var classes: [(cause: Cause, places: Int, isGuess: Bool)] = []
    for finding in findings {
      if let index = classes.firstIndex(where: { $0.cause == finding.cause }) {
        classes[index].places += finding.places
        classes[index].isGuess = classes[index].isGuess && finding.isGuess
      } else {
        classes.append((finding.cause, finding.places, finding.isGuess))
      }
    }
    return classes.map { cause, places, isGuess in
      let name = isGuess ? "what looks like \(cause.rawValue)" : cause.rawValue
      if cause.standing == .symptom { return "\(name) (symptom)" }
      return "\(name) (\(grouped(Int64(places))) \(places == 1 ? "place" : "places"))"
    }.joined(separator: ", ")
  }

  /// The verdict and the findings, in at most `limit` lines.
  public func lines(limit: Int = 32) -> [String] {
    var lines = [verdictWords]
    var left = findings.count
    for finding in findings {
      let own = Self.lines(finding)
      // The last line says what is left out.
      guard lines.count + own.count < limit || left == 1 && lines.count + own.count <= limit else {
        break
      }
      lines += own
      left -= 1
    }
    if left > 0 || areMoreFindings {
      lines.append(
        "and \(left)\(areMoreFindings ? " or more" : "") other findings; --json lists them")
    }
    return lines
  }

  private static func lines(_ finding: Finding) -> [String] {
    var head = finding.isGuess ? "looks like \(finding.cause.rawValue)" : finding.cause.rawValue
    if finding.standing == .symptom { head += " (symptom)" }
    if !finding.detail.isEmpty { head += ": \(finding.detail.printable)" }
    let places = "\(grouped(Int64(finding.places))) \(finding.places == 1 ? "place" : "places")"
    var lines = [
      "\(head), \(places), \(grouped(finding.bytes)) \(finding.bytes == 1 ? "byte" : "bytes")"
    ]
    let shown = finding.standing == .symptom ? 0 : finding.standing == .cause ? 3 : 2
    for evidence in finding.evidence.prefix(shown) {
      lines += Self.lines(evidence).map { "  " + $0 }
    }
    return lines
  }

  private static func lines(_ evidence: Finding.Evidence) -> [String] {
    var place = "in \(evidence.part.printable)"
    if let offset = evidence.firstOffset ?? evidence.secondOffset { place += " at \(offset)" }
    if let symbol = evidence.symbol { place += ", \(symbol.printable)" }
    let values = [("A", evidence.first), ("B", evidence.second)].compactMap { name, value in
      value.map { "  \(name) \($0.printable)" }
    }
    return [place] + values
  }

  static func grouped(_ number: Int64) -> String {
    var digits = Array(String(number))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: index)
      index -= 3
    }
    return String(digits)
  }
}
