import Failing
import Hashing
import Reading
import Testing

/// SHA256SUMS of a release.
@Suite struct ChecksumsTests {
  private static let digest = Digest.hashing("x")
  private static let good = "\(digest.hex)  a\n\(digest.hex)  b/c-1.0+x@y,z=1\n"

  @Test func isReadAsItIsWritten() throws {
    let sums = Checksums([
      .init(name: "b/c-1.0+x@y,z=1", digest: Self.digest), .init(name: "a", digest: Self.digest),
    ])
    #expect(sums.bytes == Array(Self.good.utf8))
    #expect(try Checksums(parsing: sums.bytes, file: "SHA256SUMS") == sums)
  }

  @Test(arguments: [
    ("", "no lines"), ("\(digest.hex)  a", "last one has no end"),
    ("\(digest.hex) *a\n", "1:1"), ("\(digest.hex) a\n", "1:1"),
    ("\(digest.hex.uppercased())  a\n", "1:1"), ("\(digest.hex.dropLast())  a\n", "1:1"),
    ("\\\(digest.hex)  a\n", "1:1"), ("\(digest.hex)  a\r\n", "SHA256SUMS"),
    ("\(digest.hex)  ../a\n", "1:1"), ("\(digest.hex)  /a\n", "1:1"),
    ("\(digest.hex)  a//b\n", "1:1"), ("\(digest.hex)  a b\n", "1:1"),
    ("\(digest.hex)  $(x)\n", "1:1"), ("\(digest.hex)  \n", "1:1"),
    ("\(digest.hex)  \u{301}a\n", "SHA256SUMS"), ("\n\(digest.hex)  a\n", "1:1"),
    ("\(good)\(digest.hex)  a\n", "3:1"),
    ("\(digest.hex)  a\n\(digest.hex)  a\n", "a is listed twice"),
  ]) func refuses(_ text: String, _ words: String) throws {
    let error = #expect(throws: ReadingError.self) {
      try Checksums(parsing: Array(text.utf8), file: "SHA256SUMS")
    }
    #expect(error?.exitCode == .inputRejected)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func refusesWhatIsNoText() {
    #expect(throws: ReadingError.self) { try Checksums(parsing: [0xff, 0x0a], file: "SHA256SUMS") }
  }

  @Test func knowsNamesThatReadTheSameEverywhere() {
    for name in ["rg", "v1.2.3", "a/b", "x86_64-unknown-linux-gnu/rg"] {
      #expect(Checksums.isPlain(name), "\(name)")
    }
    for name in [
      "", ".", "..", "-rf", "a/-b", ".hidden", "@a", "a/@b", "a/../b", "/a", "a/", "a b", "a`b",
      "a'b", "a\"b",
      "$a", "a;b", "a|b", "a\nb", "a\\b", "é", String(repeating: "a", count: 1025),
    ] {
      #expect(!Checksums.isPlain(name), "\(name)")
    }
  }
}
