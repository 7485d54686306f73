import Attesting
import Failing
import Hashing
import Linux
import Reading
import Signing
import Testing

/// What a link says of a build.
@Suite struct LinkTests {
  private static func link(_ scene: borrowing Scene) throws -> JSON {
    try JSON(parsing: InTotoLink(step: "build", of: scene.build()).bytes, file: "link")
  }

  @Test func itSaysWhatWentInAndWhatCameOut() throws {
    let scene = try Scene()
    let link = try Self.link(scene)
    #expect(
      link.objectValue?.members.map(\.key) == [
        "_type", "byproducts", "command", "environment", "materials", "name", "products",
      ])
    #expect(link["_type"] == "link" && link["name"] == "build")
    #expect(link["environment"] == .object([]))
    #expect(
      link["products"]
        == .object([("app", .object([("sha256", .string(try scene.artifact.digest.hex))]))]))
    #expect(link["command"]?.arrayValue?.prefix(2) == ["/usr/bin/cargo", "build"])
    #expect(
      link["byproducts"]
        == .object([
          ("plan", .string("\(try scene.build().planDigest)")), ("return-value", 0),
          ("verdict", "identical"),
        ]))
    let materials = try #require(link["materials"]?.objectValue)
    #expect(
      materials.members.map(\.key) == [
        "Cargo.lock", "crates:/build/vendor", "pkg:cargo/ahash@0.7.6",
        "pkg:cargo/aho-corasick@0.7.19",
        "pkg:cargo/base64@0.13.0?repository_url=https://example.org/index",
        "pkg:cargo/tool@2.0.0?vcs_url=git%2Bhttps://example.org/tool%40"
          + "0000000000000000000000000000000000000001",
        "pkg:deb/debian/base-files@12.4%2Bdeb12u15?arch=amd64",
        "pkg:deb/debian/gcc-12@12.2.0-14%2Bdeb12u1?arch=amd64",
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64",
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64", "rootfs", "source",
        "toolchain",
      ])
    for material in materials.members {
      let digest = try #require(material.value.objectValue?.members)
      #expect(digest.count == 1 && digest[0].value.stringValue.map { Digest(hex: $0) } != nil)
      #expect(["sha256", "cupelTree"].contains(digest[0].key))
    }
    #expect(materials["pkg:cargo/ahash@0.7.6"]?["sha256"] != nil)
  }

  /// Layouts compare links of several builders for equality.
  @Test func anotherMachineSaysTheSame() throws {
    let scene = try Scene()
    let first = try Self.link(scene)
    try scene.write(
      plan: { plan in
        for leg in ["0", "1"] { plan.set(["legs", leg, "conditions", "jobs"], 8) }
      },
      record: { record in
        record.set(["revision"], .null)
        record.set(["tool", "version"], "0.2.0")
        record.set(["legs", "0", "milliseconds"], 1)
      })
    let second = try Self.link(scene)
    for member in ["name", "materials", "products", "command"] {
      #expect(first[member] == second[member], "\(member)")
    }
  }

  @Test func aBuildThatDiffersGetsNone() throws {
    let scene = try Scene()
    try scene.write(record: { record in
      record.set(["verdict"], .object([("kind", "different")]))
      record.set(["artifacts", "0", "result"], "different")
    })
    let error = #expect(throws: AttestingError.self) { _ = try Self.link(scene) }
    #expect(error?.message == "making a link: the legs made different artifacts")
    #expect(error?.exitCode == .inputRejected)
  }

  @Test(arguments: [
    ("build", true), ("build.x86_64-1", true), ("", false), (".", false), ("-l", false),
    ("a/b", false), ("a b", false), ("a\u{0}", false), ("é", false),
    (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
  ]) func itsStepCanStandInTheNameOfAFile(_ name: String, _ isStep: Bool) {
    #expect(InTotoLink.isStep(name) == isStep)
  }

  @Test func theKeyHasTheNameThatInTotoLooksFor() throws {
    let scene = try Scene()
    let link = try InTotoLink(step: "build", of: scene.build())
    for key in [scene.key, scene.other] {
      let envelope = try link.signed(with: key)
      let name = key.verificationKey.inTotoKeyID
      #expect(envelope.signatures.map(\.keyID) == [name] && name != key.keyID)
      #expect(link.fileName(of: key.verificationKey) == "build.\(name.prefix(8)).link")
      let verified = try envelope.verified(
        by: [key.verificationKey], payloadType: Statement.payloadType, file: "link")
      #expect(verified.bytes == link.bytes)
    }
    // It is no statement, and nobody takes it for one.
    let material = Material(place: "link", bytes: try link.signed(with: scene.key).jsonBytes)
    #expect(try scene.codes([material]) == ["no-provenance", "statement-malformed"])
  }
}
