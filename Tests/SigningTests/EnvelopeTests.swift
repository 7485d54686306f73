import Failing
import Linux
import Reading
import Testing

@testable import Signing

/// Envelopes, good ones and bad ones.
@Suite struct EnvelopeTests {
  private static let type = Envelope.inTotoPayloadType
  private let payload = Array(#"{"_type":"https://in-toto.io/Statement/v1","x":"ÿ?>"}"#.utf8)

  private func parse(_ text: String) throws(SigningError) -> Envelope {
    try Envelope.parse(Array(text.utf8), file: "e.json")
  }

  @Test(arguments: KeyAlgorithm.allCases) func survivesWritingAndReading(
    _ algorithm: KeyAlgorithm
  ) throws {
    let keys = [try SigningKey.generate(algorithm), try SigningKey.generate(.ed25519)]
    let envelope = try Envelope(signing: payload, payloadType: Self.type, with: keys)
    let read = try Envelope.parse(envelope.jsonBytes, file: "e.json")
    #expect(read == envelope && read.jsonBytes == envelope.jsonBytes)
    #expect(!envelope.jsonBytes.contains(UInt8(ascii: "\n")))
    for threshold in 1...2 {
      let verified = try read.verified(
        by: keys.map(\.verificationKey), threshold: threshold, payloadType: Self.type,
        file: "e.json")
      #expect(verified.bytes == payload && verified.payloadType == Self.type)
      #expect(verified.signers == keys.map(\.verificationKey))
    }
    #expect(envelope.signatures.map(\.keyID) == keys.map(\.keyID))
  }

  @Test func ed25519GivesTheSameBytesEachTime() throws {
    let key = try SigningKey.generate(.ed25519)
    let made = try (0..<2).map { _ in
      try Envelope(signing: payload, payloadType: Self.type, with: [key]).jsonBytes
    }
    #expect(made[0] == made[1])
  }

  @Test func countsEachKeyOnce() throws {
    let (one, two, three) = (
      try SigningKey.generate(.p256), try SigningKey.generate(.ed25519),
      try SigningKey.generate(.ed25519)
    )
    func verify(
      _ signers: [SigningKey], by keys: [SigningKey], _ threshold: Int
    ) throws(SigningError) -> VerifiedPayload {
      try Envelope(signing: payload, payloadType: Self.type, with: signers).verified(
        by: keys.map(\.verificationKey), threshold: threshold, payloadType: Self.type,
        file: "e.json")
    }
    #expect(try verify([one, two], by: [one, two, three], 2).signers.count == 2)
    #expect(try verify([three, one, two], by: [two, one], 2).signers.count == 2)
    // ECDSA gives another signature each time; it is the same key.
    expectFailure(
      "2 of the keys must have signed it, 1 has (\(one.keyID)); 2 more by the same keys, each of which"
    ) { () throws(SigningError) in try verify([one, one, one], by: [one, two], 2) }
    expectFailure("1 has (\(one.keyID)); 1 by none of them") { () throws(SigningError) in
      try verify([one, three], by: [one, two], 2)
    }
    // Naming a key twice does not make it two.
    expectFailure("2 are required, 1 different ones are named", exit: .usage) {
      () throws(SigningError) in try verify([one, one], by: [one, one], 2)
    }
    for threshold in [0, -1, 3] {
      expectFailure("are required", exit: .usage) { () throws(SigningError) in
        try verify([one, two], by: [one, two], threshold)
      }
    }
    expectFailure("0 different ones are named", exit: .usage) { () throws(SigningError) in
      try verify([one], by: [], 1)
    }
    expectFailure("by none of the keys that you named; it names \(three.keyID)") {
      () throws(SigningError) in try verify([three], by: [one, two], 1)
    }
  }

  /// The name of a key is nobody's word: a wrong one changes nothing, a right one gains nothing.
  @Test func believesNoKeyID() throws {
    let (key, other) = (try SigningKey.generate(.ed25519), try SigningKey.generate(.ed25519))
    let signature = try Envelope(signing: payload, payloadType: Self.type, with: [key])
      .signatures[0].bytes
    func verify(_ keyID: String?, by trusted: SigningKey) throws(SigningError) -> VerifiedPayload {
      try Envelope(
        payloadType: Self.type, payload: payload,
        signatures: [.init(keyID: keyID, bytes: signature)]
      ).verified(by: [trusted.verificationKey], payloadType: Self.type, file: "e.json")
    }
    for name in [nil, "", other.keyID, "alice"] { _ = try verify(name, by: key) }
    expectFailure("not that of the key \(other.keyID) which it names") {
      () throws(SigningError) in try verify(other.keyID, by: other)
    }
  }

  @Test func refusesAnotherPayloadOrType() throws {
    let key = try SigningKey.generate(.ed25519)
    let good = try Envelope(signing: payload, payloadType: Self.type, with: [key])
    func verify(
      _ type: String, _ payload: [UInt8], expecting: String = Self.type
    ) throws(SigningError) -> VerifiedPayload {
      try Envelope(payloadType: type, payload: payload, signatures: good.signatures).verified(
        by: [key.verificationKey], payloadType: expecting, file: "e.json")
    }
    expectFailure("not that of the key \(key.keyID) which it names: it, or what was signed") {
      () throws(SigningError) in try verify(Self.type, payload + [0])
    }
    expectFailure("not that of the key") { () throws(SigningError) in
      try verify("text/plain", payload, expecting: "text/plain")
    }
    expectFailure("its payload type is \"\(Self.type)\", expected is \"text/plain\"") {
      () throws(SigningError) in try verify(Self.type, payload, expecting: "text/plain")
    }
    // Nothing can slide over the border between type and body.
    expectFailure("not that of the key") { () throws(SigningError) in
      try verify(Self.type + " ", Array(payload.dropFirst()), expecting: Self.type + " ")
    }
  }

  /// The specification allows both alphabets of base64; nothing else is.
  @Test func readsBothAlphabetsOfBase64AndNoOthers() throws {
    let key = try SigningKey.generate(.ed25519)
    let body: [UInt8] = [0xFB, 0xFF, 0xFE, 0x3E]
    let envelope = try Envelope(signing: body, payloadType: "t", with: [key])
    let standard = String(decoding: envelope.jsonBytes, as: UTF8.self)
    let sig = Base64.encode(envelope.signatures[0].bytes)
    func text(_ payload: String, _ sig: String) -> String {
      #"{"payloadType":"t","payload":"\#(payload)","signatures":[{"sig":"\#(sig)"}]}"#
    }
    #expect(standard.contains("+//+Pg=="))
    let forURLs = sig.replacing("+", with: "-").replacing("/", with: "_")
    for variant in [text("+//+Pg==", sig), text("-__-Pg==", forURLs), text("-__-Pg==", sig)] {
      let read = try parse(variant)
      #expect(
        try read.verified(by: [key.verificationKey], payloadType: "t", file: "e").bytes == body)
    }
    for wrong in ["+__+Pg==", "+//+Pg", "+//+Pg=", "+//+Ph==", "+//+Pg==\\n", " +//+Pg==", "+//+P"]
    {
      expectFailure("\"payload\" is not base64") { () throws(SigningError) in
        try parse(text(wrong, sig))
      }
    }
    expectFailure("\"signatures[0].sig\" is not base64") { () throws(SigningError) in
      try parse(text("", String(sig.dropLast(2))))
    }
  }

  @Test func refusesWhatIsNoEnvelope() throws {
    func expectBad(_ words: String, _ text: String) {
      expectFailure(words) { () throws(SigningError) in try parse(text) }
    }
    let sig = #"{"sig":"AA=="}"#
    expectBad("expected a value", "")
    expectBad("\"the envelope\" is not an object", "[]")
    expectBad("\"payloadType\" is missing", #"{"payload":"","signatures":[\#(sig)]}"#)
    expectBad("\"payload\" is missing", #"{"payloadType":"t","signatures":[\#(sig)]}"#)
    expectBad(
      "\"payload\" is not a string", #"{"payloadType":"t","payload":7,"signatures":[\#(sig)]}"#)
    expectBad(
      "\"payloadType\" is empty", #"{"payloadType":"","payload":"","signatures":[\#(sig)]}"#)
    expectBad("\"signatures\" is not an array", #"{"payloadType":"t","payload":""}"#)
    expectBad("holds no signature", #"{"payloadType":"t","payload":"","signatures":[]}"#)
    expectBad(
      "\"signatures[1].sig\" is missing",
      #"{"payloadType":"t","payload":"","signatures":[\#(sig),{"keyid":"a"}]}"#)
    expectBad(
      "\"signatures[0]\" is not an object", #"{"payloadType":"t","payload":"","signatures":["A"]}"#)
    expectBad(
      "\"signatures[0].keyid\" is not a string",
      #"{"payloadType":"t","payload":"","signatures":[{"sig":"AA==","keyid":1}]}"#)
    expectBad(
      "\"signatures[0].sig\" is empty",
      #"{"payloadType":"t","payload":"","signatures":[{"sig":""}]}"#)
    // Two readers could take two payloads from these.
    expectBad(
      "key \"payload\" is given twice",
      #"{"payloadType":"t","payload":"AA==","payload":"AQ==","signatures":[\#(sig)]}"#)
    expectBad(
      "key \"payload\" is given twice",
      #"{"payloadType":"t","payload":"AA==","p\u0061yload":"AQ==","signatures":[\#(sig)]}"#)
    expectBad(
      "key \"sig\" is given twice",
      #"{"payloadType":"t","payload":"","signatures":[{"sig":"AA==","sig":"AQ=="}]}"#)
    expectBad(
      "follows the value", #"{"payloadType":"t","payload":"","signatures":[\#(sig)]}{}"#)
    expectFailure("not valid UTF-8") { () throws(SigningError) in
      try Envelope.parse(
        Array(#"{"payloadType":""#.utf8) + [0xFF] + Array(#"","payload":""}"#.utf8), file: "e")
    }
    expectFailure("follows the value") { () throws(SigningError) in
      try Envelope.parse(Array("{}".utf8) + [0], file: "e")
    }
    expectBad("expected a value", "\u{FEFF}{}")
  }

  @Test func refusesWhatIsTooMuch() throws {
    func expectBad(_ words: String, _ text: String) {
      expectFailure(words) { () throws(SigningError) in try parse(text) }
    }
    let deep = String(repeating: "[", count: 100_000)
    expectBad("nested deeper than 128 levels", deep)
    expectBad("nested deeper than 128 levels", #"{"payloadType":"t","x":"# + deep)
    let many = Array(repeating: #"{"sig":"AA=="}"#, count: 65).joined(separator: ",")
    expectBad(
      "it holds 65 signatures, at most 64",
      #"{"payloadType":"t","payload":"","signatures":[\#(many)]}"#)
    let long = String(repeating: "A", count: 2000)
    expectBad(
      "\"payloadType\" has more than 1024 bytes",
      #"{"payloadType":"\#(long)","payload":"","signatures":[]}"#)
    expectBad(
      "\"signatures[0].sig\" has more than 1024 bytes",
      #"{"payloadType":"t","payload":"","signatures":[{"sig":"\#(long)"}]}"#)
    expectBad(
      "\"signatures[0].keyid\" has more than 1024 bytes",
      #"{"payloadType":"t","payload":"","signatures":[{"sig":"AA==","keyid":"\#(long)"}]}"#)
    expectFailure("it has more than \(64 << 20) bytes") { () throws(SigningError) in
      try Envelope.parse([UInt8](repeating: 0x20, count: 64 << 20 + 1), file: "e")
    }
  }

  /// Readers must not mind what they do not know; they may say so.
  @Test func namesMembersThatNothingIsKnownOf() throws {
    let read = try parse(
      #"{"payloadType":"t","a":[],"payload":"","signatures":[{"sig":"AA==","cert":"x"}]}"#)
    #expect(read.unknownMembers == ["a", "signatures[0].cert"])
    #expect(!String(decoding: read.jsonBytes, as: UTF8.self).contains("cert"))
  }
}
