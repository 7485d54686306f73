import Hashing
import Testing

@Suite struct DigestTests {
  /// FIPS 180-4 examples and the digest of nothing.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownAnswers(text: String, hex: String) {
    #expect(Digest.hashing(text).hex == hex)
  }

  @Test func streamingEqualsOneShot() {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var hasher = Hasher()
    for start in stride(from: 0, to: bytes.count, by: 777) {
      hasher.update(Array(bytes[start..<min(start + 777, bytes.count)]))
    }
    #expect(hasher.finish() == Digest.hashing(bytes))
  }

  @Test func parsesOnlyWhatItPrints() throws {
    let digest = Digest.hashing("abc")
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(prefixed: digest.description) == digest)
    #expect(Digest(hex: digest.hex.uppercased()) == nil)
    #expect(Digest(hex: String(digest.hex.dropLast())) == nil)
    #expect(Digest(prefixed: digest.hex) == nil)
    #expect(Digest(hex: "é" + digest.hex.dropFirst(2)) == nil)
  }
}

@Suite struct MessageDigestTests {
  /// FIPS 180-4 examples and the digest of nothing.
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
  ])
  func knownAnswersOfSHA1(text: String, hex: String) {
    var digest = MessageDigest(.sha1)
    digest.update(Array(text.utf8))
    #expect(hexadecimal(digest.finish()) == hex)
  }
}
