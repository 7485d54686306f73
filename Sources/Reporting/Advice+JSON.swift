internal import Explaining
internal import Reading

extension Advice {
  /// Documented in docs/explaining.md.
  var json: JSON {
    .object([
      ("place", .string(place.rawValue)), ("text", .string(text)),
      ("example", example.map { .string($0) } ?? .null),
    ])
  }
}
