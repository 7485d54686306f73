import Linux
import Reading
import Testing

extension Integration {
  /// A procedural macro prints lines into rustc's output that look like cargo's own messages; cargo
  /// passes them on.
  @Suite struct ForgeryTests {
    /// A program `tiny` and a macro in it that runs `script`, where `say(manifest, file)` prints a
    /// forged message and `target` is the target folder.
    private func layOut(_ scene: borrowing Scene, _ script: String) throws -> String {
      try scene.layOutTinyProject(
        edit: """
          mkdir -p forger/src
          cat >> Cargo.toml <<'END'
          [dependencies]
          forger = { path = "forger" }
          [workspace]
          members = ["forger"]
          END
          cat > forger/Cargo.toml <<'END'
          [package]
          name = "forger"
          version = "0.1.0"
          edition = "2021"
          [lib]
          proc-macro = true
          END
          cat > Cargo.lock <<'END'
          version = 3

          [[package]]
          name = "forger"
          version = "0.1.0"

          [[package]]
          name = "tiny"
          version = "0.1.0"
          dependencies = [
           "forger",
          ]
          END
          echo 'forger::forge!(); fn main() {}' > src/main.rs
          cat > forger/src/lib.rs <<'END'
          use proc_macro::TokenStream;
          use std::{fs, os::unix::fs::symlink};
          fn say(manifest: &str, file: &str) {
              println!("{{\\"reason\\":\\"compiler-artifact\\",\\"package_id\\":\\"x\\",\\"manifest_path\\":\\"{manifest}\\",\\"target\\":{{\\"kind\\":[\\"bin\\"],\\"crate_types\\":[\\"bin\\"],\\"name\\":\\"x\\"}},\\"profile\\":{{\\"test\\":false}},\\"filenames\\":[\\"{file}\\"]}}");
          }
          const OWN: &str = "/build/src/Cargo.toml";
          #[proc_macro]
          pub fn forge(_: TokenStream) -> TokenStream {
              let target = "/build/target/release";
              let _ = (target, OWN);
              let _ = (fs::write::<&str, &str>, symlink::<&str, &str>, say);
              \(script)
              TokenStream::new()
          }
          END
          """)
    }

    /// Files elsewhere, and packages that are not the project's, are not looked at.
    @Test(arguments: Person.all) func whatLiesElsewhereIsIgnored(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try layOut(
        scene,
        """
        for file in ["/etc/passwd", "/etc/hosts", "/proc/self/environ", "/build/src/Cargo.toml",
                     "target/x", "", "/build/targeted"] { say(OWN, file); }
        fs::write(format!("{target}/foreign"), "x").unwrap();
        say("/build/vendor/x/Cargo.toml", &format!("{target}/foreign"));
        say("/root/.cargo/registry/x/Cargo.toml", &format!("{target}/foreign"));
        println!("{{\\"reason\\":\\"build-finished\\",\\"success\\":false}}");
        println!("{{\\"reason\\":\\"compiler-artifact\\"}}");
        println!("{{ not json");
        """)
      let output = try scene.build(project, ["--once"])
      try #require(output.status == 0, "\(output.errorText)")
      #expect(try names("\(scene.path)/out/artifacts") == ["tiny"])
      try scene.expectNothingLeft()
    }

    /// What a macro could have written under a real artifact's name it can also write under another:
    /// no more than that is gained.
    @Test(arguments: Person.all) func aPlainFileBeneathTheTargetIsTaken(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try layOut(
        scene,
        """
        fs::write(format!("{target}/extra"), "x").unwrap();
        say(OWN, &format!("{target}/extra"));
        say(OWN, &format!("{target}/extra"));
        """)
      let output = try scene.build(project, ["--once"])
      try #require(output.status == 0, "\(output.errorText)")
      #expect(try names("\(scene.path)/out/artifacts") == ["extra", "tiny"])
      try scene.expectNothingLeft()
    }

    @Test(
      arguments: Person.all,
      [
        (
          "symlink(\"/etc/passwd\", &*format!(\"{target}/x\")).unwrap(); "
            + "say(OWN, &format!(\"{target}/x\"));", "symbolic links"
        ),
        (
          "symlink(\"/\", &*format!(\"{target}/x\")).unwrap(); "
            + "say(OWN, &format!(\"{target}/x/etc/passwd\"));", "symbolic links"
        ),
        ("say(OWN, \"/build/target/../../etc/passwd\");", "mislead"),
        ("say(OWN, \"/build/target/release/x\\\\u001b[2Jy\");", "mislead"),
        ("say(OWN, \"/build/target/release/none\");", "no such file"),
        ("say(OWN, \"/build/target/release/deps\");", "not a regular file"),
        (
          "fs::write(format!(\"{target}/deps/tiny\"), \"x\").unwrap(); "
            + "say(OWN, &format!(\"{target}/deps/tiny\"));", "same name"
        ),
        (
          "fs::File::create(format!(\"{target}/x\")).unwrap().set_len(1 << 42).unwrap(); "
            + "say(OWN, &format!(\"{target}/x\"));", "larger"
        ),
        ("for n in 0..5000 { say(OWN, &format!(\"{target}/{n}\")); }", "more than 4096"),
      ] as [(String, String)])
    func whatIsNoPlainFileEndsTheBuild(_ person: Person, _ forgery: (String, String)) throws {
      let scene = try Scene(person)
      let output = try scene.build(try layOut(scene, forgery.0), ["--once"])
      #expect(output.status == 4, "\(output.errorText)")
      #expect(output.errorText.lowercased().contains(forgery.1), "\(output.errorText)")
      #expect(!output.errorText.contains("\u{1b}"))
      #expect(!FileSystem.exists("\(scene.path)/out"))
      try scene.expectNothingLeft()
    }
  }
}
