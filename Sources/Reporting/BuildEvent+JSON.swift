public import Building
public import Reading

extension BuildEvent {
  /// One line of `--message-format json`, whose schema docs/record.md describes.
  public var json: JSON {
    switch self {
    case .started(let leg): .object([("event", "leg-started"), ("leg", .string(leg))])
    case .progress(let leg, let done, let total, let current):
      .object([
        ("event", "progress"), ("leg", .string(leg)), ("done", .integer(Int64(done))),
        ("total", .integer(Int64(total))), ("current", .string(current)),
      ])
    case .line(let leg, let text):
      .object([("event", "line"), ("leg", .string(leg)), ("text", .string(text))])
    case .denied(let leg, let denial):
      .object([("event", "denial"), ("leg", .string(leg))] + denial.members)
    case .finished(let leg, let seconds):
      .object([
        ("event", "leg-finished"), ("leg", .string(leg)),
        ("milliseconds", .integer(Int64((seconds * 1000).rounded()))),
      ])
    }
  }
}
