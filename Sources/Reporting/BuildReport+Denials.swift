internal import Building
internal import Reading

extension BuildReport {
  /// What the sandbox refused, for people: what several legs tried is told once.
  var denialLines: [String] {
    guard legs.allSatisfy(\.reportsDenials) else {
      return ["attempts that the sandbox refused are not known: this kernel does not show them"]
    }
    let denials = Denials.merged(legs.map(\.denials)).mostTelling
    let unlisted = legs.map(\.denials.unlisted).reduce(0, +)
    guard !denials.isEmpty || unlisted > 0 else { return [] }
    let kinds = refusal.map(\.categories) ?? []
    let policy =
      kinds.isEmpty
      ? "" : " (\(kinds.map(\.rawValue).joined(separator: ", ")): refused by policy)"
    var lines = ["attempts that the sandbox refused\(policy):"]
    lines += denials.prefix(Self.mostDenials).map { "  \($0.words)\(legWords($0))" }
    let more = max(denials.count - Self.mostDenials, 0) + unlisted
    if more > 0 { lines.append("  and \(more) more, see record.json") }
    return lines
  }

  /// How many the summary lists; the record has them all.
  private static let mostDenials = 20

  /// Says so when not every leg tried it: that makes the legs differ.
  private func legWords(_ denial: UnitDenial) -> String {
    let trying = legs.filter { $0.denials.contains(denial) }
    if trying.count == legs.count { return "" }
    return " (in leg \(trying.map(\.leg).joined(separator: ", ")) only)"
  }
}
