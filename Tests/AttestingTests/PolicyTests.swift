import Attesting
import Failing
import Hashing
import Linux
import Reading
import Signing
import Testing

/// What a policy asks of valid material.
@Suite struct PolicyTests {
  /// Holds for the material of `Scene`.
  static let holds = """
    [source]
    uri = "git+https://example.org/app"
    commit = "685f4048dfe2029c2522295a97c86612cc003d5b"
    git-tree = "4444444444444444444444444444444444444444"
    tree = "sha256:aeb18b889b326617b7adffe6a70a8dd3221202cb9bb3ef83b16a5dc0662fbbf1"
    level = "vendored"

    [builder]
    ids = ["https://example.org/builders/1"]

    [toolchain]
    trust = ["signed", "apt-signed"]

    [reproducibility]
    verdicts = ["identical"]
    variations = ["hostname", "readdir"]
    denials = 7
    """

  @Test func materialThatIsExpectedPasses() throws {
    let scene = try Scene()
    let policy = Self.holds.replacing("\"vendored\"", with: "\"vendored\"")
    let codes = try scene.codes(scene.materials(), policy: policy)
    #expect(codes == ["source-level"])
    #expect(
      try scene.verify(
        scene.materials(), policy: policy.replacing("level = \"vendored\"\n", with: "")
      ).isPassed)
  }

  @Test(arguments: [
    (
      "uri = \"git+https://example.org/app\"", "uri = \"git+https://example.net/app\"", "source-uri"
    ),
    ("685f", "785f", "source-commit"),
    ("git-tree = \"4", "git-tree = \"5", "source-tree"),
    ("sha256:aeb1", "sha256:beb1", "source-tree"),
    ("builders/1", "builders/2", "builder"),
    ("\"signed\", \"apt-signed\"", "\"signed\"", "toolchain-trust"),
    ("\"identical\"", "\"identical-latent\"", "verdict"),
    ("\"readdir\"", "\"paths\"", "variations"),
    ("denials = 7", "denials = 6", "denials"),
  ])
  func eachExpectationIsChecked(_ holds: String, _ differs: String, _ code: String) throws {
    let scene = try Scene()
    let policy = Self.holds.replacing("level = \"vendored\"\n", with: "")
    try #require(policy.contains(holds))
    let verification = try scene.verify(
      scene.materials(), policy: policy.replacing(holds, with: differs))
    #expect(verification.objections.map(\.code.rawValue) == [code])
    #expect(verification.worst?.exitCode == .policyRefused)
  }

  @Test func whatNothingAsksForIsSaidToBeNotAsked() throws {
    let scene = try Scene()
    let verification = try scene.verify(scene.materials())
    #expect(verification.isPassed)
    let unasked = verification.checks.filter { $0.answer == .notAsked }.map(\.question)
    #expect(
      Set(unasked) == [
        .key, .builder, .sourceURI, .sourceCommit, .sourceTree, .sourceLevel, .toolchain,
        .reproducibility, .verdict, .variations, .denials, .dependencyList, .sbom, .rebuild,
      ])
    #expect(verification.levels == ["SLSA_BUILD_LEVEL_UNEVALUATED"])
  }

  @Test func aPolicyForReproducibilityNeedsTheStatement() throws {
    let scene = try Scene()
    let provenance = [try scene.materials()[0]]
    #expect(
      try scene.codes(provenance, policy: "[reproducibility]\nverdicts = [\"identical\"]\n")
        == ["no-reproducibility"])
    #expect(try scene.codes([scene.materials()[1]]) == ["no-provenance", "statements-disagree"])
  }

  @Test func unknownDenialsAreNotNone() throws {
    let scene = try Scene()
    try scene.write(record: { $0.set(["legs", "1", "denialsReported"], false) })
    #expect(
      try scene.codes(scene.materials(), policy: "[reproducibility]\ndenials = 100\n")
        == ["denials-unknown"])
  }

  @Test func aDirtyTreeIsNoCommit() throws {
    let scene = try Scene()
    try scene.write(plan: { $0.set(["inputs", "source", "dirty"], true) })
    let policy = "[source]\ncommit = \"685f4048dfe2029c2522295a97c86612cc003d5b\"\n"
    #expect(try scene.codes(scene.materials(), policy: policy) == ["source-commit"])
  }

  // MARK: Keys

  private static func key(_ key: SigningKey, _ more: String) -> String {
    "[[key]]\nfingerprint = \"\(key.verificationKey.fingerprint)\"\n\(more)\n"
  }

  @Test func keysCanExpireAndBeRevoked() throws {
    let scene = try Scene()
    let materials = [try scene.materials()[0]]
    let key = scene.key
    func codes(_ more: String) throws -> [String] {
      try scene.codes(materials, policy: Self.key(key, more))
    }
    #expect(try codes("") == [])
    #expect(try codes("revoked = true") == ["key-revoked"])
    #expect(try codes("not-after = \"2027-01-15T08:00:00Z\"") == [])
    #expect(try codes("not-after = \"2027-01-15T07:59:59Z\"") == ["key-expired"])
    #expect(try codes("not-before = \"2027-01-15T08:00:00Z\"") == [])
    #expect(try codes("not-before = \"2027-01-15T08:00:01Z\"") == ["key-not-yet-valid"])
    #expect(try codes("builders = [\"https://example.org/builders/1\"]") == [])
    #expect(try codes("builders = [\"https://example.org/builders/2\"]") == ["builder-not-of-key"])
    #expect(
      try scene.codes(materials, policy: Self.key(scene.other, "")) == ["key-not-in-policy"])
  }

  @Test func oneGoodSignerIsEnoughAndOneBadSpoilsNothing() throws {
    let scene = try Scene()
    let bytes = try scene.statements()[0].bytes()
    let both = try scene.sign(bytes, with: [scene.other, scene.key])
    let verification = try scene.verify(
      [both], policy: Self.key(scene.other, "revoked = true") + Self.key(scene.key, ""),
      keys: [scene.other.verificationKey, scene.key.verificationKey])
    #expect(verification.isPassed)
  }

  // MARK: The file

  @Test(arguments: [
    ("[source]\ncommit = \"main\"", "hexadecimal"),
    ("[source]\nlevel = \"best\"", "must be one of"),
    ("[toolchain]\ntrust = [\"yes\"]", "must be one of"),
    ("[reproducibility]\nverdicts = [\"same\"]", "must be one of"),
    ("[reproducibility]\ndenials = -1", "negative"),
    ("[key]", "an array of tables"),
    ("[[key]]\nrevoked = true", "missing key \"fingerprint\""),
    ("[[key]]\nfingerprint = \"sha256:0\"", "not sha256:"),
    ("[summary]\npolicy = \"x\"", "missing key \"resource\""),
    ("[builders]\nids = []", "unknown key"),
  ])
  func brokenPoliciesAreRefused(_ text: String, _ words: String) throws {
    let error = #expect(throws: ReadingError.self) {
      _ = try VerificationPolicy(parsing: Array("schema = 1\n\(text)\n".utf8), file: "p.toml")
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.exitCode == .usage)
  }
}
