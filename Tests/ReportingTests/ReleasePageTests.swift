import Attesting
import Failing
import Hashing
import Linux
import Reading
import Reporting
import Signing
import Testing

/// RELEASE.md and policy.toml, of the statements that the tests of Attesting keep.
@Suite struct ReleasePageTests {
  private static func claims(_ name: String) throws -> Claims {
    let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let bytes = try FileSystem.read("\(tests)/AttestingTests/Golden/\(name).json")
    let text = String(decoding: bytes, as: UTF8.self)
      .replacing("\"PLAN\"", with: "\"\(Digest.hashing("plan"))\"")
    return try Claims(Statement(parsing: Array(text.utf8)))
  }

  private static func page(
    _ key: SigningKey, words: String = "identical: 1 artifact\n", isAuditable: Bool = true
  ) throws -> ReleasePage {
    guard case .provenance(let provenance) = try claims("provenance"),
      case .reproducibility(let reproducibility) = try claims("reproducibility")
    else { throw Missing() }
    var extras = ReleasePage.Extras()
    extras.hasSSH = true
    extras.openPGPKey = "0123456789ABCDEF0123456789ABCDEF01234567"
    return ReleasePage(
      tag: "v1", toolVersion: "1.0",
      artifacts: [
        .init(name: "app", size: 7, digest: Digest.hashing("x"), isAuditable: isAuditable),
        .init(name: "b/lib.so", size: 8, digest: Digest.hashing("y"), isAuditable: false),
      ], provenance: provenance, reproducibility: reproducibility, words: words,
      key: key.verificationKey, minisignKey: MinisignPublicKey(of: key),
      kit: Digest.hashing("kit"), extras: extras)
  }

  private struct Missing: Error {}

  @Test(arguments: KeyAlgorithm.allCases) func itsCommandsAreWellFormed(_ algorithm: KeyAlgorithm)
    throws
  {
    let key = try SigningKey.generate(algorithm)
    let page = try Self.page(key)
    #expect(page.text == (try Self.page(key).text))
    #expect(page.text.contains("| `b/lib.so` | 8 | `\(Digest.hashing("y").hex)` |"))
    #expect(page.text.contains(key.keyID))
    #expect(page.text.contains("minisign -V") == (algorithm == .ed25519))
    #expect(page.text.contains("openssl dgst -sha256 -verify") == (algorithm == .p256))
    #expect(try Self.page(key, isAuditable: false).text.contains(".dep-v0") == false)
    let blocks = page.text.split(separator: "```bash\n").dropFirst()
    #expect(blocks.count == 11)
    for block in blocks {
      let end = try #require(block.firstRange(of: "```\n"))
      let result = try Command(
        ["bash", "-n"], input: Array(String(block[..<end.lowerBound]).utf8), timeout: 60
      ).run()
      #expect(result.status == 0, "\(result.errorText)\(block)")
    }
  }

  @Test func itsPolicyIsWhatTheStatementsSay() throws {
    let key = try SigningKey.generate(.ed25519)
    let page = try Self.page(key)
    let policy = try VerificationPolicy(parsing: Array(page.policy.utf8), file: "policy.toml")
    guard case .provenance(let provenance) = try Self.claims("provenance") else { throw Missing() }
    #expect(policy.source.commit == provenance.commit && policy.source.tree == provenance.tree)
    #expect(policy.source.uri == provenance.sourceURI)
    #expect(policy.builders == [provenance.builder])
    #expect(policy.reproducibility.verdicts == [page.reproducibility.verdict])
    #expect(policy.reproducibility.variations == page.reproducibility.variations)
    #expect(policy.keys.map(\.fingerprint) == [key.verificationKey.fingerprint])
    #expect(policy.summary?.resource == "urn:cupel:release:v1")
  }

  /// What a build said stands there as text, whatever it looks like.
  @Test func wordsAreNoCommands() throws {
    let key = try SigningKey.generate(.ed25519)
    let page = try Self.page(
      key, words: "identical\n```bash\nrm -r x\n```\n\u{1B}[31m# Whose key\n")
    for line in page.text.split(separator: "\n") {
      #expect(!line.utf8.contains(0x1B))
      if line.contains("rm -r x") { #expect(line == "    rm -r x") }
    }
    #expect(page.text.contains("\n    ```bash\n"))
  }

  @Test func knowsURIsThatMeanNothingElse() {
    for uri in ["git+https://example.org/app?x=1#y", "urn:cupel:builder/unnamed"] {
      #expect(ReleasePage.isPlainURI(uri))
    }
    for uri in ["", "a:\"b", "a:'b", "a:$(b)", "a:`b`", "a:b c", "a:b\n", "a:\\b", "a:<b>", "a:é"] {
      #expect(!ReleasePage.isPlainURI(uri), "\(uri)")
    }
  }
}
