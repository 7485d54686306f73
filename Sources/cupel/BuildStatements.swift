import ArgumentParser
import Attesting

/// The statements about one build, which our own verifier reads.
struct BuildStatements {
  /// One statement.
  struct Item {
    /// What its file is called, without an ending.
    let name: String
    let claims: Claims
    /// The payload of an envelope.
    let bytes: [UInt8]
  }

  let all: [Item]

  init(of build: CheckedOutput, _ provenance: Provenance) throws {
    let statements = [
      ("provenance", try provenance.statement(of: build)),
      ("reproducibility", try Reproducibility.statement(of: build)),
      ("runtime-trace", try RuntimeTrace.statement(of: build, builder: provenance.builder)),
    ]
    // What our own verifier would refuse is not signed.
    all = try statements.map { name, statement in
      Item(name: name, claims: try Claims(statement), bytes: try statement.bytes())
    }
  }
}

/// What provenance says of the builder, which no output folder knows.
struct ProvenanceOptions: ParsableArguments {
  @Option(help: "Who built: a URI, one for each machine or service with keys of its own.")
  var builderId = Provenance.unnamedBuilder

  @Option(help: "Where the source can be had, such as git+https://example.org/app.")
  var sourceUri: String?

  @Option(help: "What names this run of the builder.")
  var invocationId: String?

  func validate() throws {
    for (name, text) in [("--builder-id", builderId), ("--source-uri", sourceUri ?? "a:b")]
    where !Self.isURI(text) {
      throw ValidationError("\(name) must be a URI, such as https://example.org/builders/1")
    }
  }

  var provenance: Provenance {
    Provenance(builder: builderId, sourceURI: sourceUri, invocation: invocationId)
  }

  /// A scheme (RFC 3986, 3.1), then something without spaces.
  private static func isURI(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let first = parts[0].utf8.first, !parts[1].isEmpty else { return false }
    let isLetter = (0x61...0x7a).contains(first | 0x20)
    return isLetter && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
  }
}
