internal import Comparing
internal import Failing
public import Hashing
public import Reading

/// An earlier build of the same plan, as the kit that carries it says.
public struct PublishedBuild: Sendable, Equatable {
  /// The kit's identity.
  public let kit: Digest
  public let record: PublishedRecord

  public init(kit: Digest, record: PublishedRecord) {
    self.kit = kit
    self.record = record
  }
}

/// The artifacts of a rebuild beside those that were published, by name.
public struct PublishedComparison: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let name: String
    /// Nil where nothing of this name was published.
    public let published: Digest?
    /// Nil where the rebuild made nothing of this name.
    public let rebuilt: Digest?
  }

  public let kit: Digest
  /// Those of the record, then what only the rebuild made.
  public let entries: [Entry]

  public var isAsPublished: Bool { entries.allSatisfy { $0.published == $0.rebuilt } }

  init(_ build: PublishedBuild, _ artifacts: [Artifact]) {
    kit = build.kit
    let published = build.record.artifacts
    entries =
      published.map { old in
        let new = artifacts.first { $0.name.utf8.elementsEqual(old.name.utf8) }
        return Entry(name: old.name, published: old.digest, rebuilt: new?.digest)
      }
      + artifacts.filter { new in
        !published.contains { $0.name.utf8.elementsEqual(new.name.utf8) }
      }.map { Entry(name: $0.name, published: nil, rebuilt: $0.digest) }
  }

  /// For people.
  var lines: [String] {
    let differing = entries.filter { $0.published != $0.rebuilt }
    if differing.isEmpty {
      return [
        "as published: \(Self.count(entries.count)) the SHA-256 that the record in the kit names"
      ]
    }
    return ["not as published: \(differing.count) of \(entries.count) artifacts"]
      + differing.flatMap { entry in
        [
          "  \(entry.name.printable)",
          "    published  \(entry.published?.description ?? "nothing of this name")",
          "    rebuilt    \(entry.rebuilt?.description ?? "nothing of this name")",
        ]
      }
  }

  private static func count(_ number: Int) -> String {
    number == 1 ? "1 artifact has" : "\(number) artifacts have"
  }

  /// Documented in docs/record.md.
  var json: JSON {
    .object([
      ("kit", .string(kit.description)),
      ("result", isAsPublished ? "identical" : "different"),
      (
        "artifacts",
        .array(
          entries.map {
            .object([
              ("name", .string($0.name)),
              ("published", $0.published.map { .string($0.description) } ?? .null),
              ("rebuilt", $0.rebuilt.map { .string($0.description) } ?? .null),
            ])
          })
      ),
    ])
  }
}
