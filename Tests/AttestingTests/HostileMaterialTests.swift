import Attesting
import Hashing
import Linux
import Reading
import Signing
import Testing

/// Everything that is published for an artifact, changed in one place by somebody without the key.
@Suite struct HostileMaterialTests {
  // MARK: Every member of what was signed

  /// The paths of all values in a document.
  private static func paths(_ json: JSON, below path: [String] = []) -> [[String]] {
    let inner: [(String, JSON)] =
      switch json {
      case .object(let object): object.members.map { ($0.key, $0.value) }
      case .array(let items): items.enumerated().map { ("\($0.offset)", $0.element) }
      default: []
      }
    return inner.flatMap { [path + [$0.0]] + paths($0.1, below: path + [$0.0]) }
  }

  /// Something else than the value, of the same type.
  private static func other(_ value: JSON) -> JSON {
    switch value {
    case .null: true
    case .bool(let flag): .bool(!flag)
    case .integer(let number): .integer(number + 1)
    case .number(let number): .number(number + 1)
    case .string(let text): .string(text + "x")
    case .array(let items): .array(items + [1])
    case .object(let object): .object(object.members.map { ($0.key, $0.value) } + [("x", 1)])
    }
  }

  /// Each value changed and each left out: with the signature as it was, and signed by a stranger who
  /// calls itself by the name of the trusted key. No more than the signature has to be wrong.
  @Test func noMemberOfAStatementCanBeChanged() throws {
    let scene = try Scene()
    var tried = 0
    for (number, statement) in try scene.statements().enumerated() {
      let signed = try scene.sign(statement.bytes())
      #expect(try scene.verify([signed], artifacts: []).isPassed)
      let good = try Envelope.parse(signed.bytes, file: "good")
      for path in Self.paths(statement.json) {
        let value = path.reduce(statement.json) { json, key in
          json[key] ?? Int(key).flatMap { json[$0] } ?? .null
        }
        for replacement in [Self.other(value), nil] {
          var changed = statement.json
          changed.set(path, replacement)
          let payload = changed.compactBytes()
          var forged = Envelope(
            payloadType: good.payloadType, payload: payload, signatures: good.signatures)
          if tried % 7 == 0 {
            forged = Envelope(payloadType: good.payloadType, payload: payload, signatures: [])
            try forged.sign(with: scene.other, as: scene.key.keyID)
          }
          tried += 1
          let verification = try scene.verify(
            [Material(place: "forged", bytes: forged.jsonBytes)], artifacts: [])
          let codes = verification.objections.map(\.code)
          #expect(codes == [.badSignature], "\(number) \(path): \(codes)")
        }
      }
    }
    #expect(tried >= 1000)
  }

  // MARK: Through the executable

  /// What a publisher uploads, and an auditor's policy.
  private struct Published {
    var artifact = Array("the artifact\n".utf8)
    /// One envelope or bundle a line.
    var lines: [String]
    var key: [UInt8]
    var policy: String

    /// Changes a text in a line; that it is there is part of the test.
    mutating func replace(
      _ line: Int, _ text: String, _ other: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(lines[line].contains(text), sourceLocation: sourceLocation)
      lines[line] = lines[line].replacing(text, with: other, maxReplacements: 1)
    }

    mutating func expect(
      _ text: String, _ other: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(policy.contains(text), sourceLocation: sourceLocation)
      policy = policy.replacing(text, with: other)
    }

    /// The value of a member of a line, which is an envelope.
    func member(_ line: Int, _ name: String) throws -> String {
      try #require(JSON(parsing: Array(lines[line].utf8), file: "line")[name]?.stringValue)
    }
  }

  private struct Attack: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let status: Int32
    /// A code of the report, or words of the error.
    let words: String
    let isBundle: Bool
    let make: @Sendable (inout Published, _ stranger: SigningKey) throws -> Void

    init(
      _ name: String, _ status: Int32, _ words: String, isBundle: Bool = false,
      _ make: @escaping @Sendable (inout Published, _ stranger: SigningKey) throws -> Void
    ) {
      testDescription = name
      self.status = status
      self.words = words
      self.isBundle = isBundle
      self.make = make
    }
  }

  private static let attacks: [Attack] = [
    Attack("a byte more", 3, "other-artifact") { published, _ in published.artifact.append(0) },
    Attack("a byte less", 3, "other-artifact") { published, _ in published.artifact.removeLast() },
    Attack("another byte", 3, "other-artifact") { published, _ in published.artifact[3] ^= 1 },
    Attack("an empty artifact", 3, "other-artifact") { published, _ in published.artifact = [] },
    Attack("no provenance", 3, "no-provenance") { published, _ in published.lines.remove(at: 0) },
    Attack("nothing signed", 3, "app.jsonl is empty") { published, _ in published.lines = [] },
    Attack("half a line", 3, "attestation-unreadable") { published, _ in
      published.lines[0] = String(published.lines[0].prefix(published.lines[0].count / 2))
    },
    Attack("two documents on a line", 3, "attestation-unreadable") { published, _ in
      published.lines[0] += published.lines[1]
    },
    Attack("another payload", 3, "bad-signature") { published, _ in
      published.replace(0, "\"payload\":\"ey", "\"payload\":\"ez")
    },
    Attack("the payload of another statement", 3, "bad-signature") { published, _ in
      let payloads = (try published.member(0, "payload"), try published.member(1, "payload"))
      published.replace(0, payloads.0, payloads.1)
    },
    Attack("two payloads", 3, "attestation-unreadable") { published, _ in
      let payload = try published.member(1, "payload")
      published.replace(0, "{", "{\"payload\":\"\(payload)\",")
    },
    Attack("another payload type", 3, "bad-signature") { published, _ in
      published.replace(0, "vnd.in-toto+json", "vnd.in-toto+jsom")
    },
    Attack("no signature", 3, "no-signature") { published, _ in
      published.lines[0] = String(published.lines[0].prefix { $0 != "[" }) + "[]}"
    },
    Attack("a member that nobody signed", 3, "envelope-extra-field") { published, _ in
      published.replace(0, "{", "{\"verified\":true,")
    },
    Attack("base64 without its end", 3, "not-an-envelope") { published, _ in
      published.replace(2, "==\"", "\"")
    },
    Attack("bytes that are no text", 3, "attestation-unreadable") { published, _ in
      published.replace(0, "\"keyid\":\"", "\"keyid\":\"\\ud800")
    },
    Attack("nested too deeply", 3, "attestation-unreadable") { published, _ in
      published.lines[1] = String(repeating: "[", count: 200_000)
    },
    Attack("signed by a stranger", 3, "unknown-key") { published, stranger in
      let payload = try #require(Base64.decode(Array(published.member(0, "payload").utf8)))
      published.lines[0] = String(
        decoding: try Envelope(
          signing: payload, payloadType: Statement.payloadType, with: [stranger]
        ).jsonBytes, as: UTF8.self)
    },
    Attack("signed by a stranger in the key's name", 3, "bad-signature") { published, stranger in
      let payload = try #require(Base64.decode(Array(published.member(0, "payload").utf8)))
      let name = try VerificationKey(published.key, file: "k").keyID
      var envelope = Envelope(
        payloadType: Statement.payloadType, payload: payload, signatures: [])
      try envelope.sign(with: stranger, as: name)
      published.lines[0] = String(decoding: envelope.jsonBytes, as: UTF8.self)
    },
    Attack("a signature of another line", 3, "bad-signature") { published, _ in
      let signatures = try published.lines.map {
        try #require(
          JSON(parsing: Array($0.utf8), file: "line")["signatures"]?[0]?["sig"]?.stringValue)
      }
      published.replace(0, signatures[0], signatures[1])
    },
    Attack("a key in the bundle", 3, "key-in-bundle", isBundle: true) { published, _ in
      published.replace(0, "\"publicKey\":{", "\"publicKey\":{\"rawBytes\":\"AAAA\",")
    },
    Attack("a certificate in the bundle", 3, "key-in-bundle", isBundle: true) { published, _ in
      published.replace(
        0, "\"verificationMaterial\":{",
        "\"verificationMaterial\":{\"certificate\":{\"rawBytes\":\"AAAA\"},")
    },
    Attack("a log that nobody read", 3, "not-an-envelope", isBundle: true) { published, _ in
      published.replace(0, "\"tlogEntries\":[]", "\"tlogEntries\":[{}]")
    },
    Attack("another payload in the bundle", 3, "bad-signature", isBundle: true) { published, _ in
      published.replace(0, "\"payload\":\"ey", "\"payload\":\"ez")
    },
    Attack("another kind of bundle", 3, "not-an-envelope", isBundle: true) { published, _ in
      published.replace(0, "bundle.v0.3", "bundle.v0.4")
    },
    Attack("somebody else's key", 3, "unknown-key") { published, stranger in
      published.key = stranger.verificationKey.pem
    },
    Attack("half a key", 2, "it is neither one PEM block") { published, _ in
      published.key = Array(published.key.prefix(60))
    },
    Attack("a private key", 2, "private key") { published, stranger in
      published.key = try stranger.pem(passphrase: nil)
    },
    Attack("another commit", 6, "source-commit") {
      $0.expect("685f", "785f"); _ = $1
    },
    Attack("another tree", 6, "source-tree") {
      $0.expect("sha256:aeb1", "sha256:beb1"); _ = $1
    },
    Attack("another builder", 6, "builder") {
      $0.expect("builders/1", "builders/2"); _ = $1
    },
    Attack("a variation more", 6, "variations") {
      $0.expect("readdir", "paths"); _ = $1
    },
    Attack("a denial less", 6, "denials") {
      $0.expect("denials = 7", "denials = 6"); _ = $1
    },
    Attack("a revoked key", 6, "key-revoked") {
      $0.expect("revoked = false", "revoked = true"); _ = $1
    },
    Attack("an expired key", 6, "key-expired") {
      $0.expect("2099", "2020"); _ = $1
    },
    Attack("a policy with an unknown table", 2, "unknown key") { published, _ in
      published.policy += "[exceptions]\nall = true\n"
    },
    Attack("half a policy", 2, "policy.toml") { published, _ in
      published.policy = String(published.policy.prefix(published.policy.count / 2)) + "\"\n="
    },
    Attack("a policy that says two things", 2, "policy.toml") { published, _ in
      published.policy += "[builder]\nids = [\"https://example.net/any\"]\n"
    },
  ]

  @Test func nothingOfItIsAcceptedByTheExecutable() throws {
    let scene = try Scene()
    try scene.cupelDoes(["keygen", "--out", "release", "--no-passphrase"])
    let attest = [
      "attest", "out", "--key", "release.key", "--builder-id", "https://example.org/builders/1",
    ]
    try scene.cupelDoes(attest)
    try scene.cupelDoes(attest + ["--form", "sigstore"])
    let key = try VerificationKey.load("\(scene.path)/release.pub")
    let policy = """
      schema = 1
      [source]
      commit = "685f4048dfe2029c2522295a97c86612cc003d5b"
      tree = "sha256:aeb18b889b326617b7adffe6a70a8dd3221202cb9bb3ef83b16a5dc0662fbbf1"
      [builder]
      ids = ["https://example.org/builders/1"]
      [reproducibility]
      variations = ["hostname", "readdir"]
      denials = 7
      [[key]]
      fingerprint = "\(key.fingerprint)"
      not-after = "2099-01-01T00:00:00Z"
      revoked = false

      """
    func published(isBundle: Bool) throws -> Published {
      let form = isBundle ? "sigstore" : "intoto"
      let text = String(
        decoding: try scene.readFile("out/attestations/build.\(form).jsonl"), as: UTF8.self)
      return Published(
        lines: text.split(separator: "\n").map(String.init), key: key.pem, policy: policy)
    }
    func verify(_ published: Published) throws -> Command.Output {
      try FileSystem.write(published.artifact, to: "\(scene.path)/app")
      try scene.writeFile(published.lines.map { $0 + "\n" }.joined(), "app.jsonl")
      try FileSystem.write(published.key, to: "\(scene.path)/k.pub")
      try scene.writeFile(published.policy, "policy.toml")
      return try scene.cupel([
        "verify", "app", "--attestation", "app.jsonl", "--key", "k.pub", "--policy", "policy.toml",
      ])
    }
    for isBundle in [false, true] {
      let good = try verify(published(isBundle: isBundle))
      try #require(good.status == 0, "\(good.text)\(good.errorText)")
    }
    for attack in Self.attacks {
      var changed = try published(isBundle: attack.isBundle)
      try attack.make(&changed, scene.other)
      let output = try verify(changed)
      let said = output.text + output.errorText
      #expect(output.status == attack.status, "\(attack.testDescription): \(said)")
      #expect(said.contains(attack.words), "\(attack.testDescription): \(said)")
      #expect(!output.text.contains("PASSED"), "\(attack.testDescription)")
    }
    #expect(Self.attacks.count >= 35)
  }
}
