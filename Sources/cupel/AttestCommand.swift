import ArgumentParser
import Attesting
import Failing
import Hashing
import Linux
import Signing
import Storing

/// `cupel attest`.
struct AttestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attest",
    abstract: "Sign what an output folder says: provenance, reproducibility, refused attempts.",
    discussion: """
      Reads the folder that `cupel build` made, hashes every artifact again, and refuses a folder
      whose files disagree. Three in-toto statements about the artifacts go, signed, to
      OUT/attestations/build.intoto.jsonl, one DSSE envelope a line; with --form sigstore one sigstore
      bundle a line, in build.sigstore.jsonl. The build is over by then: no step of it could reach a
      key.

      With --link a link of in-toto for each key goes beside them, STEP.KEYID.link, which verifies
      against a layout whose step STEP wants so many builders to agree (docs/verifying.md).

      Examples:
        cupel attest --key release.key
        cupel attest out --key release.key --builder-id https://example.org/builders/1
        cupel attest out --key builder.key --link build
      """)

  @Argument(help: "The output folder of the build.")
  var output = "cupel-out"

  @OptionGroup var signer: SigningKeyOptions

  @Option(help: "Who built: a URI, one for each machine or service with keys of its own.")
  var builderId = Provenance.unnamedBuilder

  @Option(help: "Where the source can be had, such as git+https://example.org/app.")
  var sourceUri: String?

  @Option(help: "What names this run of the builder.")
  var invocationId: String?

  @Option(help: "What holds a statement: dsse, or sigstore for bundles, which have one signature.")
  var form = AttestationForm.dsse

  @Option(help: "Write links of in-toto, too, for this step of a layout.")
  var link: String?

  @Flag(help: "Name every file of the source in the links; the store must still have it.")
  var linkSources = false

  func validate() throws {
    try signer.requireKey()
    if form == .sigstore, signer.files.count > 1 {
      throw ValidationError("A sigstore bundle holds one signature: name one key")
    }
    if let link, !InTotoLink.isStep(link) {
      throw ValidationError("--link must be a name of letters, digits, dots, _ and -")
    }
    if linkSources, link == nil { throw ValidationError("--link-sources needs --link") }
    for (name, text) in [("--builder-id", builderId), ("--source-uri", sourceUri ?? "a:b")]
    where !Self.isURI(text) {
      throw ValidationError("\(name) must be a URI, such as https://example.org/builders/1")
    }
  }

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let keys = try signer.load()
    let build = try CheckedOutput(reading: output)
    let provenance = Provenance(
      builder: builderId, sourceURI: sourceUri, invocation: invocationId)
    let statements = [
      try provenance.statement(of: build), try Reproducibility.statement(of: build),
      try RuntimeTrace.statement(of: build, builder: builderId),
    ]
    var lines: [UInt8] = []
    for statement in statements {
      // What our own verifier would refuse is not signed.
      _ = try Claims(statement)
      lines += try signed(statement, keys) + [0x0a]
    }
    let links = try links(of: build, keys)
    let folder = "\(output)/attestations"
    let file = "\(folder)/build.\(form == .dsse ? "intoto" : "sigstore").jsonl"
    try FileSystem.makeDirectories(folder)
    try FileSystem.write(lines, to: file)
    StandardStream.output.write("\(file)\n")
    for (name, bytes) in links {
      try FileSystem.write(bytes, to: "\(folder)/\(name)")
      StandardStream.output.write("\(folder)/\(name)\n")
    }
    for artifact in build.artifacts { Talk.say("\(artifact.name.printable)  \(artifact.digest)") }
    for key in keys { Talk.say("signed by \(key.keyID)") }
  }

  /// A file for each key: its name and its bytes.
  private func links(
    of build: CheckedOutput, _ keys: [SigningKey]
  ) throws -> [(name: String, bytes: [UInt8])] {
    guard let step = link else { return [] }
    let link = try InTotoLink(
      step: step, of: build, files: linkSources ? sources(of: build) : [])
    return try keys.map {
      (link.fileName(of: $0.verificationKey), try link.signed(with: $0).jsonBytes + [0x0a])
    }
  }

  private func sources(of build: CheckedOutput) throws -> [(path: String, digest: Digest)] {
    let store = try Store.open()
    guard store.contains(build.source) else {
      throw UsageError(
        "naming the files of the source: the store does not have the tree \(build.source)",
        hint: "attest where it was built, before `cupel store gc` removes the source")
    }
    return try store.tree(build.source).allFiles().map { ($0.path, $0.file.digest) }
  }

  private func signed(_ statement: Statement, _ keys: [SigningKey]) throws -> [UInt8] {
    let (payload, type) = (try statement.bytes(), Statement.payloadType)
    switch form {
    case .dsse: return try Envelope(signing: payload, payloadType: type, with: keys).jsonBytes
    case .sigstore:
      return try SigstoreBundle(attesting: payload, payloadType: type, with: keys[0]).jsonBytes
    }
  }

  /// A scheme (RFC 3986, 3.1), then something without spaces.
  private static func isURI(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let first = parts[0].utf8.first, !parts[1].isEmpty else { return false }
    let isLetter = (0x61...0x7a).contains(first | 0x20)
    return isLetter && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
  }
}

/// What signed statements are wrapped in.
enum AttestationForm: String, CaseIterable, ExpressibleByArgument {
  case dsse, sigstore
}
