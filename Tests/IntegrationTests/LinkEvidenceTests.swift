import Linux
import Reading
import Testing

extension Integration {
  /// What linkers say of a program with a vendored C library, a system library and a static libgcc.
  @Suite struct LinkEvidenceTests {
    private static let person = Person.all[0]

    private func layOut(_ scene: borrowing Scene) throws -> String {
      let folder = "\(scene.path)/linked"
      try scene.shell("cp -R \"$1/linked\" \"$2\"", [try scene.person.fixtures, folder])
      try scene.commit(folder)
      return folder
    }

    private func record(_ scene: borrowing Scene, _ out: String) throws -> JSON {
      try JSON(parsing: FileSystem.read("\(scene.path)/\(out)/record.json"), file: "record.json")
    }

    /// Asking the linker changes no byte, and what it says is complete.
    @Test func theLinkerIsAskedAndChangesNothing() throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene)
      let plain = try scene.build(project, ["--once", "--out", "\(scene.path)/plain"])
      try #require(plain.status == 0, "\(plain.errorText)")
      let asked = try scene.build(project, ["--once", "--sbom", "--out", "\(scene.path)/asked"])
      try #require(asked.status == 0, "\(asked.errorText)")
      try scene.shell("cmp plain/artifacts/linked asked/artifacts/linked")
      let record = try record(scene, "asked")
      #expect(record["plan"] == (try self.record(scene, "plain"))["plan"])
      #expect(try self.record(scene, "plain")["links"] == nil)

      let links = record["links"]?["list"]?.arrayValue ?? []
      try #require(links.count == 1)
      #expect(links[0]["defects"]?.arrayValue?.isEmpty == true)
      let needed = try scene.shell(
        "readelf -dW asked/artifacts/linked | sed -n 's/.*(NEEDED).*\\[\\(.*\\)\\]/\\1/p'"
      ).split(separator: "\n").map(String.init)
      #expect(needed.contains("libz.so.1"))
      #expect(links[0]["needed"]?.arrayValue?.compactMap(\.stringValue) == needed)

      let bill = try JSON(
        parsing: FileSystem.read("\(scene.path)/asked/sbom/artifacts/linked.cdx.json"),
        file: "linked.cdx.json")
      let components = bill["components"]?.arrayValue ?? []
      let names = components.compactMap { $0["name"]?.stringValue }
      for library in needed { #expect(names.contains { $0.hasPrefix(library) }, "\(library)") }
      #expect(!names.contains { $0.hasPrefix("needed:") })
      for name in ["zlib1g", "libc6", "foo-sys", "rust-std"] { #expect(names.contains(name)) }
      #expect(names.contains { $0.hasSuffix(".rlib(foo.o)") })
      #expect(names.contains { $0.hasPrefix("libgcc.a(") })
      #expect(!names.contains { $0.contains("unused.o") })
      for component in components
      where component["type"]?.stringValue == "file" {
        #expect(component["hashes"] != nil, "\(component)")
        #expect(component["evidence"]?["occurrences"] != nil)
      }
      #expect(
        bill["compositions"]?[0]?["aggregate"]?.stringValue == "complete")
      let properties = bill["metadata"]?["component"]?["properties"]?.arrayValue ?? []
      let unused = properties.filter { $0["name"]?.stringValue == "cupel:declared-not-linked" }
      #expect(
        unused.compactMap { $0["value"]?.stringValue }
          == ["dylib:+verbatim=libgit2.so.1.5 by foo-sys 0.2.0"])
      // Every archive member that the linker named is listed, with its digest.
      for input in links[0]["inputs"]?.arrayValue ?? [] {
        let path = input["path"]?.stringValue ?? ""
        for member in input["members"]?.arrayValue ?? [] {
          #expect(member["digest"]?.stringValue != nil, "\(path)")
          let name =
            "\(path.split(separator: "/").last ?? "")(\(member["name"]?.stringValue ?? ""))"
          let isRust = name.hasSuffix(".rcgu.o)")
          #expect(isRust || names.contains(name), "\(name)")
        }
      }
      let again = try scene.cupel(["sbom", "\(scene.path)/asked"])
      #expect(again.status == 0, "\(again.errorText)")
      #expect(
        again.standardOutput
          == (try FileSystem.read("\(scene.path)/asked/sbom/artifacts/linked.cdx.json")))
      #expect(again.errorText.contains("declared and not linked"))
    }

    /// Both legs carry the same list, and the program runs.
    @Test func theListOfPackagesIsTheSameInBothLegs() throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene)
      let built = try scene.build(project, ["--auditable"])
      try #require(built.status == 0, "\(built.errorText)\(built.text)")
      #expect(built.text.contains("identical"))
      #expect(try scene.shell("out/artifacts/linked").hasPrefix("42 "))
      let inspected = try scene.cupel(["inspect", "--json", "\(scene.path)/out/artifacts/linked"])
      let packages = try JSON(parsing: inspected.standardOutput, file: "inspect")["dependencies"]
      let list = packages?["packages"]?.arrayValue ?? []
      #expect(list.compactMap { $0["name"]?.stringValue } == ["foo-sys", "linked"])
      let artifact = try record(scene, "out")["artifacts"]?[0]
      #expect(artifact?["linkedDigest"] != nil)
      #expect(artifact?["linkedDigest"] != artifact?["digest"])
      #expect(try scene.shell("cd out && sha256sum -c SHA256SUMS").contains("OK"))
      #expect(try scene.cupel(["sbom", "\(scene.path)/out", "--format", "spdx"]).status == 0)
    }
  }
}
