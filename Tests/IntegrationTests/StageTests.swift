import Linux
import Reading
import Testing

extension Integration {
  /// Which step of the compiler is the first that differs, where neither a build script nor what
  /// macros make of the source does.
  @Suite struct StageTests {
    struct Fixture: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let stage: String
      let words: String
      let variation: String
      /// What the lines that differ at that stage hold.
      let evidence: String
      /// A shell script in the project's folder.
      let edit: String

      init(
        _ description: String, _ stage: String, _ words: String, by variation: String,
        shows evidence: String = "", _ edit: String
      ) {
        testDescription = description
        self.stage = stage
        self.words = words
        self.variation = variation
        self.evidence = evidence
        self.edit = edit
      }
    }

    // MARK: Projects

    /// A package `marks` of one macro, in `marks/src/lib.rs`.
    private static let macroPackage = """
      mkdir -p marks/src
      printf '\\n[dependencies]\\nmarks = { path = "marks" }\\n' >> Cargo.toml
      cat > Cargo.lock <<'END'
      version = 3

      [[package]]
      name = "marks"
      version = "0.3.0"

      [[package]]
      name = "tiny"
      version = "0.1.0"
      dependencies = [
       "marks",
      ]
      END
      cat > marks/Cargo.toml <<'END'
      [package]
      name = "marks"
      version = "0.3.0"
      edition = "2021"

      [lib]
      proc-macro = true
      END

      """

    static let projects = [
      Fixture(
        "names that are the macro's own or the caller's, the same in text", "mir",
        "the compiler's MIR", by: "random", shows: "const 2_i32",
        macroPackage + """
          cat > marks/src/lib.rs <<'END'
          //! Makes `{ let value = 2; [value, value, …] }`. Whether a name of the list is the macro's
          //! own or the caller's is told by its span alone, and the spans come in the order of a hash
          //! table.
          use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
          use std::collections::HashMap;

          #[proc_macro]
          pub fn list(_: TokenStream) -> TokenStream {
              let spans: HashMap<i32, Span> = (0..20)
                  .map(|n| (n, if n % 2 == 0 { Span::call_site() } else { Span::mixed_site() }))
                  .collect();
              let name = |span| TokenStream::from(TokenTree::from(Ident::new("value", span)));
              let text = |code: &str| code.parse::<TokenStream>().unwrap();
              let names = spans.values().flat_map(|span| [name(*span), text(",")]).collect();
              let names = TokenTree::from(Group::new(Delimiter::Bracket, names));
              let block = [text("let"), name(Span::mixed_site()), text("= 2;"), names.into()];
              TokenTree::from(Group::new(Delimiter::Brace, block.into_iter().collect())).into()
          }
          END
          cat > src/main.rs <<'END'
          fn main() {
              let value = 1;
              println!("{} {:?}", value, marks::list!());
          }
          END
          """),
      Fixture(
        "the place of a panic, from whichever argument a hash table lists first", "llvm-ir",
        "the LLVM IR", by: "random", shows: "alloc_",
        macroPackage + """
          cat > marks/src/lib.rs <<'END'
          use proc_macro::{Group, Span, TokenStream, TokenTree};
          use std::collections::HashMap;

          #[proc_macro]
          pub fn check(arguments: TokenStream) -> TokenStream {
              let names: HashMap<String, TokenTree> =
                  arguments.into_iter().map(|each| (each.to_string(), each)).collect();
              let span = names.values().next().unwrap().span();
              mark("{ panic!(\\"checked\\") }".parse().unwrap(), span)
          }

          fn mark(code: TokenStream, span: Span) -> TokenStream {
              code.into_iter().map(|mut tree| {
                  if let TokenTree::Group(group) = &tree {
                      tree = Group::new(group.delimiter(), mark(group.stream(), span)).into();
                  }
                  tree.set_span(span);
                  tree
              }).collect()
          }
          END
          cat > src/main.rs <<'END'
          fn main() {
              if std::env::args().count() > 1 {
                  marks::check!(
                      one two three four five six seven
                      eight nine ten eleven twelve
                  );
              }
          }
          END
          """),
      Fixture(
        "a file that the assembler reads", "object", "the machine code", by: "user",
        shows: ".rodata.accounts",
        """
        cat > src/main.rs <<'END'
        // Neither cargo nor rustc knows that it is read.
        std::arch::global_asm!(
            ".pushsection .rodata.accounts, \\"a\\", @progbits",
            ".globl accounts",
            "accounts: .incbin \\"/etc/passwd\\"",
            ".byte 0",
            ".popsection",
        );
        extern "C" {
            static accounts: u8;
        }
        fn main() {
            println!("{}", unsafe { accounts });
        }
        END
        """),
      Fixture(
        "a linker of the project's own", "link",
        "the link, or how the compiler packs its output", by: "hostname",
        """
        mkdir .cargo tools
        cat > .cargo/config.toml <<'END'
        [target.x86_64-unknown-linux-gnu]
        linker = "tools/cc"
        END
        cat > tools/cc <<'END'
        #!/bin/sh
        name=$(od -An -tx1 /proc/sys/kernel/hostname | tr -d ' \\n')
        exec cc "$@" -Wl,--build-id=0x$name
        END
        chmod +x tools/cc
        """),
    ]

    @Test(arguments: projects) func theFirstStepThatDiffersIsNamed(_ fixture: Fixture) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: fixture.edit)
      try expect(fixture, try scene.build(project, ["--cause-time", "60s"]), scene)
      try scene.expectNothingLeft()
    }

    // MARK: Compilers

    /// A compiler that adds an argument of its own on some machines: it stands in no record.
    private static func compiler(
      _ stage: String, _ words: String, shows evidence: String = "", adding argument: String
    ) -> Fixture {
      Fixture(
        "a compiler that adds \(argument)", stage, words, by: "hostname", shows: evidence,
        """
        cat > src/main.rs <<'END'
        #[inline(never)]
        fn sum(count: u32) -> u32 { (0..count).map(|x| x * x).sum() }
        fn main() { println!("{}", sum(std::env::args().count() as u32 + 3)); }
        END
        mkdir -p ../compiler/bin ../compiler/lib/rustlib
        cat > ../compiler/lib/rustlib/multirust-channel-manifest.toml <<'END'
        [pkg.rustc]
        version = "1.96.0 (000000000 2026-05-01)"
        END
        cat > ../compiler/bin/rustc <<'END'
        #!/bin/sh
        [ "$(cat /proc/sys/kernel/hostname)" = localhost ] || set -- "$@" \(argument)
        exec /usr/bin/rustc "$@"
        END
        printf '#!/bin/sh\\nexec /usr/bin/cargo "$@"\\n' > ../compiler/bin/cargo
        chmod +x ../compiler/bin/*
        """)
    }

    static let compilers = [
      compiler(
        "mir", "the compiler's MIR", shows: "MulWithOverflow", adding: "-Coverflow-checks=on"),
      compiler("llvm-ir", "the LLVM IR", shows: "x86-64-v3", adding: "-Ctarget-cpu=x86-64-v3"),
      compiler(
        "object", "the machine code", shows: ".o differs",
        adding: "-Cllvm-args=-align-all-functions=6"),
      compiler(
        "link", "the link, or how the compiler packs its output",
        adding: "-Clink-arg=-Wl,--build-id=0x1234"),
    ]

    @Test(arguments: compilers) func theFirstStepOfTheCompilerIsNamed(_ fixture: Fixture) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: fixture.edit)
      let output = try scene.build(
        project, ["--cause-time", "60s", "--toolchain", "\(scene.path)/compiler"])
      try expect(fixture, output, scene)
      let root = try scene.json("record.json")["blame"]?["findings"]?[0]?["root"]
      #expect(root == "compiler-or-linker")
      try scene.expectNothingLeft()
    }

    private func expect(
      _ fixture: Fixture, _ output: Command.Output, _ scene: borrowing Scene
    ) throws {
      try #require(output.status == 1, "\(output.text)\(output.errorText)")
      let blame = try #require(try scene.json("record.json")["blame"])
      let first = try #require(blame["beginnings"]?[0]?.integerValue)
      let cause = try #require(blame["findings"]?[Int(first)]?["cause"])
      #expect(cause["stage"]?.stringValue == fixture.stage, "\(output.text)")
      #expect(cause["certainty"] == "certain", "\(output.text)")
      #expect(cause["variations"]?.arrayValue == [.string(fixture.variation)], "\(output.text)")
      #expect(cause["macro"] == .null)
      #expect(
        output.text.contains("\n    it differs first in \(fixture.words)\n"), "\(output.text)")
      let lines = cause["lines"]?.arrayValue?.compactMap(\.stringValue) ?? []
      #expect(
        fixture.evidence.isEmpty
          ? lines.isEmpty : lines.contains { $0.contains(fixture.evidence) }, "\(lines)")
    }

    // MARK: What a project may not put in rustc's place

    @Test(arguments: ["rustc", "rustc-wrapper", "rustc-workspace-wrapper"])
    func aCompilerOfTheProjectsOwnIsRefused(_ key: String) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: "mkdir .cargo; printf '[build]\\n\(key) = \"tools/rustc\"\\n' > .cargo/config.toml")
      let output = try scene.build(project)
      #expect(output.status == 2, "\(output.errorText)")
      #expect(output.errorText.contains("build.\(key) in line 2"), "\(output.errorText)")
    }
  }
}
