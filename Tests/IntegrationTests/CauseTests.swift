import Linux
import Reading
import Testing

extension Integration {
  /// Projects whose build scripts and macros depend on one thing, or two: it must be named, and
  /// nothing else.
  @Suite struct CauseTests {
    /// A build script that puts one value into a source.
    struct Script: Sendable, CustomTestStringConvertible {
      let testDescription: String
      /// An expression of type String.
      let value: String
      let variations: [String]
      /// What makes it differ too.
      let also: [String]
      let certainty: String

      init(
        _ description: String, _ variations: [String], also: [String] = [], _ certainty: String,
        value: String
      ) {
        testDescription = description
        self.variations = variations
        self.also = also
        self.certainty = certainty
        self.value = value
      }
    }

    static let scripts = [
      Script(
        "a folder's listing", ["readdir"], "certain",
        value: """
          fs::read_dir("data").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>().join(" ")
          """),
      Script("NUM_JOBS", ["cpus"], "certain", value: "env::var(\"NUM_JOBS\").unwrap()"),
      Script(
        "the order of a hash table", ["random"], "certain",
        value: "format!(\"{:?}\", (0..20).collect::<std::collections::HashSet<i32>>())"),
      Script(
        "the host's name", ["hostname"], "certain",
        value: "fs::read_to_string(\"/proc/sys/kernel/hostname\").unwrap()"),
      Script(
        "host name and umask together", ["hostname", "umask"], "certain",
        value: """
          { use std::os::unix::fs::PermissionsExt; fs::write(format!("{out}/probe"), "").unwrap();
            let mode = fs::metadata(format!("{out}/probe")).unwrap().permissions().mode();
            fs::remove_file(format!("{out}/probe")).unwrap();
            let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
            (mode & 0o777 != 0o644 && host.trim() != "localhost").to_string() }
          """),
      Script(
        "either of host name and umask", ["hostname"], also: ["umask"], "certain",
        value: """
          { use std::os::unix::fs::PermissionsExt; fs::write(format!("{out}/probe"), "").unwrap();
            let mode = fs::metadata(format!("{out}/probe")).unwrap().permissions().mode();
            fs::remove_file(format!("{out}/probe")).unwrap();
            let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
            (mode & 0o777 != 0o644 || host.trim() != "localhost").to_string() }
          """),
      Script(
        "the time in nanoseconds", [], "uncontrolled",
        value: """
          std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
            .to_string()
          """),
      Script(
        "/dev/urandom", [], "uncontrolled",
        value: """
          { use std::io::Read; let mut bytes = [0u8; 8];
            fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
            format!("{bytes:?}") }
          """),
      Script(
        "whether it is alone", [], "unknown",
        value: """
          if fs::exists("/build/target/release/.fingerprint").unwrap() { env::var("HOME").unwrap() }
          else { "alone".to_string() }
          """),
    ]

    @Test(arguments: scripts) func theCauseOfAScriptIsFound(_ script: Script) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: """
          mkdir data
          for name in alpha beta gamma delta epsilon zeta; do echo $name > data/$name; done
          cat > build.rs <<'END'
          #![allow(unused)]
          use std::{env, fs};
          fn main() {
              let out = env::var("OUT_DIR").unwrap();
              let value: String = \(script.value);
              fs::write(format!("{out}/value.rs"), format!("const VALUE: &str = {value:?};")).unwrap();
          }
          END
          cat > src/main.rs <<'END'
          include!(concat!(env!("OUT_DIR"), "/value.rs"));
          fn main() { println!("{VALUE}"); }
          END
          """)
      let output = try scene.build(project, ["--cause-time", "60s"])
      try #require(output.status == 1, "\(output.text)\(output.errorText)")
      let cause = try cause(scene)
      let words = cause["words"]?.stringValue ?? ""
      #expect(cause["certainty"]?.stringValue == script.certainty, "\(words)")
      let named = cause["variations"]?.arrayValue?.compactMap(\.stringValue)
      #expect(named.map { Set($0).subtracting(["clock"]) } == Set(script.variations), "\(words)")
      #expect(output.text.contains("\n  \(words)\n"), "\(output.text)")
      if script.certainty == "certain" {
        #expect(cause["flips"] == cause["trials"] && cause["trials"]?.integerValue ?? 0 >= 5)
        #expect(cause["stage"] == "output")
        #expect(cause["also"]?.arrayValue?.compactMap(\.stringValue) == script.also, "\(cause)")
        #expect(cause["untried"] == [])
        // Every variation was tried alone; what differs with two only was ruled out with each.
        let all = try #require(try scene.json("explain.json")["variations"]?.arrayValue).count
        let guilty = script.variations.count > 1 ? 0 : 1 + script.also.count
        #expect(cause["ruledOut"]?.arrayValue?.count == all - guilty, "\(cause)")
      }
      try scene.expectNothingLeft()
    }

    /// Of two macros that are loaded, the one whose output differs.
    @Test func theMacroIsNamed() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: Self.twoMacros)
      let output = try scene.build(project, ["--cause-time", "60s"])
      try #require(output.status == 1, "\(output.text)\(output.errorText)")
      let cause = try cause(scene)
      #expect(cause["variations"] == ["random"] && cause["certainty"] == "certain")
      #expect(cause["stage"] == "expansion")
      #expect(cause["macro"]?["package"] == "shuffling" && cause["macro"]?["version"] == "0.3.0")
      let lines = cause["lines"]?.arrayValue?.compactMap(\.stringValue) ?? []
      #expect(lines.contains { $0.hasPrefix("- ") } && lines.contains { $0.hasPrefix("+ ") })
      #expect(
        output.text.contains(
          "it differs first in the source after macros, by the proc macro of shuffling 0.3.0\n"),
        "\(output.text)")
      try scene.expectNothingLeft()
    }

    @Test func noCauseIsLookedForWhereNoneIsWanted() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: "echo 'fn main() { println!(\"{}\", env!(\"HOME\")); }' > src/main.rs")
      let output = try scene.build(project, ["--no-cause"])
      #expect(output.status == 1 && !output.text.contains("cause:"), "\(output.text)")
      let blame = try #require(try scene.json("record.json")["blame"])
      #expect(blame["findings"]?[0]?["cause"] == .null)
    }

    private func cause(_ scene: borrowing Scene) throws -> JSON {
      let blame = try #require(try scene.json("record.json")["blame"])
      let first = try #require(blame["beginnings"]?[0]?.integerValue)
      return try #require(blame["findings"]?[Int(first)]?["cause"])
    }

    private static let twoMacros = """
      for name in shuffling steady; do
        mkdir -p $name/src
        printf '[package]\\nname = "%s"\\nversion = "0.3.0"\\nedition = "2021"\\n[lib]\\nproc-macro = true\\n' \
          $name > $name/Cargo.toml
        printf '\\n[[package]]\\nname = "%s"\\nversion = "0.3.0"\\n' $name >> Cargo.lock
      done
      printf '\\n[dependencies]\\nshuffling = { path = "shuffling" }\\nsteady = { path = "steady" }\\n' \
        >> Cargo.toml
      cat > Cargo.lock <<'END'
      version = 3

      [[package]]
      name = "shuffling"
      version = "0.3.0"

      [[package]]
      name = "steady"
      version = "0.3.0"

      [[package]]
      name = "tiny"
      version = "0.1.0"
      dependencies = [
       "shuffling",
       "steady",
      ]
      END
      cat > shuffling/src/lib.rs <<'END'
      use proc_macro::TokenStream;
      #[proc_macro_derive(Names)]
      pub fn names(_: TokenStream) -> TokenStream {
          let table: std::collections::HashSet<i32> = (0..20).collect();
          let list: Vec<_> = table.iter().collect();
          format!("impl T {{ fn names() -> &'static [i32] {{ &{list:?} }} }}").parse().unwrap()
      }
      END
      cat > steady/src/lib.rs <<'END'
      use proc_macro::TokenStream;
      #[proc_macro_derive(Other)]
      pub fn other(_: TokenStream) -> TokenStream {
          "impl T { fn other() -> i32 { 5 } }".parse().unwrap()
      }
      END
      cat > src/main.rs <<'END'
      use {shuffling::Names, steady::Other};
      #[derive(Other, Names)]
      struct T;
      fn main() { println!("{:?} {}", T::names(), T::other()); }
      END
      """
  }
}
