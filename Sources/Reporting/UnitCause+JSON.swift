internal import Building
internal import Explaining
internal import Planning
internal import Reading

extension UnitCause {
  /// As in a finding of the record (docs/record.md).
  var json: JSON {
    func names(_ variations: [Variation]) -> JSON {
      .array(variations.map { .string($0.rawValue) })
    }
    return .object([
      ("variations", names(variations)),
      ("certainty", .string(certainty.rawValue)),
      ("flips", .integer(Int64(flips))),
      ("trials", .integer(Int64(trials))),
      ("ruledOut", names(ruledOut)),
      ("also", names(also)),
      ("untried", names(untried)),
      ("note", note.map { .string($0) } ?? .null),
      ("stage", stage.map { .string($0.rawValue) } ?? .null),
      (
        "macro",
        macro.map {
          .object([("package", .string($0.name)), ("version", .string($0.version))])
        } ?? .null
      ),
      ("lines", .array(lines.map { .string($0) })),
      ("words", .string(words)),
    ])
  }
}
