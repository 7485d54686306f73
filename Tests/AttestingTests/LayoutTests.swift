import Attesting
import Hashing
import Linux
import Reading
import Storing
import Testing

/// The layout of docs/verifying.md, made and verified by in-toto's own programs, with links of ours.
@Suite struct LayoutTests {
  private static let lock = "version = 4\n"

  /// Keys, a layout and many links: made once, laid out for each question.
  private struct Chain: ~Copyable {
    let scene: Scene

    init() throws {
      let scene = try Scene()
      for (name, type) in [
        ("owner", "ed25519"), ("alice", "ed25519"), ("bob", "p256"), ("carol", "ed25519"),
        ("mallory", "p256"),
      ] {
        try scene.cupelDoes(["keygen", "--type", type, "--out", name, "--no-passphrase"])
      }
      try scene.writeFile(LayoutTests.lock, "Cargo.lock")
      try scene.writeFile(LayoutTests.program(), "layout.py")
      let made = try scene.shell("mkdir links published made; python layout.py")
      try #require(made.status == 0, "\(made.errorText)")
      let checkout = try scene.shell(
        """
        in-toto-run --step-name checkout --products Cargo.lock --signing-key owner.key \
          --use-dsse --no-command --metadata-directory made
        """)
      try #require(checkout.status == 0, "\(checkout.text)\(checkout.errorText)")
      self.scene = scene
    }

    /// Makes links of a builder, in a folder of its own; its file's name.
    func attest(
      _ builder: String, as folder: String? = nil, artifact: String = "the artifact\n",
      lock: String = LayoutTests.lock
    ) throws -> String {
      try scene.write(
        artifact: artifact,
        plan: { $0.set(["inputs", "cargoLock"], .string("\(Digest.hashing(lock))")) })
      let printed = try scene.cupelDoes([
        "attest", "out", "--key", "\(builder).key", "--link", "build",
      ])
      let file = try #require(printed.split(separator: "\n").last)
      let moved = try scene.shell(
        "mkdir made/\(folder ?? builder); mv \(file) made/\(folder ?? builder)")
      try #require(moved.status == 0, "\(moved.errorText)")
      return FileSystem.split(String(file)).name
    }

    /// What in-toto says with these links and this artifact.
    func verify(
      _ script: String, artifact: String = "the artifact\n", owner: String = "owner.pub"
    ) throws -> Command.Output {
      try scene.writeFile(artifact, "published/app")
      return try scene.shell(
        """
        rm -rf ../links; mkdir ../links; cp ../made/checkout.*.link ../links; cd ../made
        \(script)
        cd ../published
        in-toto-verify --layout ../root.layout --verification-keys ../\(owner) --link-dir ../links
        """, in: "published")
    }
  }

  /// The program in the documentation.
  private static func program() throws -> String {
    let checkout = "/" + Scene.home.split(separator: "/").dropLast(2).joined(separator: "/")
    let page = String(
      decoding: try FileSystem.read("\(checkout)/docs/verifying.md"), as: UTF8.self)
    let begin = try #require(page.firstRange(of: "```python\nfrom cryptography"))
    let rest = page[begin.lowerBound...].dropFirst("```python\n".count)
    return String(rest[..<(try #require(rest.firstRange(of: "```")).lowerBound)])
  }

  @Test func twoOfThreeBuildersHaveToAgree() throws {
    let chain = try Chain()
    let (alice, bob, carol) = (
      try chain.attest("alice"), try chain.attest("bob"), try chain.attest("carol")
    )
    _ = try chain.attest("mallory")
    _ = try chain.attest("carol", as: "dissenter", artifact: "something else\n")
    for name in ["alice", "bob"] { _ = try chain.attest(name, as: "\(name)2", lock: "other\n") }
    try #require(Set([alice, bob, carol]).count == 3 && alice.hasPrefix("build."))

    for agreeing in [["alice", "bob"], ["bob", "carol"], ["alice", "carol", "bob"]] {
      let script = agreeing.map { "cp \($0)/* ../links" }.joined(separator: "\n")
      let output = try chain.verify(script)
      #expect(output.status == 0, "\(agreeing): \(output.text)\(output.errorText)")
    }
    // Whoever is no functionary neither counts nor spoils anything.
    #expect(try chain.verify("cp alice/* bob/* mallory/* ../links").status == 0)

    let refusals = [
      ("", "LinkNotFoundError: Step 'build' requires '2' link metadata file(s), found '0'"),
      ("cp alice/* ../links", "found '1'"),
      ("cp alice/* dissenter/* ../links", "have different artifacts!"),
      ("cp alice/* bob/* dissenter/* ../links", "have different artifacts!"),
      ("cp alice/* mallory/* ../links", "found '1'"),
      ("cp alice/* ../links; cp mallory/* ../links/\(bob)", "Only found '1'"),
      ("cp alice/* ../links; cp alice/* ../links/\(bob)", "Only found '1'"),
      (
        "cp alice/* ../links; sed s/\\\"sig\\\":\\\"./\\\"sig\\\":\\\"/ bob/* > ../links/\(bob)",
        "Error"
      ),
      ("cp alice2/* bob2/* ../links", "'DISALLOW Cargo.lock' matched"),
      ("cp alice/* bob/* ../links; rm ../links/checkout.*", "Step 'checkout' requires '1'"),
    ]
    for (script, words) in refusals {
      let output = try chain.verify(script)
      #expect(output.status == 1, "\(script)")
      #expect(output.errorText.contains(words), "\(script): \(output.errorText)")
    }
    let changed = try chain.verify("cp alice/* bob/* ../links", artifact: "the artefact\n")
    #expect(changed.status == 1 && changed.errorText.contains("'DISALLOW app' matched"))
    let stranger = try chain.verify("cp alice/* bob/* ../links", owner: "mallory.pub")
    #expect(stranger.status == 1 && stranger.errorText.contains("SignatureVerificationError"))
  }

  /// A product that somebody changes after a builder signed its link.
  @Test func aLinkIsNoWordOfAnybodyElse() throws {
    let chain = try Chain()
    let alice = try chain.attest("alice")
    let bob = try chain.attest("bob")
    for name in ["alice/\(alice)", "bob/\(bob)"] {
      var envelope = try JSON(parsing: chain.scene.readFile("made/\(name)"), file: name)
      let payload = try #require(
        envelope["payload"]?.stringValue.flatMap { Base64.decode(Array($0.utf8)) })
      let forged = String(decoding: payload, as: UTF8.self).replacing(
        Digest.hashing("the artifact\n").hex, with: Digest.hashing("something else\n").hex)
      try #require(Array(forged.utf8) != payload)
      envelope.set(["payload"], .string(Base64.encode(Array(forged.utf8))))
      try FileSystem.write(
        envelope.compactBytes(), to: "\(chain.scene.path)/made/\(name)")
    }
    let output = try chain.verify("cp alice/* bob/* ../links", artifact: "something else\n")
    #expect(output.status == 1 && output.errorText.contains("Only found '0'"))
  }

  /// Every file of the source, which the owner's own tools have recorded.
  @Test func theFilesOfTheSourceCanBeMatched() throws {
    let scene = try Scene()
    let prepared = try scene.shell(
      """
      mkdir -p checkout/src/d links published
      printf a > checkout/src/lib.rs; printf b > checkout/src/d/é.rs; printf c > checkout/build.rs
      ln -s src/lib.rs checkout/link; printf 'the artifact\n' > published/app
      """)
    try #require(prepared.status == 0)
    for name in ["owner", "alice"] {
      try scene.cupelDoes(["keygen", "--out", name, "--no-passphrase"])
    }
    try scene.writeFile(
      """
      from in_toto.models.layout import Inspection, Layout, Step
      from in_toto.models.metadata import Envelope
      from cryptography.hazmat.primitives.serialization import load_pem_private_key
      from securesystemslib.signer import CryptoSigner
      layout = Layout()
      owner, alice = (layout.add_functionary_key_from_path(name)["keyid"]
                      for name in ("owner.pub", "alice.pub"))
      layout.steps = [
          Step(name="checkout", pubkeys=[owner]),
          Step(name="build", pubkeys=[alice], expected_materials=[
              ["REQUIRE", "source/src/d/é.rs"],
              ["MATCH", "*", "IN", "source", "WITH", "PRODUCTS", "FROM", "checkout"],
              ["DISALLOW", "source/*"]])]
      envelope = Envelope.from_signable(layout)
      envelope.create_signature(CryptoSigner(load_pem_private_key(open("owner.key", "rb").read(), None)))
      envelope.dump("root.layout")
      """, "layout.py")
    let store = try Store.open(path: "\(scene.path)/.local/share/cupel")
    let tree = try store.importTree(from: "\(scene.path)/checkout").digest
    try scene.write(plan: { $0.set(["inputs", "source", "digest"], .string("\(tree)")) })
    let attest = ["attest", "out", "--key", "alice.key", "--link", "build", "--link-sources"]
    try scene.cupelDoes(attest)
    func verify(_ change: String) throws -> Command.Output {
      try scene.shell(
        """
        python layout.py; (cd checkout; \(change)
        in-toto-run --step-name checkout --products . --signing-key ../owner.key --use-dsse \
          --no-command --metadata-directory ../links)
        cp out/attestations/*.link links; cd published
        in-toto-verify --layout ../root.layout --verification-keys ../owner.pub --link-dir ../links
        """)
    }
    let passed = try verify("")
    #expect(passed.status == 0, "\(passed.text)\(passed.errorText)")
    let changed = try verify("printf x > src/d/é.rs")
    #expect(changed.status == 1 && changed.errorText.contains("'DISALLOW source/*' matched"))

    try scene.write()
    let missing = try scene.cupel(attest)
    #expect(missing.status == 2 && missing.errorText.contains("the store does not have the tree"))
    let alone = try scene.cupel(["attest", "out", "--key", "alice.key", "--link-sources"])
    #expect(alone.status == 2 && alone.errorText.contains("--link-sources needs --link"))
  }

  @Test func twoKeysGetALinkEachAndAWrongStepNone() throws {
    let scene = try Scene()
    for name in ["a", "b"] {
      try scene.cupelDoes(["keygen", "--out", name, "--no-passphrase"])
    }
    let printed = try scene.cupelDoes([
      "attest", "out", "--key", "a.key", "--key", "b.key", "--link", "build",
    ])
    #expect(printed.split(separator: "\n").count == 3)
    let wrong = try scene.cupel(["attest", "out", "--key", "a.key", "--link", "../build"])
    #expect(wrong.status == 2 && wrong.errorText.contains("--link must be a name of letters"))
    try scene.write(record: { record in
      record.set(["verdict"], .object([("kind", "different")]))
      record.set(["artifacts", "0", "result"], "different")
    })
    let differing = try scene.cupel(["attest", "out", "--key", "a.key", "--link", "build"])
    #expect(differing.status == 3 && differing.errorText.contains("different artifacts"))
    #expect(!FileSystem.exists("\(scene.output)/attestations"))
    #expect(try scene.cupel(["attest", "out", "--key", "a.key"]).status == 0)
  }
}
