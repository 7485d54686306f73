public import Comparing
internal import Failing
internal import Reading

/// Texts in one artifact of one leg that name a folder of the build.
public struct LeakedPaths: Sendable, Equatable {
  public let leg: String
  public let artifact: String
  public let search: PathSearch

  public init(leg: String, artifact: String, search: PathSearch) {
    self.leg = leg
    self.artifact = artifact
    self.search = search
  }

  /// One line for each part that has any.
  var lines: [String] {
    let lines = search.leaks.map { leak in
      let part = leak.part.map {
        [$0.kind.rawValue, $0.name].compactMap { $0 }.joined(separator: " ")
      }
      let place = part.map { ", \($0.printable)" } ?? ""
      let more = leak.count > leak.values.count ? ", …" : ""
      return "\(artifact.printable) of leg \(leg)\(place): \(leak.count) "
        + (leak.count == 1 ? "text" : "texts") + ": " + leak.values.joined(separator: ", ") + more
    }
    return search.areMore ? lines + ["\(artifact.printable) of leg \(leg): and more"] : lines
  }

  /// Documented in docs/record.md.
  var json: JSON {
    .object([
      ("artifact", .string(artifact)),
      ("leg", .string(leg)),
      (
        "parts",
        .array(
          search.leaks.map { leak in
            .object([
              ("kind", leak.part.map { .string($0.kind.rawValue) } ?? .null),
              ("name", leak.part?.name.map { .string($0) } ?? .null),
              ("count", .integer(Int64(leak.count))),
              ("values", .array(leak.values.map { .string($0) })),
            ])
          })
      ),
      ("more", .bool(search.areMore)),
    ])
  }
}

extension BuildReport {
  /// What the strict leg found, for people.
  var leakLines: [String] {
    guard let leakedPaths else { return [] }
    let lines = leakedPaths.flatMap(\.lines)
    if lines.isEmpty { return ["no artifact names a folder of the build"] }
    let most = 10
    return ["artifacts that name folders of the build:"] + lines.prefix(most).map { "  \($0)" }
      + (lines.count > most ? ["  and \(lines.count - most) more, see record.json"] : [])
  }
}
