import Reading
import Testing

/// One line of a program of attack: what was tried and what came of it.
struct Attempt: Sendable, CustomTestStringConvertible {
  enum Outcome: String, Sendable {
    case refused
    case succeeded
    case notAttempted = "not-attempted"
  }

  let group: String
  let name: String
  /// Errors and states that count as held.
  let refusals: [Substring]
  /// Who succeeds where nothing is in the way: `all`, `root`, or nobody for certain.
  let open: String
  /// Nil in a listing.
  let outcome: Outcome?
  let reason: String
  let detail: String

  init(_ json: JSON) throws {
    group = try #require(json["group"]?.stringValue)
    name = try #require(json["name"]?.stringValue)
    refusals = try #require(json["refusal"]?.stringValue).split(separator: "|")
    open = try #require(json["open"]?.stringValue)
    outcome = json["outcome"]?.stringValue.flatMap { Outcome(rawValue: $0) }
    reason = json["reason"]?.stringValue ?? ""
    detail = json["detail"]?.stringValue ?? ""
  }

  static func parse(_ text: String) throws -> [Attempt] {
    try text.split(separator: "\n").map { line in
      try Attempt(JSON(parsing: Array(line.utf8), file: "attack"))
    }
  }

  var testDescription: String {
    "\(group)/\(name): \(outcome?.rawValue ?? "listed") \(reason) \(detail)"
  }

  /// Refused in one of the ways that it names.
  var isHeld: Bool { outcome == .refused && refusals.contains { $0 == reason } }
}
