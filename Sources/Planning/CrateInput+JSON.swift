import Hashing
public import Reading

extension CrateInput {
  /// Documented in docs/record.md.
  public var json: JSON {
    var members: [(String, JSON)] = [
      ("name", .string(name)), ("version", .string(version)),
      ("source", source.map { .string($0) } ?? .null), ("level", .string(level.rawValue)),
      ("checksum", checksum.map { .string($0.description) } ?? .null),
      ("tree", tree.map { .string($0.description) } ?? .null),
    ]
    if let license { members.append(("license", .string(license))) }
    if let commit { members.append(("commit", .string(commit))) }
    if let patch {
      members.append(("reason", .string(patch.reason)))
      members.append(("difference", patch.difference.map { .string($0.description) } ?? .null))
    }
    return .object(members)
  }
}

extension [CrateInput] {
  /// The weakest level, then every crate.
  public var json: JSON {
    .object([
      ("level", weakestLevel.map { .string($0.rawValue) } ?? .null),
      ("crates", .array(map(\.json))),
    ])
  }
}
