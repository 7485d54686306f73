import ArgumentParser
import Attesting
import Failing
import Linux
import Signing

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

      Examples:
        cupel attest --key release.key
        cupel attest out --key release.key --builder-id https://example.org/builders/1
      """)

  @Argument(help: "The output folder of the build.")
  var output = "cupel-out"

  @OptionGroup var signer: SigningKeyOptions

  @OptionGroup var provenance: ProvenanceOptions

  @Option(help: "What holds a statement: dsse, or sigstore for bundles, which have one signature.")
  var form = AttestationForm.dsse

  func validate() throws {
    try signer.requireKey()
    if form == .sigstore, signer.files.count > 1 {
      throw ValidationError("A sigstore bundle holds one signature: name one key")
    }
  }

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let keys = try signer.load()
    let build = try CheckedOutput(reading: output)
    var lines: [UInt8] = []
    for statement in try BuildStatements(of: build, provenance.provenance).all {
      lines += try signed(statement.bytes, keys) + [0x0a]
    }
    let folder = "\(output)/attestations"
    let file = "\(folder)/build.\(form == .dsse ? "intoto" : "sigstore").jsonl"
    try FileSystem.makeDirectories(folder)
    try FileSystem.write(lines, to: file)
    StandardStream.output.write("\(file)\n")
    for artifact in build.artifacts { Talk.say("\(artifact.name.printable)  \(artifact.digest)") }
    for key in keys { Talk.say("signed by \(key.keyID)") }
  }

  private func signed(_ payload: [UInt8], _ keys: [SigningKey]) throws -> [UInt8] {
    let type = Statement.payloadType
    switch form {
    case .dsse: return try Envelope(signing: payload, payloadType: type, with: keys).jsonBytes
    case .sigstore:
      return try SigstoreBundle(attesting: payload, payloadType: type, with: keys[0]).jsonBytes
    }
  }
}

/// What signed statements are wrapped in.
enum AttestationForm: String, CaseIterable, ExpressibleByArgument {
  case dsse, sigstore
}
