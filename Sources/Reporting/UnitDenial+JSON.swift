internal import Building
internal import Reading
internal import Sandboxing

extension UnitDenial {
  /// The members of a denial in records and events, whose schema docs/record.md describes.
  var members: [(String, JSON)] {
    let package = unit.packages.count == 1 ? unit.packages.first : nil
    let candidates = unit.packages.count > 1 ? unit.packages : []
    return [
      ("category", .string(denial.category.rawValue)),
      ("call", .string(denial.call)),
      ("error", .string(denial.error.rawValue)),
      ("count", .integer(Int64(count))),
      ("step", .string(unit.step.rawValue)),
      ("package", package.map { .string($0.name) } ?? .null),
      ("version", package.map { .string($0.version) } ?? .null),
      (
        "candidates",
        .array(
          candidates.map {
            .object([("package", .string($0.name)), ("version", .string($0.version))])
          })
      ),
      ("compiling", unit.compiling.map { .string($0) } ?? .null),
      ("evidence", .string(unit.evidence.rawValue)),
      ("executable", .string(executable)),
      ("processes", .array(denial.caller.processes.map(Self.process))),
      ("words", .string(words)),
    ]
  }

  private static func process(_ process: ProcessTrace.Process) -> JSON {
    .object([
      ("executable", .string(process.executable)),
      ("arguments", .array(process.arguments.map { .string($0) })),
      ("libraries", .array(process.libraries.map { .string($0) })),
    ])
  }
}
