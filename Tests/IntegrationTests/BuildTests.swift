import Linux
import Reading
import Testing

extension Integration {
  /// `cupel build` of a workspace of our own that has a bit of everything.
  @Suite struct BuildTests {
    private static let artifacts = ["libarchive.a", "libshared.so", "one", "two"]

    @Test(arguments: Person.all) func theHonestWorkspaceIsIdentical(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutHonestProject()
      let output = try scene.build("\(project)/workspace", ["--workspace"])
      try #require(output.status == 0, "\(output.errorText)\(output.text)")
      #expect(output.text.contains("identical"), "\(output.text)")
      #expect(
        try names("\(scene.path)/out")
          == ["SHA256SUMS", "artifacts", "cupel.lock", "logs", "plan.json", "record.json"])
      #expect(try names("\(scene.path)/out/artifacts") == Self.artifacts)
      #expect(try names("\(scene.path)/out/logs") == ["A.log", "B.log"])
      let checked = try scene.shell("cd out && sha256sum -c SHA256SUMS")
      #expect(checked == Self.artifacts.map { "artifacts/\($0): OK\n" }.joined())
      for name in ["plan.json", "record.json"] {
        try scene.shell("python3 -m json.tool \"out/$1\" > /dev/null", [name])
      }
      try expectNoPaths(scene, project)
      try expectPrograms(scene)
      try scene.expectNothingLeft()
    }

    /// No path of the host or the sandbox, but the one that `two` asks for itself.
    private func expectNoPaths(_ scene: borrowing Scene, _ project: String) throws {
      let host = [scene.path, try scene.person.store, Checkout.path]
      for name in Self.artifacts {
        for needle in host + Bytes.sandboxFolders {
          let isFound = try Bytes.contain("\(scene.path)/out/artifacts/\(name)", needle)
          #expect(isFound == (name == "two" && needle == "/build/target"), "\(name): \(needle)")
        }
      }
    }

    /// What was built runs on the host, and says what it should.
    private func expectPrograms(_ scene: borrowing Scene) throws {
      let one = try scene.shell("out/artifacts/one").split(separator: "\n")
      #expect(one.first == "almond: the almond has 7 rings")
      #expect(one.last == "the cedar has 21 rings")
      #expect(one.contains("x y label"))
      #expect(one.contains("3140075062 /src/workspace/native/c/native.c"))
      #expect(one.contains("Nov 14 2023 22:13:20"), "\(one)")
      let two = try scene.shell("out/artifacts/two")
      #expect(two.hasPrefix("/build/target/release/build/app-"))
    }

    @Test func whatUnitsDependOnIsObservedOnRequest() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject()
      let output = try scene.build("\(project)/workspace", ["--workspace", "--once", "--observe"])
      try #require(output.status == 0, "\(output.errorText)\(output.text)")
      #expect(try names("\(scene.path)/out/observed") == ["A.jsonl"])
      let file = "\(scene.path)/out/observed/A.jsonl"
      var units: [String: JSON] = [:]
      for line in try FileSystem.read(file).split(separator: UInt8(ascii: "\n")) {
        let observation = try JSON(parsing: Array(line), file: file)
        let unit = observation["unit"]
        let isOfSandbox = observation["source"]?.stringValue == "sandbox"
        let name = isOfSandbox ? unit?["package"] : unit?["target"]
        let key = "\(unit?["step"]?.stringValue ?? "") \(name?.stringValue ?? "")"
        units[isOfSandbox ? "seen \(key)" : key] = observation
      }
      func paths(_ unit: String, _ list: String) -> [String] {
        (units[unit]?[list]?.arrayValue ?? []).compactMap { file in
          file["class"]?.stringValue.flatMap { "\($0) \(file["path"]?.stringValue ?? "")" }
        }
      }
      let one = paths("rustc one", "read")
      #expect(one.contains("source /build/src/workspace/app/src/bin/one.rs"), "\(one)")
      #expect(one.contains { $0.hasPrefix("target ") && $0.hasSuffix("/out/generated.rs") })
      #expect(
        units["rustc one"]?["environment"]?[0]?["name"]?.stringValue == "OUT_DIR")
      #expect(paths("build-script build-script", "written").count == 2)  // the last one, native's
      #expect(units["rustc build-script-build"] != nil)
      // What the sandbox saw, said or not.
      let app = paths("seen build-script app", "read")
      #expect(app.contains { $0.hasSuffix("/almond.txt") }, "\(units.keys.sorted())")
      let native = paths("seen build-script native", "programs")
      #expect(native.contains("rootfs /usr/bin/cc"), "\(native)")
      #expect(
        units["seen build-script native"]?["evidence"]?.stringValue == "kernel")
    }

    @Test func folderAndUserDoNotMatter() throws {
      var sums: Set<String> = []
      var plans: Set<String> = []
      for person in Person.all {
        for name in ["project", "a much longer name/of a folder"] {
          let scene = try Scene(person)
          try scene.shell("mkdir -p \"$1\"", [FileSystem.split("\(scene.path)/\(name)").parent])
          let project = try scene.layOutHonestProject(name)
          let output = try scene.build("\(project)/workspace", ["--workspace"])
          try #require(output.status == 0, "\(output.errorText)")
          sums.insert(try scene.shell("cat out/SHA256SUMS"))
          plans.insert(try scene.shell("cat out/plan.json"))
        }
      }
      #expect(sums.count == 1, "\(sums)")
      #expect(plans.count == 1)
    }

    @Test func aCopyWithoutGitGivesTheSameBytes() throws {
      let scene = try Scene(Person.all[0])
      let options = ["--workspace", "--source-date-epoch", "1700000000"]
      let committed = try scene.layOutHonestProject("committed")
      try #require(try scene.build("\(committed)/workspace", options).status == 0)
      let first = try scene.shell("cat out/SHA256SUMS")
      let copied = try scene.layOutHonestProject("copied", commits: false)
      // Nothing says where the source begins, and a dependency is above the workspace.
      let output = try scene.build("\(copied)/workspace", options + ["--root", copied])
      try #require(output.status == 0, "\(output.errorText)")
      #expect(output.errorText.contains("is not tracked by git"))
      #expect(try scene.shell("cat out/SHA256SUMS") == first)
    }

    @Test(arguments: Person.all) func aCommitIsBuiltWhateverTheWorkTreeIs(
      _ person: Person
    ) throws {
      let scene = try Scene(person)
      let project = try scene.layOutHonestProject()
      let clean = try scene.build("\(project)/workspace", ["--bin", "one", "--once"])
      try #require(clean.status == 0, "\(clean.errorText)")
      let sums = try scene.shell("cat out/SHA256SUMS")
      let plan = try scene.shell("cat out/plan.json")
      try scene.shell(
        """
        git clone -q --bare project bare.git
        cd project
        git -c user.name=test -c user.email=test@localhost tag -a -m v1 v1
        git checkout -q --orphan other
        rm -r workspace
        mkfifo pipe
        """)
      for (place, revision) in [("project", "v1"), ("bare.git", "HEAD")] {
        let path = "\(scene.path)/\(place)/workspace"
        let options = ["--rev", revision, "--bin", "one", "--once"]
        let output = try scene.build(path, options)
        try #require(output.status == 0, "\(output.errorText)")
        #expect(try scene.shell("cat out/SHA256SUMS") == sums)
        #expect(try scene.shell("cat out/plan.json") == plan)
        let told = try scene.json("record.json")["revision"]
        #expect(told?["requested"]?.stringValue == revision)
        #expect(told?["changes"] == .null)
        let planned = try scene.cupel(["plan", path] + options)
        #expect(planned.text == plan, "\(planned.errorText)")
        let verified = try scene.cupel(["verify-sources", path, "--rev", revision])
        #expect(verified.status == 0, "\(verified.errorText)")
        let tagged = try scene.build(path, options + ["--require-signed-tag"])
        #expect(tagged.status == 6, "\(tagged.errorText)")
      }
      #expect(
        try scene.cupel(["verify-sources", "\(scene.path)/project", "--rev", "v1"]).errorText
          .contains("error: looking for a project: no Cargo.toml in v1: or in any folder above it"))
      for options in [["--rev", "v1", "--allow-dirty"], ["--export-ignore"]] {
        #expect(try scene.build("\(scene.path)/project", options).status == 2)
      }
      try scene.expectNothingLeft()
    }

    @Test func sequentialLegsGiveTheSameBytes() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject() + "/workspace"
      var sums: Set<String> = []
      for schedule in ["parallel", "sequential"] {
        let output = try scene.build(project, ["--bin", "one", "--schedule", schedule])
        try #require(output.status == 0, "\(output.errorText)")
        sums.insert(try scene.shell("cat out/SHA256SUMS"))
      }
      #expect(sums.count == 1)
    }

    @Test func oneLegIsNotCompared() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      let output = try scene.build(project, ["--once"])
      #expect(output.status == 0, "\(output.errorText)")
      #expect(output.text.contains("not compared"))
      #expect(!output.text.contains("identical"))
      #expect(try names("\(scene.path)/out/logs") == ["A.log"])
    }

    @Test(arguments: Person.all) func aFailedRunLeavesTheOldOutput(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      try #require(try scene.build(project).status == 0)
      let before = try scene.sums("\(scene.path)/out")
      try scene.shell("echo 'fn main() { wrong' > tiny/src/main.rs")
      let output = try scene.build(project)
      #expect(output.status == 4)
      #expect(output.errorText.contains("error: "))
      #expect(output.errorText.contains("unclosed delimiter"))
      #expect(try scene.sums("\(scene.path)/out") == before)
      try scene.shell("echo 'fn main() { println!(\"new\") }' > tiny/src/main.rs")
      try #require(try scene.build(project).status == 0)
      #expect(try scene.shell("out/artifacts/tiny") == "new\n")
      try scene.expectNothingLeft()
    }

    @Test func aMemberOfAWorkspaceIsBuiltAlone() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject()
      for path in ["workspace/shared", "workspace/shared/Cargo.toml"] {
        let output = try scene.build("\(project)/\(path)", ["--once"])
        try #require(output.status == 0, "\(output.errorText)")
        #expect(try names("\(scene.path)/out/artifacts") == ["libshared.so"])
      }
    }

    @Test func keepsTheProjectsOwnConfiguration() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: """
          mkdir .cargo
          cat > .cargo/config.toml <<'END'
          [build]
          rustflags = ["--cfg", "configured"]
          [env]
          GREETING = "from the configuration"
          [profile.release]
          panic = "abort"
          END
          cat > src/main.rs <<'END'
          fn main() {
              println!("{} {} {}", cfg!(configured), env!("GREETING"), cfg!(panic = "abort"));
          }
          END
          """)
      let output = try scene.build(project)
      try #require(output.status == 0, "\(output.errorText)")
      #expect(try scene.shell("out/artifacts/tiny") == "true from the configuration true\n")
    }

    @Test func messagesForMachinesAreJSON() throws {
      let scene = try Scene(Person.all[0])
      let output = try scene.build(
        try scene.layOutTinyProject(), ["--message-format", "json"])
      #expect(output.status == 0)
      let lines = output.text.split(separator: "\n")
      #expect(!lines.isEmpty)
      for line in lines {
        let event = try JSON(parsing: Array(line.utf8), file: "--message-format json")
        #expect(event["event"]?.stringValue != nil)
      }
      #expect(lines.last?.hasPrefix(#"{"event":"record","record":{"#) == true)
    }

    @Test func thePlanIsAPureFunction() throws {
      let scene = try Scene(Person.all[0])
      var plans: Set<String> = []
      for name in ["one", "two"] {
        let project = try scene.layOutHonestProject(name)
        let output = try scene.cupel(["plan", "\(project)/workspace", "--workspace"])
        try #require(output.status == 0, "\(output.errorText)")
        plans.insert(output.text)
      }
      #expect(plans.count == 1)
      #expect(plans.first?.contains(scene.path) == false)
    }
  }
}
