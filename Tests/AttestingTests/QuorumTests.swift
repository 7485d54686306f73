import Attesting
import Hashing
import Linux
import Reading
import Signing
import Testing

/// Several builders' words about the same.
@Suite struct QuorumTests {
  /// Provenance of the scene's output in the name of a builder, signed with its key.
  private static func voice(
    _ scene: borrowing Scene, _ builder: String, _ key: SigningKey, place: String? = nil
  ) throws -> Material {
    var provenance = Scene.provenance
    provenance.builder = "https://example.org/\(builder)"
    return try scene.sign(
      provenance.statement(of: scene.build()).bytes(), place: place ?? builder, with: [key])
  }

  private static func keys(_ count: Int) throws -> [SigningKey] {
    try (0..<count).map { try SigningKey.generate($0 % 2 == 0 ? .ed25519 : .p256) }
  }

  private static func quorum(
    _ materials: [Material], _ keys: [SigningKey], required: Int = 2, policy: String? = nil,
    artifacts: [Verification.Artifact] = []
  ) throws -> Quorum {
    Quorum(
      materials: materials, keys: keys.map(\.verificationKey), required: required,
      artifacts: artifacts,
      policy: try policy.map {
        try VerificationPolicy(parsing: Array("schema = 1\n\($0)".utf8), file: "p.toml")
      }, time: Scene.time)
  }

  @Test func threeKeysWithOneDissenter() throws {
    let scene = try Scene()
    let keys = try Self.keys(3)
    let alice = try Self.voice(scene, "alice", keys[0])
    // Another machine: more jobs, another kernel, a kit instead of a checkout.
    try scene.write(
      plan: { $0.set(["legs", "0", "conditions", "jobs"], 8) },
      record: { record in
        record.set(["revision"], .null)
        record.set(["tool", "version"], "0.2.0")
      })
    let withoutModules = try Self.voice(scene, "bob", keys[1])
    #expect(try !Self.quorum([alice, withoutModules], keys).isReached)
    try scene.write(plan: { $0.set(["legs", "0", "conditions", "jobs"], 8) })
    let bob = try Self.voice(scene, "bob", keys[1])
    try scene.write(artifact: "something else\n")
    let carol = try Self.voice(scene, "carol", keys[2])

    let quorum = try Self.quorum([alice, carol, bob], keys)
    #expect(quorum.isReached)
    #expect(quorum.agreeing.map(\.attestation.material.place) == ["alice", "bob"])
    #expect(quorum.dissent.map(\.voice.attestation.material.place) == ["carol"])
    #expect(quorum.dissent.map(\.reason) == ["its artifacts are others"])
    #expect(quorum.levels == ["SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_REPRODUCED"])
    #expect(try !Self.quorum([alice, carol, bob], keys, required: 3).isReached)
  }

  @Test func theyHaveToBeAboutEachArtifact() throws {
    let scene = try Scene()
    let keys = try Self.keys(2)
    let voices = [
      try Self.voice(scene, "alice", keys[0]), try Self.voice(scene, "bob", keys[1]),
    ]
    let other = Verification.Artifact(name: "app", digest: Digest.hashing("other bytes\n"))
    #expect(try Self.quorum(voices, keys, artifacts: [scene.artifact]).isReached)
    for artifacts in [[other], [try scene.artifact, other], [other, try scene.artifact]] {
      let quorum = try Self.quorum(voices, keys, artifacts: artifacts)
      #expect(!quorum.isReached && quorum.agreeing.isEmpty)
      #expect(quorum.refused.map(\.place) == ["alice", "bob"])
      #expect(quorum.refused.allSatisfy { $0.objection.code == .otherArtifact })
    }
  }

  @Test func oneKeyAndOneBuilderCountOnce() throws {
    let scene = try Scene()
    let keys = try Self.keys(2)
    let alice = try Self.voice(scene, "alice", keys[0])
    let twice = try Self.quorum([alice, Self.voice(scene, "alice", keys[0], place: "again")], keys)
    #expect(!twice.isReached && twice.agreeing.count == 1)
    #expect(twice.repeated.map(\.place) == ["again"])
    #expect(!twice.levels.contains("SLSA_BUILD_REPRODUCED"))
    for (builder, key, isReached) in [
      ("alice", keys[1], false), ("bob", keys[0], false), ("bob", keys[1], true),
    ] {
      let second = try Self.voice(scene, builder, key, place: "second")
      #expect(try Self.quorum([alice, second], keys).isReached == isReached)
    }
  }

  @Test func twoSignaturesOfOneEnvelopeAreOneVoice() throws {
    let scene = try Scene()
    let keys = try Self.keys(2)
    let statement = try Scene.provenance.statement(of: scene.build()).bytes()
    let quorum = try Self.quorum([scene.sign(statement, with: keys)], keys)
    #expect(quorum.agreeing.count == 1 && !quorum.isReached)
  }

  /// The same key, as PEM with other lines, and named three times.
  @Test func aKeyInAnotherFormIsTheSameKey() throws {
    let scene = try Scene()
    let key = try SigningKey.generate(.p256)
    let pem = String(decoding: key.verificationKey.pem, as: UTF8.self)
    let body = pem.split(separator: "\n").dropFirst().dropLast().joined()
    let forms = [
      pem, pem.replacing("\n", with: "\r\n"),
      "-----BEGIN PUBLIC KEY-----\n\(body)\n-----END PUBLIC KEY-----",
    ]
    let keys = try forms.map { try VerificationKey(Array($0.utf8), file: "k.pub") }
    let quorum = Quorum(
      materials: [try Self.voice(scene, "alice", key), try Self.voice(scene, "bob", key)],
      keys: keys, required: 2, artifacts: [], policy: nil, time: Scene.time)
    #expect(!quorum.isReached && quorum.agreeing.count == 1)
    #expect(quorum.repeated.map(\.place) == ["bob"])
    #expect(quorum.agreeing[0].attestation.signers.count == 1)
  }

  @Test func twoSignaturesByOneKeyAreOne() throws {
    let scene = try Scene()
    let keys = try Self.keys(2)
    let statement = try Scene.provenance.statement(of: scene.build()).bytes()
    for signers in [[keys[0], keys[0]], [keys[1], keys[1], keys[1]]] {
      let twice = try scene.sign(statement, with: signers)
      let quorum = try Self.quorum([twice, twice], keys)
      #expect(!quorum.isReached && quorum.agreeing.count == 1)
      #expect(quorum.agreeing[0].attestation.signers.count == 1)
      #expect(!quorum.levels.contains("SLSA_BUILD_REPRODUCED"))
    }
  }

  /// alice's key speaks in bob's name: they are one, whoever speaks first.
  @Test func theOrderOfVoicesDecidesNothing() throws {
    let scene = try Scene()
    let keys = try Self.keys(3)
    let alice = try Self.voice(scene, "alice", keys[0])
    let bob = try Self.voice(scene, "bob", keys[1])
    let carol = try Self.voice(scene, "carol", keys[2])
    let both = try Self.voice(scene, "bob", keys[0], place: "both")
    for materials in [
      [alice, bob, both], [both, bob, alice], [alice, both, bob], [bob, alice, both],
    ] {
      let quorum = try Self.quorum(materials, keys)
      #expect(!quorum.isReached && quorum.agreeing.count == 1 && quorum.repeated.count == 2)
      #expect(try Self.quorum(materials + [carol], keys).agreeing.count == 2)
    }
    try scene.write(artifact: "something else\n")
    let liar = try Self.voice(scene, "bob", keys[0], place: "liar")
    for materials in [
      [alice, bob, liar], [liar, bob, alice], [alice, liar, bob], [bob, alice, liar],
    ] {
      let quorum = try Self.quorum(materials + [carol], keys)
      #expect(!quorum.isReached)
      #expect(quorum.agreeing.map(\.attestation.material.place) == ["carol"])
      #expect(quorum.dissent.count == 3)
    }
  }

  @Test func whoSaysTwoThingsHasNoVoice() throws {
    let scene = try Scene()
    let keys = try Self.keys(2)
    let alice = try Self.voice(scene, "alice", keys[0])
    let bob = try Self.voice(scene, "bob", keys[1])
    try scene.write(artifact: "something else\n")
    let liar = try Self.voice(scene, "bob", keys[1], place: "liar")
    for materials in [[alice, bob, liar], [liar, alice, bob]] {
      let quorum = try Self.quorum(materials, keys)
      #expect(!quorum.isReached)
      #expect(Set(quorum.dissent.map(\.voice.attestation.material.place)) == ["bob", "liar"])
    }
  }

  @Test func twoGroupsOfOneSizeDecideNothing() throws {
    let scene = try Scene()
    let keys = try Self.keys(4)
    var materials = [
      try Self.voice(scene, "a", keys[0]), try Self.voice(scene, "b", keys[1]),
    ]
    try scene.write(artifact: "something else\n")
    materials += [try Self.voice(scene, "c", keys[2]), try Self.voice(scene, "d", keys[3])]
    let quorum = try Self.quorum(materials, keys)
    #expect(quorum.isTied && !quorum.isReached && quorum.agreeing.count == 2)
  }

  /// Digests of another kind do not make an agreement of two that have none in common.
  @Test func agreementIsAmongAll() throws {
    let scene = try Scene()
    let keys = try Self.keys(3)
    func voice(_ builder: String, _ key: SigningKey, _ digests: [(String, JSON)]) throws -> Material
    {
      var provenance = Scene.provenance
      provenance.builder = "https://example.org/\(builder)"
      var json = try provenance.statement(of: scene.build()).json
      json.set(
        ["predicate", "buildDefinition", "resolvedDependencies", "3", "digest"], .object(digests))
      return try scene.sign(json.compactBytes(), place: builder, with: [key])
    }
    let (hash, tree) = (("sha256", JSON.string("aa")), ("cupelTree", JSON.string("bb")))
    let one = try voice("one", keys[0], [hash])
    let all = try voice("all", keys[1], [hash, tree])
    let two = try voice("two", keys[2], [tree])
    #expect(try Self.quorum([one, all], keys).isReached)
    #expect(try Self.quorum([all, two], keys).isReached)
    for materials in [[all, one, two], [one, all, two], [two, one, all]] {
      let quorum = try Self.quorum(materials, keys, required: 3)
      #expect(!quorum.isReached && quorum.agreeing.count == 2 && quorum.dissent.count == 1)
    }
  }

  @Test(arguments: [
    (["inputs", "cargoLock"], "its dependency Cargo.lock is another one"),
    (["inputs", "source", "digest"], "its dependency source is another one"),
    (["request", "profile"], "it was asked for something else"),
  ])
  func otherInputsAreDissent(_ path: [String], _ reason: String) throws {
    let scene = try Scene()
    let keys = try Self.keys(2)
    let alice = try Self.voice(scene, "alice", keys[0])
    try scene.write(plan: {
      $0.set(path, .string(path[0] == "request" ? "dev" : "\(Digest.hashing("other"))"))
    })
    let quorum = try Self.quorum([alice, Self.voice(scene, "bob", keys[1])], keys)
    #expect(!quorum.isReached && quorum.isTied)
    #expect(quorum.dissent.map(\.reason) == [reason])
  }

  @Test func whatIsNotBelievedDoesNotCount() throws {
    let scene = try Scene()
    let keys = try Self.keys(3)
    let materials = [
      try Self.voice(scene, "alice", keys[0]), try Self.voice(scene, "bob", keys[1]),
      try Self.voice(scene, "mallory", keys[2]),
    ]
    let quorum = try Self.quorum(
      materials, Array(keys.prefix(2)),
      policy: """
        [[key]]
        fingerprint = "\(keys[0].verificationKey.fingerprint)"
        [[key]]
        fingerprint = "\(keys[1].verificationKey.fingerprint)"
        revoked = true
        """)
    #expect(!quorum.isReached)
    #expect(quorum.refused.map(\.place) == ["bob", "mallory"])
    #expect(quorum.refused.map(\.objection.code) == [.keyRevoked, .unknownKey])
  }
}
