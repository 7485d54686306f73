import Failing
import Hashing
import Reading
import Testing

@testable import Signing

/// What specifications say, to the byte.
@Suite struct KnownAnswerTests {
  /// DSSE, protocol.md, "Test Vectors".
  @Test func dsse() throws {
    let type = "http://example.com/HelloWorld"
    let encoding = Envelope.preAuthenticationEncoding(type, Array("hello world".utf8))
    #expect(encoding == Array("DSSEv1 29 http://example.com/HelloWorld 11 hello world".utf8))
    #expect(Envelope.preAuthenticationEncoding("", []) == Array("DSSEv1 0  0 ".utf8))
    // Lengths are in bytes of UTF-8.
    #expect(
      Envelope.preAuthenticationEncoding("é", Array("ü".utf8)) == Array("DSSEv1 2 é 2 ü".utf8))
    let point = bytes(
      """
      67cd390f77aa359cb08c2235f652270493a9ed832b0abcc01f70954c0390d238
      0c782bd54e269125a44f4433aff1432ce94e12bca73aa67ac80cea12608ddf74
      """)
    let key = try #require(VerificationKey(der: KeyAlgorithm.p256.publicKeyHead + point))
    let raw = try #require(
      Base64.decode(
        "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
          .utf8))
    let signature = try #require(ECDSASignature.der(ofRaw: raw))
    #expect(key.verify(signature, of: encoding))
    // The vector has the two numbers as they are; that is not what envelopes hold.
    #expect(!key.verify(raw, of: encoding))
    let envelope = Envelope(
      payloadType: type, payload: Array("hello world".utf8),
      signatures: [.init(keyID: nil, bytes: signature)])
    let verified = try envelope.verified(by: [key], payloadType: type, file: "vector")
    #expect(verified.bytes == Array("hello world".utf8) && verified.signers == [key])
  }

  /// RFC 8032, 7.1.
  @Test(arguments: [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
        + "6bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d"
        + "8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6"
        + "594a7c15e9716ed28dc027beceea1ec40a"
    ),
  ])
  func ed25519(seed: String, publicKey: String, message: String, signature: String) throws {
    let own = try #require(PrivateKey(ed25519: bytes(seed)))
    let key = try SigningKey(own, file: "vector")
    #expect(key.verificationKey.rawEd25519 == bytes(publicKey))
    #expect(try key.sign(bytes(message)) == bytes(signature))
    #expect(!key.verificationKey.verify(bytes(signature), of: bytes(message) + [0]))
    // RFC 8032, 5.1.7: a number that is not reduced is refused, else there would be two signatures.
    let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    var raised = bytes(signature)
    var carry = 0
    for index in 0..<32 {
      let sum = Int(raised[32 + index]) + Int(order[index]) + carry
      raised[32 + index] = UInt8(sum & 255)
      carry = sum >> 8
    }
    #expect(!key.verificationKey.verify(raised, of: bytes(message)))
  }

  /// RFC 7693, appendix A, and other lengths by b2sum(1).
  @Test func blake2b() throws {
    let abc = bytes(
      """
      ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1
      7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923
      """)
    #expect(BLAKE2b.hash(Array("abc".utf8), length: 64) == abc)
    let workshop = try Workshop()
    for size in [0, 1, 74, 127, 128, 129, 256, 1000] {
      let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      for length in [1, 20, 32, 64] {
        let line = try workshop.shell("b2sum -l \(8 * length)", input: message)
        let expected = bytes(String(decoding: line.prefix { $0 != 0x20 }, as: UTF8.self))
        #expect(BLAKE2b.hash(message, length: length) == expected)
      }
      var digest = MessageDigest(.blake2b512)
      digest.update(message)
      #expect(digest.finish() == BLAKE2b.hash(message, length: 64))
    }
  }

  /// RFC 4648, 10; and each way of writing the same bytes otherwise.
  @Test func base64() {
    let vectors = [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]
    for (text, encoded) in vectors {
      #expect(Base64.encode(Array(text.utf8)) == encoded)
      #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
    }
    for wrong in [
      "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm8=\n", "Zm 8", "Zg==Zg==", "Zm8",
      "=Zm8", "Zm=8", "Zm9vZ", "Zé==",
    ] {
      #expect(Base64.decodeEither(wrong.utf8) == nil, "\(wrong)")
    }
    #expect(Base64.encode([0xFB, 0xFF, 0xFE]) == "+//+")
    #expect(Base64.decode("-__-".utf8) == nil)
    #expect(Base64.decodeEither("-__-".utf8) == [0xFB, 0xFF, 0xFE])
    #expect(Base64.decodeEither("+__+".utf8) == nil)
  }

  /// The examples of minisign-verify, by minisign's author, made by minisign itself.
  @Test(arguments: [
    (
      "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbX"
        + "xwA=", "timestamp:1555779966\tfile:test",
      "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==",
      false
    ),
    (
      "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLz"
        + "Zwo=", "timestamp:1556193335\tfile:test",
      "y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==",
      true
    ),
  ])
  func minisign(signature: String, comment: String, global: String, isPrehashed: Bool) throws {
    let key = try MinisignPublicKey(
      Array(
        "untrusted comment: a\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n".utf8),
      file: "minisign.pub")
    let file = """
      untrusted comment: signature from minisign secret key
      \(signature)
      trusted comment: \(comment)
      \(global)
      """
    let parsed = try MinisignSignature(parsing: Array(file.utf8), file: "test.minisig")
    #expect(parsed.isPrehashed == isPrehashed)
    #expect(try parsed.verify(Array("test".utf8), by: [key], file: "test") == key)
    #expect(parsed.trustedComment == comment)
    #expect(parsed.fileBytes == Array((file + "\n").utf8))
    expectFailure("the signature is of another file, or the file was changed") {
      () throws(SigningError) in
      try parsed.verify(Array("Test".utf8), by: [key], file: "test")
    }
  }

  /// What securesystemslib 1.6.0's `SSlibKey.from_crypto` names two keys that openssl made.
  @Test(arguments: [
    (
      "MCowBQYDK2VwAyEAb6z18iZHz21x5VsoAYFAz71WEurtjZQjtRkQHCMbiU4=",
      "1f7cb329b5f380e849621f9e3f273b3a4089ea0977c3ea8fc396ce0b7bbb6bf2"
    ),
    (
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEocVEJ2ZG0EIBnkQUZyMtsDlXlUZp\n"
        + "Wjaypsq0Yg+qIPV/VjI83CWKw3PA1e7U4qk7WXrtkjCGKLJsppn086NXXA==",
      "80e09827e34b54015ac5cdda995bc9631e5e6c92d1ff553dd29f14775e78b3e2"
    ),
  ]) func inTotoNamesKeys(_ base64: String, _ name: String) throws {
    let pem = "-----BEGIN PUBLIC KEY-----\n\(base64)\n-----END PUBLIC KEY-----\n"
    #expect(try VerificationKey(Array(pem.utf8), file: "k").inTotoKeyID == name)
  }
}
