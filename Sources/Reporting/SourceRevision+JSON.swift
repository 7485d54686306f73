internal import Hashing
public import Reading
public import Staging

extension SourceRevision {
  /// Documented in docs/record.md.
  public var json: JSON {
    .object([
      ("requested", requested.map { .string($0) } ?? .null),
      ("commit", .string(commit)),
      ("tree", .string(tree)),
      ("tags", .array(tags.map(Self.json))),
      (
        "submodules",
        .array(
          submodules.map {
            .object([("path", .string($0.path)), ("commit", .string($0.commit))])
          })
      ),
      (
        "changes",
        changes.map {
          .object([
            ("digest", .string($0.digest.description)), ("count", .integer(Int64($0.count))),
          ])
        } ?? .null
      ),
      ("exportIgnore", .bool(leavesOutIgnored)),
    ])
  }

  private static func json(_ tag: GitTag) -> JSON {
    let signature = tag.signature
    return .object([
      ("name", .string(tag.name)),
      ("object", tag.object.map { .string($0) } ?? .null),
      (
        "signature",
        .object([
          ("status", .string(signature.status.rawValue)),
          ("format", signature.format.map { .string($0.rawValue) } ?? .null),
          ("fingerprint", signature.fingerprint.map { .string($0) } ?? .null),
          ("signer", signature.signer.map { .string($0) } ?? .null),
        ])
      ),
    ])
  }
}
