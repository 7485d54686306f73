import Failing
import Hashing
import Reading
import Testing

@testable import Signing

/// Bundles, good ones and bad ones.
@Suite struct BundleTests {
  private let content = Array("the file".utf8)

  private func parse(_ text: String) throws(SigningError) -> SigstoreBundle {
    try SigstoreBundle.parse(Array(text.utf8), file: "b.json")
  }

  @Test(arguments: KeyAlgorithm.allCases) func signsAndVerifies(
    _ algorithm: KeyAlgorithm
  ) throws {
    let (key, other) = (try SigningKey.generate(algorithm), try SigningKey.generate(algorithm))
    let message = try SigstoreBundle(signing: content, with: key)
    let read = try SigstoreBundle.parse(message.jsonBytes, file: "b.json")
    #expect(read == message && read.jsonBytes == message.jsonBytes && read.unverified == [])
    let keys = [other.verificationKey, key.verificationKey]
    #expect(try read.verify(content, by: keys, file: "b.json") == key.verificationKey)
    expectFailure("the signature of a file with another digest") { () throws(SigningError) in
      try read.verify(content + [0], by: keys, file: "b.json")
    }
    expectFailure("by none of the keys that you named; it names \(key.verificationKey.hint)") {
      () throws(SigningError) in
      try read.verify(content, by: [other.verificationKey], file: "b.json")
    }
    expectFailure("\"dsseEnvelope\" is missing") { () throws(SigningError) in
      try read.verifiedPayload(by: keys, payloadType: "t", file: "b.json")
    }
    // The digest is nobody's word: with the right one the signature still has to be good.
    let swapped = String(decoding: message.jsonBytes, as: UTF8.self).replacing(
      Base64.encode(Digest.hashing(content).bytes),
      with: Base64.encode(Digest.hashing("another").bytes))
    expectFailure("not that of the key \(key.keyID)") { () throws(SigningError) in
      try parse(swapped).verify(Array("another".utf8), by: keys, file: "b.json")
    }
    let attested = try SigstoreBundle(attesting: content, payloadType: "t", with: key)
    let again = try SigstoreBundle.parse(attested.jsonBytes, file: "b.json")
    #expect(again == attested)
    #expect(
      try again.verifiedPayload(by: keys, payloadType: "t", file: "b.json").bytes == content)
    expectFailure("its payload type is \"t\", expected is \"u\"") { () throws(SigningError) in
      try again.verifiedPayload(by: keys, payloadType: "u", file: "b.json")
    }
    expectFailure("\"messageSignature\" is missing") { () throws(SigningError) in
      try again.verify(content, by: keys, file: "b.json")
    }
    // Clients want both names of the key to be one.
    guard case .envelope(let envelope) = attested.content else { return }
    #expect(envelope.signatures.map(\.keyID) == [attested.hint])
    #expect(String(decoding: attested.jsonBytes, as: UTF8.self).contains(#""tlogEntries":[]"#))
  }

  private static let type = #""mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#
  private static let message = #""messageSignature":{"signature":"AAAA"}"#
  private static let envelope =
    #""dsseEnvelope":{"payload":"","payloadType":"t","signatures":[{"sig":"AA=="}]}"#

  private func text(_ material: String, _ content: String = message) -> String {
    #"{\#(Self.type),"verificationMaterial":{\#(material)},\#(content)}"#
  }

  @Test func readsWhatOthersWrite() throws {
    for material in [
      #""publicKey":{"hint":"h"}"#, #""publicKey":{}"#, #""publicKey":{"hint":null}"#,
      #""publicKey":{"hint":"h"},"tlogEntries":[],"timestampVerificationData":{}"#,
      #""publicKey":{"hint":"h"},"certificate":null,"tlogEntries":null"#,
    ] {
      #expect(try parse(text(material)).unverified == [])
    }
    _ = try parse(
      text(#""publicKey":{}"#).replacing(
        "bundle.v0.3+json", with: "bundle+json;version=0.3"))
    let logged = try parse(
      text(
        #""publicKey":{},"tlogEntries":[{"logIndex":"1"}],"timestampVerificationData":{"a":[]}"#))
    #expect(logged.unverified == ["1 entries of a transparency log", "time stamps"])
  }

  @Test(arguments: [
    (#""certificate":{"rawBytes":"AA=="}"#, "certificate"),
    (#""publicKey":{"hint":"h"},"certificate":{"rawBytes":"AA=="}"#, "certificate"),
    (#""x509CertificateChain":{"certificates":[]}"#, "x509CertificateChain"),
    (#""publicKey":{"rawBytes":"AA=="}"#, "publicKey.rawBytes"),
    (#""publicKey":{"hint":"h","keyDetails":"PKIX_ED25519"}"#, "publicKey.keyDetails"),
  ])
  func refusesEveryKeyInside(material: String, name: String) {
    expectFailure(
      "it brings a key of its own (\"verificationMaterial.\(name)\"), which says nothing"
    ) { () throws(SigningError) in try parse(text(material)) }
  }

  @Test func refusesWhatIsNoBundle() throws {
    func expectBad(_ words: String, _ text: String) {
      expectFailure(words) { () throws(SigningError) in try parse(text) }
    }
    let key = #""publicKey":{"hint":"h"}"#
    expectBad("\"the bundle\" is not an object", "[]")
    expectBad("its media type is \"\"", "{}")
    expectBad(
      "only sigstore bundles of version 0.3 are known",
      text(key).replacing("v0.3", with: "v0.4"))
    expectBad("\"verificationMaterial\" is missing", "{\(Self.type),\(Self.message)}")
    expectBad("\"verificationMaterial.publicKey\" is missing", text(""))
    expectBad(
      "nothing is known of the member \"the bundle.x\"", text(key, Self.message + #","x":1"#))
    expectBad(
      "nothing is known of the member \"verificationMaterial.x\"", text(key + #","x":1"#))
    expectBad(
      "nothing is known of the member \"messageSignature.x\"",
      text(key, #""messageSignature":{"signature":"AAAA","x":1}"#))
    expectBad(
      "nothing is known of the member \"dsseEnvelope.x\"",
      text(key, Self.envelope.replacing(#"{"payload""#, with: #"{"x":1,"payload""#)))
    expectBad("does not hold one of", text(key, Self.message + "," + Self.envelope))
    expectBad("does not hold one of", text(key, #""dsseEnvelope":null"#))
    expectBad(
      "it holds 2 signatures, at most 1",
      text(
        key, Self.envelope.replacing(#"{"sig":"AA=="}"#, with: #"{"sig":"AA=="},{"sig":"AA=="}"#)))
    expectBad("key \"hint\" is given twice", text(#""publicKey":{"hint":"a","hint":"b"}"#))
    expectBad(
      "\"messageSignature.signature\" is not base64",
      text(key, #""messageSignature":{"signature":"AAA"}"#))
    expectBad("is missing, or too long", text(key, #""messageSignature":{}"#))
    expectBad(
      "algorithm\" is not SHA2_256",
      text(
        key,
        #""messageSignature":{"signature":"AAAA","messageDigest":{"algorithm":"SHA1","digest":"AA=="}}"#
      ))
    expectBad(
      "digest\" is not 32 bytes",
      text(
        key,
        #""messageSignature":{"signature":"AAAA","messageDigest":{"algorithm":"SHA2_256","digest":"AA=="}}"#
      ))
    expectBad("tlogEntries\" is not an array", text(key + #","tlogEntries":{}"#))
  }
}
