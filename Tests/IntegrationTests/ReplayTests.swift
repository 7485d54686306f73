import Linux
import Reading
import Testing

extension Integration {
  /// `cupel replay`.
  @Suite struct ReplayTests {
    private static let readsHostname = """
      cat > build.rs <<'END'
      use std::{env, fs};
      fn main() {
          let out = env::var("OUT_DIR").unwrap();
          let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
          fs::write(format!("{out}/host.rs"), format!("const HOST: &str = {name:?};\\n")).unwrap();
      }
      END
      cat > src/main.rs <<'END'
      include!(concat!(env!("OUT_DIR"), "/host.rs"));
      fn main() { println!("{HOST}"); }
      END
      """

    @Test func aUnitIsRunAgainWithAVariation() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: Self.readsHostname)
      let built = try scene.build(project, ["--vary", "hostname,umask"])
      try #require(built.status == 1, "\(built.text)\(built.errorText)")
      let before = try scene.sums("\(scene.path)/out")

      let explained = try scene.json("explain.json")["beginnings"]?[0]?["replay"]?.stringValue
      #expect(explained == "cupel replay \(scene.path)/out --unit tiny")
      let unit = "build script of tiny 0.1.0 (run)"
      let differing = try replay(scene, ["--unit", "tiny", "--flip", "hostname"])
      #expect(differing.status == 1, "\(differing.text)\(differing.errorText)")
      #expect(
        differing.text == """
          \(unit)
            leg A, built again: as recorded
            alone, nothing varied: same
            hostname: differs: OUT_DIR/host.rs differs
              @ line 1
              - const HOST: &str = "localhost\\n";
              + const HOST: &str = "varied-host\\n";

          """)
      let same = try replay(scene, ["--unit", unit, "--flip", "umask"])
      #expect(same.status == 0, "\(same.text)\(same.errorText)")
      #expect(same.text.hasSuffix("  alone, nothing varied: same\n  umask: same\n"))

      // Without --flip, what leg B had: each, then all.
      let usual = try replay(scene, ["--unit", "tiny", "--json"])
      #expect(usual.status == 1)
      let json = try JSON(parsing: usual.standardOutput, file: "replay")
      #expect(json["schema"] == "cupel-replay/1" && json["result"] == "different")
      let runs = json["units"]?[0]?["runs"]?.arrayValue ?? []
      #expect(
        runs.map { $0["variations"] } == [[], ["hostname"], ["umask"], ["hostname", "umask"]])
      #expect(runs.map { $0["result"] } == ["same", "different", "same", "different"])

      #expect(try scene.sums("\(scene.path)/out") == before)
      try scene.expectNothingLeft()
    }

    @Test func aWholeBuildIsCompared() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: """
          cat > build.rs <<'END'
          fn main() {
              let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
              if std::path::Path::new("stamp").exists() {
                  println!("cargo:rustc-env=TIME={}", time.as_nanos());
              }
          }
          END
          """)
      try #require(try scene.build(project, ["--once"]).status == 0)
      let same = try replay(scene, [])
      #expect(same.status == 0, "\(same.text)\(same.errorText)")
      #expect(
        same.text
          == "as recorded: leg A of \(scene.path)/out/record.json, built again: 3 units\n")

      try scene.shell("touch \"$1/stamp\"", [project])
      try #require(try scene.build(project, ["--once"]).status == 0)
      let other = try replay(scene, [])
      #expect(other.status == 1, "\(other.text)\(other.errorText)")
      let words = "build script of tiny 0.1.0 (run): its instructions to cargo differ\n"
      #expect(other.text.contains("first unit that is not as recorded: \(words)"), "\(other.text)")
      try scene.expectNothingLeft()
    }

    @Test func whatDoesNotBelongTogetherIsRefused() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: Self.readsHostname)
      try #require(try scene.build(project, ["--once"]).status == 0)

      let unknown = try replay(scene, ["--unit", "tinny"])
      #expect(unknown.status == 2)
      #expect(unknown.errorText.contains("it has no unit `tinny`"))
      let several = try replay(scene, ["--unit", "tiny"])
      #expect(several.status == 2)
      #expect(several.errorText.contains("3 units can be meant by `tiny`"))
      #expect(several.errorText.contains("build script of tiny 0.1.0 (run)"))
      let flip = try replay(scene, ["--unit", "tiny 0.1.0 (program tiny)", "--flip", "moon"])
      #expect(flip.status == 2 && flip.errorText.contains("moon"), "\(flip.errorText)")
      #expect(try replay(scene, ["--flip", "umask"]).status == 2)

      // Another store has none of it.
      let environment = try scene.environment.map {
        $0.name == "CUPEL_STORE" ? (name: $0.name, value: "\(scene.path)/empty") : $0
      }
      let lost = try Command(
        try scene.commandLine(["replay", "\(scene.path)/out"]), environment: environment,
        directory: scene.path, timeout: 120
      ).run()
      #expect(lost.status == 3, "\(lost.text)\(lost.errorText)")
      let plan = try scene.json("plan.json")
      for (name, part) in [("source", "source"), ("rootfs", "rootfs")] {
        let digest = plan["inputs"]?[part]?["digest"]?.stringValue ?? "none"
        #expect(lost.errorText.contains("the \(name), \(digest)"), "\(lost.errorText)")
      }
      #expect(lost.errorText.contains("cupel kit import"))

      let file = "\(scene.path)/out/plan.json"
      let text = String(decoding: try FileSystem.read(file), as: UTF8.self)
      let edited = text.replacing("\"profile\": \"release\"", with: "\"profile\": \"dev\"")
      try #require(edited != text)
      try FileSystem.write(Array(edited.utf8), to: file)
      let refused = try replay(scene, [])
      #expect(refused.status == 3, "\(refused.text)\(refused.errorText)")
      #expect(refused.errorText.contains("is not the plan that it is the record of"))
      try scene.shell("rm \"$1\"", [file])
      let alone = try replay(scene, [])
      #expect(alone.status == 3 && alone.errorText.contains("with plan.json in the same folder"))
      try scene.expectNothingLeft()
    }

    /// A source that the store has lost is staged again.
    @Test func aProjectIsStagedAgain() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      try #require(try scene.build(project, ["--once"]).status == 0)
      let source = try #require(
        try scene.json("plan.json")["inputs"]?["source"]?["digest"]?.stringValue)
      let hex = String(source.dropFirst("sha256:".utf8.count))
      try scene.shell(
        "test -d \"$1/trees/$2\"; chmod -R u+w \"$1/trees/$2\"; rm -rf \"$1/trees/$2\"",
        [try scene.person.store, hex])
      let lost = try replay(scene, [])
      #expect(lost.status == 3 && lost.errorText.contains("the source, \(source)"))
      let again = try scene.cupel(["replay", "\(scene.path)/out", project])
      #expect(again.status == 0, "\(again.text)\(again.errorText)")
      try scene.expectNothingLeft()
    }

    private func replay(
      _ scene: borrowing Scene, _ options: [String]
    ) throws -> Command.Output {
      try scene.cupel(["replay", "\(scene.path)/out"] + options)
    }
  }
}
