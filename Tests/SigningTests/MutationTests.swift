import Failing
import Linux
import Reading
import Testing

@testable import Signing

/// One change of good material at a time: nothing but the same content is ever accepted.
@Suite struct MutationTests {
  private static let type = Envelope.inTotoPayloadType
  private let payload = Array(#"{"_type":"https://in-toto.io/Statement/v1","subject":[]}"#.utf8)

  /// Every byte of a file, changed in a few ways, left out, doubled, and the file cut behind it.
  private func mutations(of bytes: [UInt8]) -> [[UInt8]] {
    var made: [[UInt8]] = []
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x20, 0x80] {
        var changed = bytes
        changed[index] ^= mask
        made.append(changed)
      }
      var shorter = bytes
      shorter.remove(at: index)
      made.append(shorter)
      var longer = bytes
      longer.insert(bytes[index], at: index)
      made.append(longer)
      made.append(Array(bytes[..<index]))
    }
    return made
  }

  /// Counts what is accepted with other content than was signed.
  private func expectNone(
    _ bytes: [UInt8], atLeast count: Int, isForged: ([UInt8]) throws(SigningError) -> Bool
  ) {
    let made = mutations(of: bytes)
    #expect(made.count >= count)
    for changed in made {
      do throws(SigningError) {
        #expect(try !isForged(changed), "\(String(decoding: changed, as: UTF8.self))")
      } catch {
        #expect(!error.message.isEmpty && !error.chain.contains("\n"))
      }
    }
  }

  @Test(arguments: KeyAlgorithm.allCases) func ofEnvelopes(_ algorithm: KeyAlgorithm) throws {
    let keys = [try SigningKey.generate(algorithm), try SigningKey.generate(.ed25519)]
    let trusted = keys.map(\.verificationKey)
    let good = try Envelope(signing: payload, payloadType: Self.type, with: keys)
    var accepted = 0
    expectNone(good.jsonBytes, atLeast: 1000) { (changed) throws(SigningError) in
      let verified = try Envelope.parse(changed, file: "e").verified(
        by: trusted, threshold: 2, payloadType: Self.type, file: "e")
      accepted += 1
      return verified.bytes != payload || verified.payloadType != Self.type
        || Set(verified.signers) != Set(trusted)
    }
    // What is accepted is a change in the names of the keys, or of the member of them: 6 in each digit
    // but the cuts, at most.
    #expect(accepted <= 2 * (64 + 5) * 5)
  }

  @Test func ofBundles() throws {
    let key = try SigningKey.generate(.p256)
    for bundle in [
      try SigstoreBundle(signing: payload, with: key),
      try SigstoreBundle(attesting: payload, payloadType: Self.type, with: key),
    ] {
      expectNone(bundle.jsonBytes, atLeast: 1000) { (changed) throws(SigningError) in
        let read = try SigstoreBundle.parse(changed, file: "b")
        switch read.content {
        case .message:
          try read.verify(payload, by: [key.verificationKey], file: "b")
          return false
        case .envelope:
          return try read.verifiedPayload(
            by: [key.verificationKey], payloadType: Self.type, file: "b"
          ).bytes != payload
        }
      }
      // And the other way: a signature is of nothing but its file.
      for changed in mutations(of: payload) where changed != payload {
        if case .envelope = bundle.content { continue }
        expectFailure("another digest") { () throws(SigningError) in
          try bundle.verify(changed, by: [key.verificationKey], file: "b")
        }
      }
    }
  }

  @Test func ofMinisignSignatures() throws {
    let key = try MinisignSecretKey.generate()
    let comment = "timestamp:1\tfile:x"
    let good = try MinisignSignature(signing: payload, with: key.key, trustedComment: comment)
    expectNone(good.fileBytes, atLeast: 1000) { (changed) throws(SigningError) in
      let read = try MinisignSignature(parsing: changed, file: "m")
      try read.verify(payload, by: [key.publicKey], file: "m")
      return read.trustedComment != comment
    }
  }

  @Test(arguments: KeyAlgorithm.allCases) func ofRawSignatures(_ algorithm: KeyAlgorithm) throws {
    let key = try SigningKey.generate(algorithm)
    let good = try key.sign(payload)
    for changed in mutations(of: good) where changed != good {
      expectFailure("it is no signature of this file by a key that you named") {
        () throws(SigningError) in
        try RawSignature.verify(
          changed, of: payload, by: [key.verificationKey], file: "s")
      }
    }
  }

  @Test func ofPublicKeys() throws {
    for bytes in [
      try SigningKey.generate(.p256).verificationKey.pem,
      try SigningKey.generate(.ed25519).verificationKey.pem,
      try MinisignSecretKey.generate().publicKey.fileBytes,
    ] {
      let good = try VerificationKey(bytes, file: "k")
      for changed in mutations(of: bytes) {
        // One that is read is another key, or it was a comment or an end of a line.
        guard let key = try? VerificationKey(changed, file: "k") else { continue }
        if key != good { #expect(key.keyID != good.keyID) }
      }
    }
  }
}
