import Attesting
import Linux
import Reading
import Signing
import Testing

/// `cupel quorum` as a process, with three builders of whom one dissents.
@Suite struct QuorumCommandTests {
  private static let policy = """
    schema = 1
    [builder]
    ids = ["https://alice.example/b", "https://bob.example/b", "https://carol.example/b"]
    [summary]
    policy = "https://example.net/policies/app"
    resource = "https://example.org/app/v1.0.0/app"
    verifier = "https://example.net/auditor"
    """

  /// Keys, and what each builder attested: the first two the same, the third something else.
  private func publish(_ scene: borrowing Scene) throws {
    try FileSystem.makeDirectories("\(scene.path)/keys")
    for (name, type) in [("alice", "ed25519"), ("bob", "p256"), ("carol", "minisign")] {
      try attest(scene, name, type, artifact: name == "carol" ? "other\n" : "the artifact\n")
      let bytes = try scene.readFile("\(name).pub")
      try FileSystem.write(bytes, to: "\(scene.path)/keys/\(name).pub")
    }
    try scene.cupelDoes(["keygen", "--out", "auditor", "--no-passphrase"])
    try scene.writeFile(Self.policy, "policy.toml")
  }

  private func attest(
    _ scene: borrowing Scene, _ name: String, _ type: String?, as builder: String? = nil,
    to file: String? = nil, artifact: String = "the artifact\n"
  ) throws {
    try scene.write(artifact: artifact)
    if let type {
      try scene.cupelDoes(["keygen", "--type", type, "--out", name, "--no-passphrase"])
    }
    try scene.cupelDoes([
      "attest", "out", "--key", "\(name).key", "--builder-id",
      "https://\(builder ?? name).example/b",
    ])
    let bytes = try scene.readFile("out/attestations/build.intoto.jsonl")
    try FileSystem.write(bytes, to: "\(scene.path)/\(file ?? name).intoto.jsonl")
  }

  private static let three = ["alice.intoto.jsonl", "bob.intoto.jsonl", "carol.intoto.jsonl"]

  private func quorum(
    _ scene: borrowing Scene, _ required: Int, _ files: [String] = three, _ more: [String] = []
  ) throws -> Command.Output {
    try? FileSystem.remove("\(scene.path)/vsa.json")
    return try scene.cupel(
      ["quorum", "--require", "\(required)", "--keys", "keys"] + files
        + ["--policy", "policy.toml", "--vsa", "vsa.json", "--vsa-key", "auditor.key"] + more)
  }

  /// The predicate of the summary, by the auditor's key.
  private func summary(_ scene: borrowing Scene) throws -> JSON {
    let payload = try Envelope.parse(scene.readFile("vsa.json"), file: "vsa.json").verified(
      by: [VerificationKey.load("\(scene.path)/auditor.pub")], payloadType: Statement.payloadType,
      file: "vsa.json")
    return try JSON(parsing: payload.bytes, file: "vsa.json")
  }

  @Test func oneOfThreeDissents() throws {
    let scene = try Scene()
    try publish(scene)
    let reached = try quorum(scene, 2)
    #expect(reached.status == 0 && reached.errorText.isEmpty, "\(reached.errorText)")
    let lines = reached.text.split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("app  sha256:") == true)
    for (line, words) in [
      (1, "  agrees: https://alice.example/b by "), (2, "  agrees: https://bob.example/b by "),
      (3, "  dissents: https://carol.example/b by "),
    ] {
      #expect(lines[line].hasPrefix(words), "\(lines[line])")
    }
    #expect(lines[3].hasSuffix("(carol.intoto.jsonl:1): its artifacts are others"))
    #expect(lines.last == "reached: 2 of 2 that are required agree")
    let vsa = try summary(scene)
    #expect(vsa["predicate"]?["verificationResult"] == "PASSED")
    #expect(
      vsa["predicate"]?["verifiedLevels"] == ["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_REPRODUCED"])
    #expect(vsa["predicate"]?["inputAttestations"]?.arrayValue?.count == 9)
    #expect(vsa["subject"]?.arrayValue?.count == 1)

    let json = try JSON(
      parsing: quorum(scene, 2, Self.three, ["--json"]).standardOutput, file: "quorum")
    #expect(json["schema"] == "cupel-quorum/1" && json["reached"] == true && json["tied"] == false)
    #expect(
      json["agreeing"]?.arrayValue?.map { $0["builder"] } == [
        "https://alice.example/b", "https://bob.example/b",
      ])
    let dissent = try #require(json["dissent"]?.arrayValue)
    #expect(dissent.count == 1 && dissent[0]["builder"] == "https://carol.example/b")
    #expect(dissent[0]["reason"] == "its artifacts are others")
    #expect(dissent[0]["place"] == "carol.intoto.jsonl:1")
    #expect(json["repeated"] == [] && json["refused"] == [])
  }

  /// Short of the quorum nothing is said to be reproduced, and the status says so.
  @Test func whateverIsLessIsNoQuorum() throws {
    let scene = try Scene()
    try publish(scene)
    func expectNone(
      _ output: Command.Output, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      #expect(output.status == 1, sourceLocation: sourceLocation)
      #expect(
        output.text.contains(words), "\(output.text)\(output.errorText)",
        sourceLocation: sourceLocation)
      let predicate = try summary(scene)["predicate"]
      #expect(predicate?["verificationResult"] == "FAILED", sourceLocation: sourceLocation)
      #expect(predicate?["verifiedLevels"] == ["FAILED"], sourceLocation: sourceLocation)
    }
    try expectNone(quorum(scene, 3), "not reached: 2 of 3 that are required agree")
    try expectNone(
      quorum(scene, 2, Self.three, ["--unanimous"]), "reached: 2 of 2 that are required agree")
    try expectNone(
      quorum(scene, 2, ["alice.intoto.jsonl", "carol.intoto.jsonl"]),
      "not reached: two groups of 1 disagree")
    try expectNone(
      quorum(scene, 2, ["alice.intoto.jsonl", "alice.intoto.jsonl"]), "counted once")

    // One key in the names of two builders; one builder with two keys.
    try attest(scene, "alice", nil, as: "bob", to: "alias")
    try expectNone(quorum(scene, 2, ["alice.intoto.jsonl", "alias.intoto.jsonl"]), "counted once")
    try attest(scene, "bob", nil, as: "alice", to: "alias")
    try expectNone(quorum(scene, 2, ["alice.intoto.jsonl", "alias.intoto.jsonl"]), "counted once")

    // The same key once more in the folder, as PEM where it was minisign's.
    try attest(scene, "carol", nil, to: "carol")
    try attest(scene, "carol", nil, as: "bob", to: "alias")
    let minisign = try MinisignPublicKey(scene.readFile("carol.pub"), file: "carol.pub")
    try FileSystem.write(minisign.key.pem, to: "\(scene.path)/keys/again.pem")
    try expectNone(quorum(scene, 2, ["carol.intoto.jsonl", "alias.intoto.jsonl"]), "counted once")
    #expect(try quorum(scene, 2, ["carol.intoto.jsonl", "alice.intoto.jsonl"]).status == 0)

    // Whose key nobody named has no voice; then there is nobody whose word a summary could be about.
    try FileSystem.remove("\(scene.path)/keys/bob.pub")
    try expectNone(quorum(scene, 2, ["alice.intoto.jsonl", "bob.intoto.jsonl"]), "unknown-key")
    let none = try quorum(scene, 2, ["bob.intoto.jsonl"])
    #expect(none.status == 1 && none.errorText.contains("there is no summary"))
    #expect(!FileSystem.exists("\(scene.path)/vsa.json"))
    try expectNone(
      quorum(scene, 2, ["bob.intoto.jsonl"], ["--artifact", "out/artifacts/app"]), "unknown-key")
    try scene.writeFile("something else\n", "app")
    try expectNone(
      quorum(scene, 2, ["alice.intoto.jsonl", "carol.intoto.jsonl"], ["--artifact", "app"]),
      "other-artifact")
    for words in [["--require", "1"], ["--require", "0"], ["--require", "-1"]] {
      #expect(
        try scene.cupel(["quorum", "--keys", "keys", "alice.intoto.jsonl"] + words).status == 2)
    }
  }
}
