import Linux
import Reading
import Testing

extension Integration {
  /// The strict leg: the same build in other folders.
  @Suite struct PathsTests {
    @Test(arguments: Person.all) func anHonestProjectIsIdenticalElsewhere(
      _ person: Person
    ) throws {
      let scene = try Scene(person)
      // Cargo hashes the path of a dependency outside of the workspace into symbols, so the honest
      // fixture, which has one, is not the same elsewhere.
      let project = try scene.layOutTinyProject(edit: Self.project(prints: "\"nothing\""))
      try scene.person.own(project)
      let output = try scene.build(project, ["--vary", "default,paths", "--legs", "3"])
      try #require(output.status == 0, "\(output.errorText)\(output.text)")
      #expect(output.text.hasPrefix("identical: "), "\(output.text)")
      #expect(output.text.contains("target folder,"), "\(output.text)")
      #expect(output.text.contains("\nno artifact names a folder of the build\n"), "\(output.text)")
      #expect(try scene.json("record.json")["leakedPaths"]?.arrayValue == [])
      let legs = try #require(try scene.json("plan.json")["legs"]?.arrayValue)
      #expect(Set(legs.map { $0["conditions"]?["root"]?.stringValue ?? "" }).count == 3)
      #expect(
        legs[1]["directory"]?.stringValue == "/elsewhere/varied-build/src", "\(legs[1])")
      try scene.expectNothingLeft()
    }

    @Test func whatNamesAFolderIsListed() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: Self.project(prints: "env!(\"OUT_DIR\")"))
      #expect(try scene.build(project).status == 0)
      let output = try scene.build(project, ["--vary", "paths"])
      try #require(output.status == 1, "\(output.errorText)\(output.text)")
      #expect(
        output.text.contains(
          "artifacts that name folders of the build:\n"
            + "  tiny of leg A, ELF section .rodata: 1 text: /build/target/release/build/tiny-"),
        "\(output.text)")
      #expect(
        output.text.contains(
          "  tiny of leg B, ELF section .rodata: 1 text: "
            + "/elsewhere/varied-build/target/release/build/tiny-"), "\(output.text)")
      let leaked = try #require(try scene.json("record.json")["leakedPaths"]?.arrayValue)
      #expect(leaked.map { $0["leg"]?.stringValue } == ["A", "B"])
      #expect(leaked.allSatisfy { $0["parts"]?[0]?["count"] == 1 })
      #expect(
        output.text.contains(": it was compiled with OUT_DIR, and the legs differ in that\n"),
        "\(output.text)")
      // The units are the same ones, though all their files lie elsewhere.
      let blame = try #require(try scene.json("record.json")["blame"])
      let states = blame["findings"]?.arrayValue?.compactMap { $0["state"]?.stringValue } ?? []
      #expect(states == ["root"], "\(output.text)")
    }

    /// A build script with a C object, instructions for cargo that name its folder, and debug
    /// information.
    private static func project(prints value: String) -> String {
      """
      cat >> Cargo.toml <<'END'
      [profile.release]
      debug = true
      END
      cat > build.rs <<'END'
      use std::{env, fs, process::Command};
      fn main() {
          let out = env::var("OUT_DIR").unwrap();
          fs::write(format!("{out}/made.rs"), "pub fn made(n: usize) -> u8 { [1, 2, 3][n] }").unwrap();
          fs::write(format!("{out}/c.c"), "const char *file(void) { return __FILE__; }").unwrap();
          let flags = env::var("CFLAGS").unwrap();
          let object = format!("{out}/c.o");
          let status = Command::new("gcc").args(flags.split(' '))
              .args(["-g", "-O2", "-c", &format!("{out}/c.c"), "-o", &object]).status().unwrap();
          assert!(status.success());
          let archive = format!("{out}/libpart.a");
          assert!(Command::new("ar").args(["crsD", &archive, &object]).status().unwrap().success());
          println!("cargo:rustc-link-search=native={out}");
          println!("cargo:rustc-link-lib=static=part");
      }
      END
      cat > src/lib.rs <<'END'
      include!(concat!(env!("OUT_DIR"), "/made.rs"));
      extern "C" { fn file() -> *const std::ffi::c_char; }
      pub fn c_file() -> &'static str {
          unsafe { std::ffi::CStr::from_ptr(file()).to_str().unwrap() }
      }
      END
      cat > src/main.rs <<'END'
      fn main() {
          let made = tiny::made(std::env::args().count());
          println!("{made} {} {}", tiny::c_file(), \(value));
      }
      END
      """
    }
  }
}
