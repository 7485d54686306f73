import Attesting
import Linux
import Reading
import Signing
import Testing

/// What tools that know nothing of cupel make of its statements.
@Suite struct StockToolTests {
  @Test func theyReadAndVerifyEveryStatement() throws {
    let scene = try Scene()
    var files: [(String, JSON)] = []
    let kinds = ["provenance", "reproducibility", "runtime-trace"]
    for (name, material) in zip(kinds, try scene.materials()) {
      files.append((name, .string(String(decoding: material.bytes, as: UTF8.self))))
    }
    let both = try scene.sign(scene.statements()[0].bytes(), with: [scene.other, scene.key])
    files.append(("two signatures", .string(String(decoding: both.bytes, as: UTF8.self))))
    for isPassed in [true, false] {
      let summary = try Self.summary(scene, isPassed: isPassed)
      let signed = try scene.sign(summary.bytes(), with: [scene.other])
      files.append(("summary \(isPassed)", .string(String(decoding: signed.bytes, as: UTF8.self))))
    }
    let keys = [scene.key, scene.other].map {
      JSON.string(String(decoding: $0.verificationKey.pem, as: UTF8.self))
    }
    let given = JSON.object([("files", .object(files)), ("keys", .array(keys))])
    let output = try Command(
      ["\(StockTools.programs())/python", "\(Scene.home)/stock.py"], input: given.compactBytes(),
      timeout: 120
    ).runChecked()
    let said = try JSON(parsing: output.standardOutput, file: "stock.py")
    for (name, _) in files { #expect(said[name]?["subjects"]?.integerValue == 1) }
    #expect(said["provenance"]?["type"]?.stringValue == "https://slsa.dev/provenance/v1")
    #expect(
      said["provenance"]?["purls"]?.arrayValue?.compactMap(\.stringValue).prefix(5) == [
        "pkg:cargo/ahash@0.7.6", "pkg:cargo/aho-corasick@0.7.19",
        "pkg:cargo/tool@2.0.0?vcs_url=git%2Bhttps://example.org/tool%40"
          + "0000000000000000000000000000000000000001",
        "pkg:cargo/base64@0.13.0?repository_url=https://example.org/index",
        "pkg:deb/debian/base-files@12.4%2Bdeb12u15?arch=amd64",
      ])
  }

  static func summary(_ scene: borrowing Scene, isPassed: Bool) throws -> Statement {
    let policy = try VerificationPolicy(
      parsing: Array(
        """
        schema = 1
        [summary]
        policy = "https://example.net/policy"
        resource = "https://example.org/app"
        verifier = "https://example.net/auditor"
        """.utf8), file: "policy.toml")
    return VerificationSummary(
      of: [try scene.artifact], policy: policy, summary: try #require(policy.summary),
      inputs: try scene.materials(), isPassed: isPassed, levels: ["SLSA_BUILD_LEVEL_1"],
      time: Scene.time
    ).statement
  }
}
