import Attesting
import Hashing
import Linux
import Reading
import Signing
import Testing

/// Valid material, changed in one place: none is accepted, and each is refused for its own reason.
@Suite struct MutationTests {
  /// A change of a statement before it is signed: what a signer with a trusted key could say.
  struct Mutation: Sendable, CustomTestStringConvertible {
    let statement: Int
    let path: [String]
    let value: JSON?
    let code: String

    var testDescription: String { "\(statement) \(path.joined(separator: ".")) \(code)" }

    init(_ statement: Int, _ path: String, _ value: JSON?, _ code: String) {
      self.statement = statement
      self.path = path.split(separator: "/").map(String.init)
      self.value = value
      self.code = code
    }
  }

  private static let zeros = String(repeating: "0", count: 64)
  private static let definition = "predicate/buildDefinition"

  static let statements: [Mutation] = [
    Mutation(0, "_type", "https://in-toto.io/Statement/v0.1", "statement-malformed"),
    Mutation(0, "_type", nil, "statement-malformed"),
    Mutation(0, "predicateType", nil, "statement-malformed"),
    Mutation(0, "predicateType", 7, "statement-malformed"),
    Mutation(0, "predicateType", "https://slsa.dev/provenance/v0.2", "predicate-unknown"),
    Mutation(0, "predicateType", "https://slsa.dev/provenance/v1/", "predicate-unknown"),
    Mutation(0, "predicateType", "https://cyclonedx.org/bom", "predicate-unknown"),
    Mutation(0, "predicateType", .string(Reproducibility.predicateType), "predicate-extra-field"),
    Mutation(0, "predicate", nil, "statement-malformed"),
    Mutation(0, "predicate", [], "statement-malformed"),
    Mutation(0, "note", "x", "statement-extra-field"),
    Mutation(0, "subject", [], "no-subject"),
    Mutation(0, "subject", nil, "statement-malformed"),
    Mutation(0, "subject", .object([]), "statement-malformed"),
    Mutation(0, "subject/0", "app", "statement-malformed"),
    Mutation(0, "subject/0/name", nil, "statement-malformed"),
    Mutation(0, "subject/0/uri", "https://example.org/app", "statement-extra-field"),
    Mutation(0, "subject/0/digest", nil, "subject-without-digest"),
    Mutation(0, "subject/0/digest", .object([]), "subject-without-digest"),
    Mutation(0, "subject/0/digest", "sha256", "statement-malformed"),
    Mutation(0, "subject/0/digest", ["md5": .string("0123")], "subject-weak-digest"),
    Mutation(0, "subject/0/digest", ["sha1": .string("0123")], "subject-weak-digest"),
    Mutation(0, "subject/0/digest/sha256", .string(zeros), "other-artifact"),
    Mutation(0, "subject/0/digest/sha256", "", "subject-bad-digest"),
    Mutation(0, "subject/0/digest/sha256", .string(zeros.uppercased() + "0"), "subject-bad-digest"),
    Mutation(0, "subject/0/digest/sha256", .string("sha256:" + zeros), "subject-bad-digest"),
    Mutation(0, "subject/0/digest/sha256", 0, "subject-bad-digest"),
    Mutation(0, "subject/0/digest/sha512", .string(zeros + zeros), "subject-unchecked-digest"),
    Mutation(0, "subject/0/digest/md5", "0123", "subject-unchecked-digest"),
    Mutation(0, "\(definition)", nil, "predicate-malformed"),
    Mutation(0, "\(definition)/buildType", "https://example.org/make", "build-type-unknown"),
    Mutation(0, "\(definition)/buildType", nil, "predicate-malformed"),
    Mutation(0, "\(definition)/note", "x", "predicate-extra-field"),
    Mutation(0, "\(definition)/externalParameters", nil, "predicate-malformed"),
    Mutation(0, "\(definition)/externalParameters/debug", true, "predicate-extra-field"),
    Mutation(0, "\(definition)/externalParameters/request/patch", "x", "predicate-extra-field"),
    Mutation(0, "\(definition)/externalParameters/request/features", "x", "predicate-malformed"),
    Mutation(0, "\(definition)/externalParameters/request/bins", [1], "predicate-malformed"),
    Mutation(0, "\(definition)/externalParameters/request/workspace", 1, "predicate-malformed"),
    Mutation(0, "\(definition)/externalParameters/rootfs", nil, "predicate-malformed"),
    Mutation(0, "\(definition)/externalParameters/source/commit", "0123", "claims-disagree"),
    Mutation(0, "\(definition)/externalParameters/source/dirty", true, "claims-disagree"),
    Mutation(
      0, "\(definition)/externalParameters/source/uri", "git+https://example.net/app",
      "claims-disagree"),
    Mutation(
      0, "\(definition)/externalParameters/source/sourceDateEpoch", 1.5, "predicate-malformed"),
    Mutation(0, "\(definition)/internalParameters/plan", "sha256:0", "predicate-malformed"),
    Mutation(
      0, "\(definition)/internalParameters/plan", .string("sha256:" + zeros),
      "statements-disagree"),
    Mutation(0, "\(definition)/internalParameters/secret", "x", "predicate-extra-field"),
    Mutation(0, "\(definition)/resolvedDependencies", [], "predicate-malformed"),
    Mutation(0, "\(definition)/resolvedDependencies/0/digest", nil, "predicate-malformed"),
    Mutation(0, "\(definition)/resolvedDependencies/0/name", "src", "predicate-malformed"),
    Mutation(0, "\(definition)/resolvedDependencies/0/size", 1, "predicate-extra-field"),
    Mutation(
      0, "\(definition)/resolvedDependencies/0/digest/gitCommit", "0123", "claims-disagree"),
    Mutation(
      0, "\(definition)/resolvedDependencies/2/digest/sha256", "0123", "predicate-malformed"),
    Mutation(0, "\(definition)/resolvedDependencies/3/digest", nil, "predicate-malformed"),
    Mutation(
      0, "\(definition)/resolvedDependencies/3/annotations/level", "best", "predicate-malformed"),
    Mutation(0, "\(definition)/resolvedDependencies/3/annotations", nil, "predicate-malformed"),
    Mutation(0, "predicate/runDetails", nil, "predicate-malformed"),
    Mutation(0, "predicate/runDetails/builder/id", nil, "predicate-malformed"),
    Mutation(0, "predicate/runDetails/builder/level", 3, "predicate-extra-field"),
    Mutation(0, "predicate/runDetails/metadata/host", "x", "predicate-extra-field"),
    Mutation(0, "predicate/runDetails/byproducts/0", "x", "predicate-malformed"),
    Mutation(1, "predicate/verdict/kind", "perfect", "claims-disagree"),
    Mutation(1, "predicate/verdict/kind", "different", "claims-disagree"),
    Mutation(1, "predicate/verdict/variations/0", "phase-of-the-moon", "claims-disagree"),
    Mutation(1, "predicate/verdict/note", "x", "predicate-extra-field"),
    Mutation(1, "predicate/legs/1", nil, "claims-disagree"),
    Mutation(1, "predicate/legs/1/variations", [], "claims-disagree"),
    Mutation(1, "predicate/legs/1/conditions", nil, "predicate-malformed"),
    Mutation(1, "predicate/artifacts/0/result", "different", "claims-disagree"),
    Mutation(1, "predicate/denials", nil, "predicate-malformed"),
    Mutation(1, "predicate/denials/count", -1, "predicate-malformed"),
    Mutation(1, "predicate/denials/reported", "yes", "predicate-malformed"),
    Mutation(1, "predicate/units/list/1/dependencies/0", 99, "predicate-malformed"),
    Mutation(1, "predicate/units/list/1/outputsDigest", "md5:0", "predicate-malformed"),
    Mutation(1, "predicate/plan", .string("sha256:" + zeros), "statements-disagree"),
    Mutation(1, "predicate/plan", nil, "predicate-malformed"),
    Mutation(2, "predicate/monitor/type", "urn:other", "predicate-malformed"),
    Mutation(2, "predicate/monitorLog/network", "none", "predicate-malformed"),
    Mutation(2, "predicate/monitorLog/fileAccess", [], "predicate-extra-field"),
    Mutation(2, "predicate/monitoredProcess/event", "run", "predicate-malformed"),
    Mutation(2, "predicate/metadata", .object([]), "predicate-extra-field"),
  ]

  @Test(arguments: statements)
  func aChangedStatementIsRefused(_ mutation: Mutation) throws {
    let scene = try Scene()
    var materials = try scene.materials()
    #expect(try scene.verify(materials).isPassed)
    var json = try scene.statements()[mutation.statement].json
    json.set(mutation.path, mutation.value)
    materials[mutation.statement] = try scene.sign(
      json.compactBytes(), place: "\(mutation.statement).json")
    let codes = try scene.codes(materials)
    #expect(codes.contains(mutation.code), "\(codes)")
  }

  /// A change of an envelope's text.
  struct Forgery: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: String
    let make: @Sendable (String) -> [UInt8]

    init(_ name: String, _ code: String, _ make: @escaping @Sendable (String) -> [UInt8]) {
      testDescription = name
      self.code = code
      self.make = make
    }

    init(_ name: String, _ code: String, text make: @escaping @Sendable (String) -> String) {
      self.init(name, code) { Array(make($0).utf8) }
    }
  }

  static let envelopes: [Forgery] = [
    Forgery("nothing", "attestation-unreadable", text: { _ in "" }),
    Forgery("half", "attestation-unreadable", text: { String($0.prefix($0.count / 2)) }),
    Forgery("two", "attestation-unreadable", text: { $0 + $0 }),
    Forgery("byte order mark", "attestation-unreadable", text: { "\u{FEFF}" + $0 }),
    Forgery("not UTF-8", "attestation-unreadable", { Array($0.utf8).dropLast() + [0xff, 0x7d] }),
    Forgery(
      "duplicate key", "attestation-unreadable",
      text: { $0.dropLast() + ",\"payloadType\":\"application/vnd.in-toto+json\"}" }),
    Forgery(
      "deep", "attestation-unreadable",
      text: { _ in String(repeating: "[", count: 100_000) }),
    Forgery("array", "not-an-envelope", text: { "[\($0)]" }),
    Forgery("null", "not-an-envelope", text: { _ in "null" }),
    Forgery("statement itself", "not-an-envelope", text: { _ in "{\"_type\":\"x\"}" }),
    Forgery(
      "no signature", "no-signature",
      text: { $0.prefix { $0 != "[" } + "[]}" }),
    Forgery(
      "extra member", "envelope-extra-field", text: { $0.dropLast() + ",\"note\":\"x\"}" }),
    Forgery(
      "extra member of a signature", "envelope-extra-field",
      text: { $0.replacing("\"keyid\"", with: "\"cert\":\"x\",\"keyid\"") }),
    Forgery(
      "other payload type", "bad-signature",
      text: { $0.replacing("vnd.in-toto+json", with: "vnd.in-toto.provenance+json") }),
    Forgery(
      "payload of another type", "bad-signature",
      text: { $0.replacing("vnd.in-toto+json", with: "json") }),
    Forgery(
      "changed payload", "bad-signature",
      text: { $0.replacing("\"payload\":\"ey", with: "\"payload\":\"ez") }),
    Forgery(
      "no padding", "not-an-envelope",
      text: { $0.replacing("==\"", with: "\"") }),
    Forgery(
      "changed signature", "bad-signature",
      text: { text in
        let parts = text.split(separator: "\"sig\":\"", maxSplits: 1)
        let first = parts[1].first == "A" ? "B" : "A"
        return "\(parts[0])\"sig\":\"\(first)\(parts[1].dropFirst())"
      }),
    Forgery(
      "key id of somebody else", "unknown-key",
      text: { text in
        let parts = text.split(separator: "\"sig\":\"", maxSplits: 1)
        let first = parts[1].first == "A" ? "B" : "A"
        return parts[0].replacing(/"keyid":"[0-9a-f]*"/, with: "\"keyid\":\"me\"")
          + "\"sig\":\"\(first)\(parts[1].dropFirst())"
      }),
  ]

  @Test(arguments: envelopes)
  func aChangedEnvelopeIsRefused(_ forgery: Forgery) throws {
    let scene = try Scene()
    var materials = try scene.materials()
    let text = String(decoding: materials[0].bytes, as: UTF8.self)
    let changed = forgery.make(text)
    try #require(changed != materials[0].bytes)
    materials[0] = Material(place: "0.json", bytes: changed)
    let codes = try scene.codes(materials)
    #expect(codes.contains(forgery.code), "\(codes)")
  }

  /// The same statements in sigstore bundles, and what those can hold that vouches for nothing.
  @Test func bundlesAreReadAndTheirOwnKeysRefused() throws {
    let scene = try Scene()
    let bundles = try scene.statements().enumerated().map {
      let bundle = try SigstoreBundle(
        attesting: $0.element.bytes(), payloadType: Statement.payloadType, with: scene.key)
      return Material(place: "\($0.offset).json", bytes: bundle.jsonBytes)
    }
    #expect(try scene.verify(bundles).isPassed)
    for (path, value, code) in [
      ("verificationMaterial/publicKey/rawBytes", "AAAA", "key-in-bundle"),
      ("verificationMaterial/certificate", JSON.object([("rawBytes", "AAAA")]), "key-in-bundle"),
      ("verificationMaterial/tlogEntries", [.object([])], "not-an-envelope"),
      ("mediaType", "application/vnd.dev.sigstore.bundle.v0.2+json", "not-an-envelope"),
      ("note", "x", "not-an-envelope"),
      ("dsseEnvelope/signatures", [], "no-signature"),
      ("dsseEnvelope/payloadType", "application/json", "bad-signature"),
      ("dsseEnvelope", nil, "not-an-envelope"),
    ] as [(String, JSON?, String)] {
      var json = try JSON(parsing: bundles[0].bytes, file: "bundle")
      json.set(path.split(separator: "/").map(String.init), value)
      let changed = Material(place: "0.json", bytes: json.compactBytes())
      let codes = try scene.codes([changed] + bundles.dropFirst())
      #expect(codes.contains(code), "\(path): \(codes)")
    }
  }

  @Test func nobodysKeyCounts() throws {
    let scene = try Scene()
    let materials = try scene.materials(with: scene.other)
    #expect(Set(try scene.codes(materials)) == ["unknown-key", "no-provenance"])
  }

  @Test func theTypeOfThePayloadCounts() throws {
    let scene = try Scene()
    let statement = try scene.statements()[0].bytes()
    for type in ["application/json", "application/vnd.in-toto.provenance+json", "text/plain"] {
      let codes = try scene.codes([scene.sign(statement, type: type)])
      #expect(codes == ["no-provenance", "payload-type"])
    }
  }

  @Test(arguments: [
    "{", "[]", "null", "\u{FEFF}{}", "{\"_type\":1,\"_type\":2}", "{}", "{\"a\":\"\\ud800\"}",
  ])
  func aSignedTextThatIsNoStatementIsRefused(_ text: String) throws {
    let scene = try Scene()
    let codes = try scene.codes([scene.sign(Array(text.utf8))])
    #expect(
      codes == ["no-provenance", "statement-unreadable"]
        || codes == ["no-provenance", "statement-malformed"])
  }

  @Test func theArtifactOfTheSameNameMustHaveTheSameBytes() throws {
    let scene = try Scene()
    let verification = try scene.verify(
      scene.materials(),
      artifacts: [Verification.Artifact(name: "app", digest: .hashing("another"))])
    #expect(
      Set(verification.objections.map(\.code)) == [.otherArtifact, .noProvenance])
  }

  @Test func everyBitOfASmallEnvelopeCounts() throws {
    let scene = try Scene()
    let material = try scene.materials()[0]
    for offset in stride(from: 0, to: material.bytes.count, by: 97) {
      var bytes = material.bytes
      bytes[offset] ^= 1
      let changed = Material(place: "a.json", bytes: bytes)
      let isKeyID = try Self.isInKeyID(offset, material.bytes)
      #expect(try scene.verify([changed]).isPassed == isKeyID, "bit 0 of byte \(offset)")
    }
  }

  /// The name that a signature gives its key is a hint that nobody signed.
  private static func isInKeyID(_ offset: Int, _ bytes: [UInt8]) throws -> Bool {
    let start = try #require(String(decoding: bytes, as: UTF8.self).firstRange(of: "\"keyid\":\""))
    let text = String(decoding: bytes, as: UTF8.self)
    let first = text.utf8.distance(from: text.startIndex, to: start.upperBound)
    return (first..<(first + 64)).contains(offset)
  }
}
