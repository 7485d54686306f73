internal import Reading
internal import Staging

extension Hazard {
  /// Documented in docs/record.md.
  var json: JSON {
    .object([
      ("code", .string(kind.rawValue)), ("file", file.map { .string($0) } ?? .null),
      ("line", line.map { .integer(Int64($0)) } ?? .null), ("subject", .string(subject)),
      ("text", .string(text)),
    ])
  }
}
