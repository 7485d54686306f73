import Linux
import Reading
import Testing

extension Integration {
  /// `cupel attest` and `cupel verify` (docs/verifying.md), from a build to a rebuild by an auditor.
  @Suite struct AttestationTests {
    private static let policy = """
      schema = 1
      [builder]
      ids = ["https://example.org/builders/1"]
      [toolchain]
      trust = ["apt-signed"]
      [reproducibility]
      verdicts = ["identical"]
      variations = ["hostname", "readdir"]
      denials = 0
      [summary]
      policy = "https://example.net/policy"
      resource = "https://example.org/tiny"
      verifier = "https://example.net/auditor"
      """

    private func makeKey(_ scene: borrowing Scene, _ name: String) throws {
      try scene.shell(
        """
        openssl genpkey -algorithm ed25519 -out "$1.key" 2>/dev/null
        chmod 600 "$1.key"
        openssl pkey -in "$1.key" -pubout -out "$1.pub"
        """, ["\(scene.path)/\(name)"])
    }

    @Test(arguments: Person.all) func whatIsPublishedIsVerifiedAndBuiltAgain(_ person: Person)
      throws
    {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      for name in ["release", "auditor", "stranger"] { try makeKey(scene, name) }
      let built = try scene.build(project)
      try #require(built.status == 0, "\(built.errorText)")
      let attest = [
        "attest", "out", "--key", "release.key", "--builder-id", "https://example.org/builders/1",
      ]
      let attested = try scene.cupel(attest)
      try #require(attested.status == 0, "\(attested.errorText)")
      #expect(attested.text == "out/attestations/build.intoto.jsonl\n")
      let exported = try scene.cupel([
        "kit", "export", project, "--record", "out", "--out", "t.kit",
      ])
      try #require(exported.status == 0, "\(exported.errorText)")
      try FileSystem.write(Array(Self.policy.utf8), to: "\(scene.path)/policy.toml")

      func verify(_ more: [String], artifact: String = "out/artifacts/tiny") throws
        -> (status: Int32, json: JSON)
      {
        let output = try scene.cupel(
          ["verify", artifact, "--attestation", "out/attestations/build.intoto.jsonl", "--json"]
            + more)
        return (output.status, try JSON(parsing: output.standardOutput, file: "verify"))
      }
      func codes(_ json: JSON) -> Set<String> {
        Set((json["checks"]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue })
      }
      let key = ["--key", "release.pub"]
      let passed = try verify(
        key + ["--policy", "policy.toml", "--rebuild", "--kit", "t.kit"]
          + ["--vsa", "vsa.json", "--vsa-key", "auditor.key"])
      #expect(passed.status == 0 && codes(passed.json) == [])
      #expect(passed.json["result"]?.stringValue == "PASSED")
      #expect(try scene.shell("cat vsa.json").contains("\"payloadType\""))

      let stranger = try verify(["--key", "stranger.pub"])
      #expect(stranger.status == 3 && codes(stranger.json) == ["unknown-key", "no-provenance"])
      let strict = try FileSystem.read("\(scene.path)/policy.toml")
      try FileSystem.write(
        Array(String(decoding: strict, as: UTF8.self).replacing("builders/1", with: "b/2").utf8),
        to: "\(scene.path)/policy.toml")
      let refused = try verify(key + ["--policy", "policy.toml"])
      #expect(refused.status == 6 && codes(refused.json) == ["builder"])
      try scene.shell("cp out/artifacts/tiny other; printf x >> other")
      let other = try verify(key, artifact: "other")
      #expect(other.status == 3 && codes(other.json) == ["other-artifact", "no-provenance"])

      // A touched folder is not signed, and what was signed before stays.
      try scene.shell("printf x >> out/artifacts/tiny")
      let touched = try scene.cupel(attest)
      #expect(touched.status == 3)
      #expect(touched.errorText.contains("checking artifacts/tiny: the record says sha256:"))
      try scene.expectNothingLeft()
    }
  }
}
