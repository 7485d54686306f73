import Attesting
import Hashing
import Linux
import Reading
import Signing
import Testing

/// Material that is wrong as a whole: `verify` refuses it for its own reason, and in a quorum it has no
/// voice.
@Suite struct BadMaterialTests {
  private static func envelope(
    _ payload: String, _ type: String = Statement.payloadType, signature: String,
    keyID: String = ""
  ) -> Material {
    let text =
      #"{"payloadType":"\#(type)","payload":"\#(payload)","#
      + #""signatures":[{"keyid":"\#(keyID)","sig":"\#(signature)"}]}"#
    return Material(place: "bad.json", bytes: Array(text.utf8))
  }

  private static func forURLs(_ text: String) -> String {
    text.replacing("+", with: "-").replacing("/", with: "_")
  }

  /// What each is, made of a good statement by a trusted key, with the code that refuses it.
  private static func bad(_ scene: borrowing Scene) throws -> [(String, String, Material)] {
    let statement = try scene.statements()[0]
    let payload = try statement.bytes()
    let type = Statement.payloadType
    let signature = Base64.encode(
      try Envelope(signing: payload, payloadType: type, with: [scene.key]).signatures[0].bytes)
    func signed(_ bytes: [UInt8]) throws -> Material { try scene.sign(bytes, place: "bad.json") }
    let keyID = scene.key.keyID
    func swapped(_ path: [String], _ value: JSON) throws -> Material {
      var json = statement.json
      json.set(path, value)
      return envelope(Base64.encode(json.compactBytes()), signature: signature, keyID: keyID)
    }
    var weak = statement.json
    weak.set(["subject", "0", "digest", "md5"], "0123")
    let text = Base64.encode(payload)
    let zeros = JSON.string(String(repeating: "0", count: 64))
    return [
      (
        "a payload that was swapped for another subject", "bad-signature",
        try swapped(["subject", "0", "digest", "sha256"], zeros)
      ),
      (
        "a payload that was swapped for another builder", "bad-signature",
        try swapped(["predicate", "runDetails", "builder", "id"], "https://example.org/evil")
      ),
      (
        // Without a name of its key, it could be anybody's.
        "a payload that was swapped, by nobody in particular", "unknown-key",
        envelope(Base64.encode(Array("{}".utf8)), signature: signature)
      ),
      (
        "a payload written in another way", "bad-signature",
        envelope(
          Base64.encode(statement.json.prettyBytes()), signature: signature, keyID: keyID)
      ),
      (
        "another type of payload", "payload-type",
        envelope(
          text, "text/plain",
          signature: Base64.encode(
            try Envelope(signing: payload, payloadType: "text/plain", with: [scene.key])
              .signatures[0].bytes))
      ),
      (
        "base64 with too much padding", "not-an-envelope",
        envelope(text + "=", signature: signature)
      ),
      (
        "a signature without its padding", "not-an-envelope",
        envelope(text, signature: String(signature.dropLast(2)))
      ),
      ("base64 with a space", "not-an-envelope", envelope(" " + text, signature: signature)),
      (
        "both alphabets of base64 at once", "not-an-envelope",
        envelope("\(text.dropLast(8))+_+_\(text.suffix(4))", signature: signature)
      ),
      ("a signature of nobody", "unknown-key", try scene.sign(payload, with: [scene.other])),
      (
        "a statement that is not UTF-8", "statement-unreadable",
        try signed(Array(payload.dropLast()) + [0xff, 0x7d])
      ),
      (
        "a statement with a key twice", "statement-unreadable",
        try signed(Array("{\"_type\":\"x\",".utf8) + payload.dropFirst())
      ),
      (
        "a statement with a key twice, escaped", "statement-unreadable",
        try signed(Array("{\"\\u005ftype\":\"x\",".utf8) + payload.dropFirst())
      ),
      (
        "a deep statement", "statement-unreadable",
        try signed([UInt8](repeating: UInt8(ascii: "["), count: 100_000))
      ),
      (
        "a file of more than 64 MiB", "attestation-unreadable",
        Material(place: "bad.json", bytes: [UInt8](repeating: 0x20, count: 64 << 20 + 1))
      ),
      (
        "a subject with a weak digest beside its SHA-256", "subject-unchecked-digest",
        try signed(weak.compactBytes())
      ),
      (
        "minisign's signature", "attestation-unreadable",
        Material(
          place: "bad.json",
          bytes: Array("untrusted comment: x\n\(signature)\ntrusted comment: y\n".utf8))
      ),
      (
        "an SBOM", "not-an-envelope",
        Material(place: "bad.json", bytes: Array("{\"bomFormat\":\"CycloneDX\"}".utf8))
      ),
    ]
  }

  @Test func eachIsRefusedForItsOwnReason() throws {
    let scene = try Scene()
    for (name, code, material) in try Self.bad(scene) {
      let codes = try scene.codes([material])
      #expect(codes.contains(code), "\(name): \(codes)")
      #expect(codes.contains("no-provenance"), "\(name): \(codes)")
    }
  }

  /// Beside one good voice, nothing bad makes two.
  @Test func noneHasAVoiceInAQuorum() throws {
    let scene = try Scene()
    var alice = Scene.provenance
    alice.builder = "https://example.org/alice"
    let key = try SigningKey.generate(.ed25519)
    let good = try scene.sign(
      alice.statement(of: scene.build()).bytes(), place: "alice.json", with: [key])
    let keys = [key.verificationKey, scene.key.verificationKey]
    func quorum(_ other: Material) throws -> Quorum {
      Quorum(
        materials: [good, other], keys: keys, required: 2, artifacts: [try scene.artifact],
        policy: nil, time: Scene.time)
    }
    #expect(try quorum(scene.materials()[0]).isReached)
    for (name, code, material) in try Self.bad(scene) {
      let quorum = try quorum(material)
      #expect(!quorum.isReached && quorum.agreeing.count == 1, "\(name)")
      #expect(quorum.refused.map(\.objection.code.rawValue) == [code], "\(name)")
    }
  }

  /// DSSE lets writers choose the alphabet.
  @Test func eitherAlphabetOfBase64IsRead() throws {
    let scene = try Scene()
    let payload = try scene.statements()[0].bytes()
    let signature = try Envelope(
      signing: payload, payloadType: Statement.payloadType, with: [scene.key]
    ).signatures[0].bytes
    let (text, sig) = (Base64.encode(payload), Base64.encode(signature))
    for material in [
      Self.envelope(text, signature: sig),
      Self.envelope(Self.forURLs(text), signature: Self.forURLs(sig)),
    ] {
      #expect(try scene.codes([material]) == [])
    }
  }

  /// Expired and revoked keys have no voice, and neither has what is about another file of the name.
  @Test func thePolicyAndTheArtifactHoldForAQuorum() throws {
    let scene = try Scene()
    let keys = try (0..<2).map { _ in try SigningKey.generate(.p256) }
    let materials = try zip(["alice", "bob"], keys).map { name, key in
      var provenance = Scene.provenance
      provenance.builder = "https://example.org/\(name)"
      return try scene.sign(
        provenance.statement(of: scene.build()).bytes(), place: name, with: [key])
    }
    func quorum(_ second: String, artifact: String = "the artifact\n") throws -> Quorum {
      let entries = keys.map { "[[key]]\nfingerprint = \"\($0.verificationKey.fingerprint)\"\n" }
      let policy = "schema = 1\n\(entries[0])\(entries[1])\(second)\n"
      return Quorum(
        materials: materials, keys: keys.map(\.verificationKey), required: 2,
        artifacts: [Verification.Artifact(name: "app", digest: .hashing(artifact))],
        policy: try VerificationPolicy(parsing: Array(policy.utf8), file: "p.toml"),
        time: Scene.time)
    }
    #expect(try quorum("").isReached)
    for (second, code) in [
      ("revoked = true", Objection.Code.keyRevoked),
      ("not-after = \"2027-01-15T07:59:59Z\"", .keyExpired),
      ("not-before = \"2027-01-15T08:00:01Z\"", .keyNotYetValid),
      ("builders = [\"https://example.org/alice\"]", .builderNotOfKey),
    ] {
      let quorum = try quorum(second)
      #expect(!quorum.isReached && quorum.refused.map(\.objection.code) == [code])
    }
    let other = try quorum("", artifact: "another\n")
    #expect(!other.isReached && other.agreeing.isEmpty)
    #expect(other.refused.map(\.objection.code) == [.otherArtifact, .otherArtifact])
  }
}
