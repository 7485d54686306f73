import Failing
import Hashing
import Linux
import Reading
import Testing

@testable import Signing

/// Envelopes and bundles, with securesystemslib and with what sigstore reads and model-signing writes.
@Suite struct InteropTests {
  private static let statement =
    #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"00"}}],"#
    + #""predicateType":"https://example.org/p","predicate":{"a":1}}"#
  private static let type = Envelope.inTotoPayloadType
  private let payload = Array(statement.utf8)

  private func python(_ workshop: Workshop, _ words: [String]) throws -> Command.Output {
    let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return try Command(
      [try Verifiers.python(), "-I", "\(folder)/securesystems.py"] + words,
      directory: workshop.path, timeout: 120
    ).run()
  }

  @Test func securesystemslibVerifiesOurEnvelopes() throws {
    let workshop = try Workshop()
    let keys = [
      try SigningKey.generate(.ed25519), try SigningKey.generate(.p256),
      try SigningKey.generate(.p256),
    ]
    for (index, key) in keys.enumerated() {
      try workshop.write(key.verificationKey.pem, "\(index).pub")
    }
    func write(_ signers: [SigningKey], payload: [UInt8]? = nil) throws {
      let made = try Envelope(signing: self.payload, payloadType: Self.type, with: signers)
      let shown = Envelope(
        payloadType: Self.type, payload: payload ?? self.payload, signatures: made.signatures)
      try workshop.write(shown.jsonBytes, "e.json")
    }
    func verify(_ threshold: Int, _ names: [String]) throws -> Command.Output {
      try python(workshop, ["verify", "e.json", "\(threshold)"] + names)
    }
    try write(Array(keys[..<2]))
    let two = try verify(2, ["0.pub", "1.pub", "2.pub"])
    #expect(two.status == 0 && two.text == "2\n", "\(two.errorText)")
    #expect(try verify(3, ["0.pub", "1.pub", "2.pub"]).status != 0)
    #expect(try verify(1, ["2.pub"]).status != 0)
    for key in keys {
      try write([key])
      #expect(try verify(1, ["0.pub", "1.pub", "2.pub"]).status == 0)
      try write([key], payload: payload + [0x20])
      #expect(try verify(1, ["0.pub", "1.pub", "2.pub"]).status != 0)
    }
  }

  @Test func weVerifySecuresystemslibsEnvelopes() throws {
    let workshop = try Workshop()
    let (one, two) = (
      try workshop.opensslKey("one", .ed25519), try workshop.opensslKey("two", .p256)
    )
    try workshop.write(payload, "payload")
    let made = try python(
      workshop, ["sign", "payload", Self.type, "e.json", "one.pem", "two.pem"])
    try #require(made.status == 0, "\(made.errorText)")
    let keys = [try VerificationKey.load(two.public), try VerificationKey.load(one.public)]
    let envelope = try Envelope.parse(try workshop.read("e.json"), file: "e.json")
    let verified = try envelope.verified(
      by: keys, threshold: 2, payloadType: Self.type, file: "e.json")
    #expect(verified.bytes == payload && Set(verified.signers) == Set(keys))
    // Its names for keys are others than ours, and that is as it must be.
    #expect(
      envelope.signatures.allSatisfy { signature in
        !keys.contains { $0.keyID == signature.keyID }
      })
  }

  @Test func sigstoreReadsOurBundles() throws {
    let workshop = try Workshop()
    for algorithm in KeyAlgorithm.allCases {
      let key = try SigningKey.generate(algorithm)
      try workshop.write(key.verificationKey.pem, "key.pub")
      let attested = try SigstoreBundle(
        attesting: payload, payloadType: Self.type, with: key)
      try workshop.write(attested.jsonBytes, "b.json")
      let read = try python(workshop, ["bundle", "b.json", "key.pub"])
      #expect(read.status == 0, "\(read.errorText)")
      // sigstore has no Ed25519 for envelopes.
      #expect(read.text == (algorithm == .p256 ? "verified\n" : ""))
      if algorithm == .p256 {
        let model = try python(workshop, ["model-verify", "b.json", "key.pub"])
        #expect(model.status == 0, "\(model.errorText)")
        try workshop.write(try SigningKey.generate(.p256).verificationKey.pem, "other.pub")
        #expect(try python(workshop, ["model-verify", "b.json", "other.pub"]).status != 0)
        let message = try SigstoreBundle(signing: payload, with: key)
        try workshop.write(message.jsonBytes, "m.json")
        let second = try python(workshop, ["bundle", "m.json", "key.pub"])
        #expect(second.status == 0, "\(second.errorText)")
      }
    }
  }

  @Test func weVerifyModelSigningsBundles() throws {
    let workshop = try Workshop()
    let files = try workshop.opensslKey("key", .p256)
    try workshop.write(payload, "payload")
    let made = try python(workshop, ["model-sign", "payload", "b.json", "key.pem"])
    try #require(made.status == 0, "\(made.errorText)")
    let bundle = try SigstoreBundle.parse(try workshop.read("b.json"), file: "b.json")
    let verified = try bundle.verifiedPayload(
      by: [VerificationKey.load(files.public)], payloadType: Self.type, file: "b.json")
    let json = try JSON(parsing: verified.bytes, file: "payload")
    #expect(json["predicateType"]?.stringValue == "https://example.org/p")
    expectFailure("by none of the keys that you named") { () throws(SigningError) in
      try bundle.verifiedPayload(
        by: [SigningKey.generate(.p256).verificationKey], payloadType: Self.type, file: "b.json")
    }
  }
}
