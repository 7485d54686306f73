import Linux
import Reading
import Testing

extension Integration {
  /// Projects with one defect: the right unit and file must be named.
  @Suite struct BlameTests {
    /// A project with one defect, and what is to be said of it.
    struct Defect: Sendable, CustomTestStringConvertible {
      let testDescription: String
      /// Run in the workspace.
      let edit: String
      let variation: String
      /// The beginning of the line that names the first unit.
      let first: String
      let root: String
      /// A line that shows how, without its indent.
      let line: String

      init(
        _ description: String, variation: String, first: String, root: String, line: String,
        edit: String
      ) {
        testDescription = description
        self.edit = edit
        self.variation = variation
        self.first = first
        self.root = root
        self.line = line
      }
    }

    static let defects = [
      Defect(
        "a folder's listing in a generated file", variation: "readdir",
        first: "build script of app 0.1.0 (run): OUT_DIR/generated.rs differs",
        root: "build-script-run", line: "@ line 2",
        edit: "sed -i '/paths.sort();/d' app/build.rs"),
      Defect(
        "a variable among the instructions to cargo", variation: "timezone",
        first: "build script of app 0.1.0 (run): its instructions to cargo differ",
        root: "build-script-run", line: "+ cargo:rustc-env=ZONE=VAR+11:30",
        edit: """
          sed -i 's|^    let mut paths|    println!("cargo:rustc-env=ZONE={}", env::var("TZ").unwrap());\\n&|' app/build.rs
          sed -i 's|^fn main() {|&\\n    println!("{}", env!("ZONE"));|' app/src/bin/one.rs
          """),
      Defect(
        "the order of a hash table in a proc macro", variation: "random",
        first: "app 0.1.0 (program one): other output from the same sources and inputs; "
          + "it can run the proc macro of derive 0.1.0", root: "proc-macro", line: "",
        edit: """
          cat >> derive/src/lib.rs <<'END'
          fn shuffle(names: Vec<String>) -> Vec<String> {
              let table: std::collections::HashSet<i32> = (0..64).collect();
              names.into_iter().chain(table.iter().map(|number| number.to_string())).collect()
          }
          END
          sed -i 's/arrange(names).join/shuffle(arrange(names)).join/' derive/src/lib.rs
          """),
      Defect(
        "the host's name in C", variation: "hostname",
        first: "build script of native 0.1.0 (run): OUT_DIR/libcupelnative.a and 1 more file",
        root: "native-code", line: "archive member native.o",
        edit: """
          sed -i 's|\\.args(\\["-O2"|.arg(format!("-DHOST=\\\\"{}\\\\"", std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim()))&|' native/build.rs
          sed -i 's|return __DATE__|return HOST __DATE__|' native/c/native.c
          """),
      Defect(
        "a variable of the environment", variation: "home",
        first: "app 0.1.0 (program one): it was compiled with HOME, and the legs differ in that",
        root: "environment", line: "",
        edit:
          "sed -i 's|^fn main() {|&\\n    println!(\"{}\", env!(\"HOME\"));|' app/src/bin/one.rs"
      ),
    ]

    @Test(arguments: defects) func theFirstUnitIsNamed(_ defect: Defect) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      try scene.shell("cd \"$1/workspace\"\n\(defect.edit)", [project])
      try scene.commit(project)
      let output = try scene.build(
        "\(project)/workspace", ["--bin", "one", "--vary", defect.variation])
      try #require(output.status == 1, "\(output.text)\(output.errorText)")
      #expect(output.text.contains("\nfirst unit that differs: \(defect.first)"), "\(output.text)")
      #expect(output.text.contains("    \(defect.line)"), "\(output.text)")
      let blame = try #require(try scene.json("record.json")["blame"])
      let first = try #require(blame["beginnings"]?[0]?.integerValue)
      let finding = try #require(blame["findings"]?[Int(first)])
      #expect(finding["root"]?.stringValue == defect.root)
      #expect(finding["words"]?.stringValue?.hasPrefix(defect.first) == true)
      #expect(blame["complete"]?.boolValue == true)
      #expect(output.text.contains("\nadvice: in the "), "\(output.text)")
      let explained = try scene.json("explain.json")
      #expect(explained["schema"] == "cupel-explain/1" && explained["verdict"] == "different")
      #expect(explained["beginnings"]?[0]?["root"]?.stringValue == defect.root)
      #expect(explained["beginnings"]?[0]?["advice"]?.arrayValue?.isEmpty == false)
      let page = try FileSystem.read("\(scene.path)/out/report.html")
      #expect(page.starts(with: Array("<!doctype html>".utf8)) && page.count < 2 << 20)
      try scene.expectNothingLeft()
    }

    /// The same project in a sandbox to which nobody can listen, so that no unit is recorded.
    @Test func theRecorderChangesNoArtifact() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject() + "/workspace"
      let recorded = try scene.build(project, ["--once"])
      try #require(recorded.status == 0, "\(recorded.errorText)")
      let artifacts = try scene.sums("\(scene.path)/out/artifacts")
      #expect(try scene.json("record.json")["units"]?["list"]?.arrayValue?.isEmpty == false)

      let unheard = try scene.harness(
        ["taken"],
        scene.commandLine(["build", project, "--once", "--out", "\(scene.path)/out"]))
      try #require(unheard["status"]?.integerValue == 0, "\(unheard["output"]?.stringValue ?? "")")
      #expect(try scene.json("record.json")["units"] == .null)
      #expect(try scene.sums("\(scene.path)/out/artifacts") == artifacts)
    }

    @Test func whatNoArtifactShowsIsLatent() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: """
          cat > build.rs <<'END'
          fn main() {
              let out = std::env::var("OUT_DIR").unwrap();
              std::fs::write(format!("{out}/log"), std::env::var("HOME").unwrap()).unwrap();
          }
          END
          """)
      let output = try scene.build(project)
      #expect(output.status == 0, "\(output.errorText)")
      #expect(output.text.hasPrefix("identical, latent differences: 1 artifact"), "\(output.text)")
      #expect(
        output.text.contains(
          "build script of tiny 0.1.0 (run): OUT_DIR/log differs\n    @ line 1\n"),
        "\(output.text)")
      #expect(try scene.json("record.json")["verdict"]?["kind"] == "identical-latent")
    }

    /// Two builds that were made at different times, by what their output folders hold.
    @Test func twoOutputFoldersAreComparedUnitByUnit() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      try scene.commit(project)
      for (out, edit) in [("a", "true"), ("b", "sed -i '/paths.sort();/d' app/build.rs")] {
        try scene.shell("cd \"$1/workspace\"\n\(edit)", [project])
        let output = try scene.build(
          "\(project)/workspace",
          ["--bin", "one", "--once", "--allow-dirty", "--out", "\(scene.path)/\(out)"])
        try #require(output.status == 0, "\(output.errorText)")
      }
      let folders = ["\(scene.path)/a", "\(scene.path)/b"]
      let compared = try scene.cupel(["compare"] + folders)
      #expect(compared.status == 1, "\(compared.errorText)")
      #expect(compared.text.contains("\nthe plans differ, "), "\(compared.text)")
      #expect(
        compared.text.contains(
          "\nfirst unit that differs: build script of app 0.1.0 (compilation)"),
        "\(compared.text)")
      let records = try scene.cupel(["compare", "--json"] + folders.map { "\($0)/record.json" })
      #expect(records.status == 1, "\(records.errorText)")
      let json = try JSON(parsing: records.standardOutput, file: "compare")
      #expect(json["records"]?["samePlan"] == false && json["entries"]?.arrayValue == [])
      #expect(try scene.cupel(["compare", folders[0], folders[0]]).status == 0)
      try scene.shell("truncate -s 5000 \"$1/record.json\"", [folders[1]])
      let damaged = try scene.cupel(["compare"] + folders)
      #expect(damaged.status == 3)
      #expect(damaged.errorText.contains("b/record.json"), "\(damaged.errorText)")
    }

    /// The other leg shows that it is not the project alone.
    @Test(arguments: ["parallel", "sequential"])
    func aLegThatFailsAloneIsAFinding(_ mode: String) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: """
          echo 'fn main() { assert!(std::env::var("HOME").unwrap().ends_with("home")); }' > build.rs
          """)
      let output = try scene.build(project, ["--schedule", mode])
      #expect(output.status == 4)
      #expect(output.errorText.contains("building leg B: cargo ended with status 101"))
      #expect(
        output.errorText.contains(
          "note: leg A was built; build script of tiny 0.1.0 (run) fails with home folder alone\n"),
        "\(output.errorText)")
      let unexplained = try scene.build(project, ["--schedule", mode, "--no-cause"])
      #expect(
        unexplained.errorText.contains("note: leg A was built; the legs differ in host name, "),
        "\(unexplained.errorText)")
      try scene.expectNothingLeft()
    }

    /// One variation alone does no harm.
    @Test func aFailureOfTwoVariationsTogetherIsTold() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: """
          cat > build.rs <<'END'
          fn main() {
              let home = std::env::var("HOME").unwrap().ends_with("home");
              assert!(home || std::env::var("TZ").unwrap() == "UTC");
          }
          END
          """)
      let output = try scene.build(project)
      #expect(output.status == 4)
      #expect(
        output.errorText.contains(
          "build script of tiny 0.1.0 (run) fails with what the legs differ in together, with none "
            + "of it alone"),
        "\(output.errorText)")
    }

    /// A build script that runs the wrapper, imitates cargo's messages, leaves dep-info and outputs of
    /// units that never were, and changes those of another.
    @Test func whatAScriptForgesIsNoUnit() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      try scene.shell(
        """
        cd "$1/workspace"
        cat > app/build.rs <<'END'
        use std::{env, fs, process::Command};

        fn main() {
            let out = env::var("OUT_DIR").unwrap();
            fs::write(format!("{out}/generated.rs"), "pub const TEXTS: &[(&str, &str)] = &[];").unwrap();
            let deps = "/build/target/release/deps";
            fs::write(format!("{deps}/forged-0123.d"), "forged: /etc/passwd\\n").unwrap();
            fs::write(format!("{deps}/libforged-0123.rlib"), env::var("HOME").unwrap()).unwrap();
            let wrapper = env::var("RUSTC_WRAPPER").unwrap_or("/build/bin/cupel-rustc".into());
            Command::new("sh").args([
                "-c", "\\"$@\\"; \\"$@\\" & sleep 0.2", "sh", &wrapper, "/bin/true",
                "--crate-name", "forged", "--crate-type", "lib",
                "-C", "extra-filename=-0123", "--out-dir", deps,
            ]).env("CARGO_PKG_NAME", "victim").env("CARGO_PKG_VERSION", "1.0.0").status().unwrap();
            println!("{{\\"reason\\":\\"build-script-executed\\",\\"package_id\\":\\"path+file:///x#victim@1.0.0\\",\\"out_dir\\":\\"{out}\\"}}");
        }
        END
        """, [project])
      try scene.commit(project)
      let output = try scene.build("\(project)/workspace", ["--bin", "one"])
      #expect(output.status == 0, "\(output.errorText)\(output.text)")
      let list = try #require(try scene.json("record.json")["units"]?["list"]?.arrayValue)
      #expect(!list.isEmpty)
      #expect(!list.contains { $0["crate"] == "forged" || $0["package"] == "victim" })
      #expect(output.text.hasPrefix("identical: "), "\(output.text)")
    }

    /// The unit that it was done to is not blamed for it.
    @Test func whatAScriptDoesToAnotherUnitIsMarked() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      try scene.shell(
        """
        cd "$1/workspace"
        # So that the script runs when the macro is done.
        printf '\\n[build-dependencies]\\nderive = { path = "../derive" }\\n' >> app/Cargo.toml
        sed -i 's|^fn main() {|&\\n    change();|' app/build.rs
        cat >> app/build.rs <<'END'
        fn change() {
            for entry in fs::read_dir("/build/target/release/deps").unwrap() {
                let path = entry.unwrap().path();
                if !path.to_str().unwrap().ends_with(".so") { continue; }
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                let home = env::var("HOME").unwrap();
                std::io::Write::write_all(&mut file, home.as_bytes()).unwrap();
            }
        }
        END
        """, [project])
      try scene.commit(project)
      let output = try scene.build("\(project)/workspace", ["--bin", "one"])
      try #require(output.status == 0, "\(output.errorText)\(output.text)")
      #expect(
        output.text.contains(
          "first unit that differs: derive 0.1.0 (proc macro derive): libderive-"),
        "\(output.text)")
      #expect(
        output.text.contains(".so differs, changed by something else after the unit was done\n"),
        "\(output.text)")
    }

    /// An auditor compares it with that of another build.
    @Test func theListOfUnitsIsTheSameEachTime() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject()
      var lists: [JSON] = []
      for _ in 0..<2 {
        let output = try scene.build("\(project)/workspace", ["--workspace", "--once"])
        try #require(output.status == 0, "\(output.errorText)")
        lists.append(try #require(try scene.json("record.json")["units"]))
      }
      #expect(lists[0] == lists[1])
      let units = try #require(lists[0]["list"]?.arrayValue)
      #expect(lists[0]["unlisted"]?.integerValue == 0)
      let kinds = units.compactMap { $0["kind"]?.stringValue }
      #expect(
        Set(kinds).isSuperset(of: ["lib", "proc-macro", "bin", "build-script", "build-script-run"]))
      #expect(units.allSatisfy { $0["evidence"] == "kernel" })
      #expect(units.allSatisfy { $0["outputs"]?.arrayValue?.isEmpty == false })
      let one = try #require(units.first { $0["crate"] == "one" })
      let below = one["dependencies"]?.arrayValue?.compactMap { entry in
        entry.integerValue.flatMap { units[Int($0)]["crate"]?.stringValue }
      }
      #expect(Set(below ?? []).isSuperset(of: ["derive", "library", "native", "outside"]))
    }
  }
}
