import Linux
import Reading
import Testing

extension Integration {
  /// `cupel verify --sbom`, of a program with a vendored crate (docs/verifying.md, "What is in it").
  @Suite struct ContentsTests {
    private static let person = Person.all[0]

    private static let vendored = """
      mkdir -p vendor/leaf/src .cargo
      cat >> Cargo.toml <<'END'
      [dependencies]
      leaf = "1.0.0"
      END
      cat > vendor/leaf/Cargo.toml <<'END'
      [package]
      name = "leaf"
      version = "1.0.0"
      edition = "2021"
      END
      echo 'pub fn number() -> u32 { 42 }' > vendor/leaf/src/lib.rs
      echo 'fn main() { println!("{}", leaf::number()) }' > src/main.rs
      package=$(printf leaf | sha256sum | cut -d' ' -f1)
      digest() { sha256sum "vendor/leaf/$1" | cut -d' ' -f1; }
      printf '{"files":{"Cargo.toml":"%s","src/lib.rs":"%s"},"package":"%s"}' \\
        $(digest Cargo.toml) $(digest src/lib.rs) $package > vendor/leaf/.cargo-checksum.json
      cat > .cargo/config.toml <<'END'
      [source.crates-io]
      replace-with = "vendored-sources"
      [source.vendored-sources]
      directory = "vendor"
      END
      cat > Cargo.lock <<END
      version = 3

      [[package]]
      name = "leaf"
      version = "1.0.0"
      source = "registry+https://github.com/rust-lang/crates.io-index"
      checksum = "$package"

      [[package]]
      name = "tiny"
      version = "0.1.0"
      dependencies = [
       "leaf",
      ]
      END
      """

    @Test func theSBOMAndTheListOfABuildAgreeWithIt() throws {
      let scene = try Scene(Self.person)
      let project = try scene.layOutTinyProject(edit: Self.vendored)
      let built = try scene.build(project, ["--once", "--sbom", "--auditable"])
      try #require(built.status == 0, "\(built.errorText)")
      try scene.shell(
        """
        openssl genpkey -algorithm ed25519 -out release.key 2> /dev/null
        chmod 600 release.key
        openssl pkey -in release.key -pubout -out release.pub
        printf 'schema = 1\\n[contents]\\nsbom = true\\ndependency-list = true\\n' > policy.toml
        """)
      func sbom(_ version: String, _ path: String) throws {
        let output = try scene.cupel(["sbom", "out", "--spec-version", version])
        try FileSystem.write(output.standardOutput, to: "\(scene.path)/\(path)")
      }
      func attest() throws {
        let attested = try scene.cupel(["attest", "out", "--key", "release.key"])
        try #require(attested.status == 0, "\(attested.errorText)")
      }
      func verify(_ more: String...) throws -> (status: Int32, codes: Set<String>, json: JSON) {
        let output = try scene.cupel(
          [
            "verify", "out/artifacts/tiny", "--attestation",
            "out/attestations/build.intoto.jsonl", "--key", "release.pub", "--json",
          ] + more)
        let json = try JSON(parsing: output.standardOutput, file: "verify")
        let checks = json["checks"]?.arrayValue ?? []
        return (output.status, Set(checks.compactMap { $0["code"]?.stringValue }), json)
      }
      let bills = ["artifacts/tiny.cdx", "artifacts/tiny.spdx", "merged.cdx", "merged.spdx"].map {
        "out/sbom/\($0).json"
      }
      // Also one that was written after the build is among the by-products.
      try sbom("1.5", "out/sbom/tiny-1.5.json")
      try attest()
      let passed = try scene.cupel(
        [
          "verify", "out/artifacts/tiny", "--attestation", "out/attestations/build.intoto.jsonl",
          "--key", "release.pub", "--policy", "policy.toml", "--sbom",
        ] + bills + ["out/sbom/tiny-1.5.json"])
      #expect(passed.status == 0, "\(passed.text)\(passed.errorText)")
      #expect(passed.text.contains("list of packages in tiny: agrees with what is signed"))
      #expect(passed.text.contains("SBOM \(bills[0]): agrees with its artifact"))
      let unasked = try verify()
      #expect(unasked.status == 0)
      let answers = (unasked.json["checks"]?.arrayValue ?? []).map {
        "\($0["check"]?.stringValue ?? "") \($0["status"]?.stringValue ?? "")"
      }
      #expect(answers.contains("dependency-list passed") && answers.contains("sbom not-asked"))
      let required = try verify("--policy", "policy.toml")
      #expect(required.status == 6 && required.codes == ["no-sbom"])

      // Each byte of a listed one counts.
      try scene.shell("cp \(bills[0]) s; printf ' ' >> s")
      #expect(try verify("--sbom", "s").codes == ["sbom-not-listed"])
      try sbom("1.7", "tiny-1.7.json")
      #expect(try verify("--sbom", "tiny-1.7.json").codes == ["sbom-not-listed"])

      // Where none are listed, what they say counts.
      try scene.shell("cp -r out/sbom kept; rm -r out/sbom")
      try attest()
      #expect(
        try verify("--policy", "policy.toml", "--sbom", "tiny-1.7.json").status == 0)
      for (edit, code) in [
        ("s/leaf/leav/g", "sbom-unknown"), ("s/1\\.0\\.0/1.0.1/g", "sbom-unknown"),
        ("s/\"required\"/\"excluded\"/", "sbom-role"),
        ("s/libc\\.so\\.6/libd.so.6/", "sbom-library"),
      ] {
        try scene.shell(
          "sed '\(edit)' tiny-1.7.json > changed.json; ! cmp -s tiny-1.7.json changed.json")
        let refused = try verify("--sbom", "changed.json")
        #expect(refused.status == 3 && refused.codes == [code], "\(edit): \(refused.codes)")
      }
      let absent = try scene.cupel([
        "verify", "out/artifacts/tiny", "--attestation", "out/attestations/build.intoto.jsonl",
        "--key", "release.pub", "--sbom", "nothing.json",
      ])
      #expect(absent.status == 2, "\(absent.errorText)")

      // Another artifact of the same name, and one whose list was changed.
      try scene.shell("mkdir other; cp out/artifacts/tiny other; printf x >> other/tiny")
      let other = try scene.cupel([
        "verify", "other/tiny", "--attestation", "out/attestations/build.intoto.jsonl", "--key",
        "release.pub", "--sbom", "tiny-1.7.json", "--json",
      ])
      #expect(other.status == 3 && other.text.contains("sbom-other-artifact"))
      try scene.expectNothingLeft()
    }
  }
}
