import Linux
import Reading
import Testing

extension Integration {
  /// Crates from registries: `cupel fetch` against registries on this machine (docs/inputs.md).
  @Suite struct RegistryTests {
    /// A token that would be noticed wherever it turned up.
    static let canary = "canary-7d1e5a0b93"

    /// A crate of the project: its name there, the folder of archives, and where it comes from.
    struct Dependency {
      var key = "dep"
      let folder: String
      /// As Cargo.lock has it.
      let source: String
      /// What the manifest says of it beside the version.
      let place: String
    }

    /// Starts Fixtures/registry.py and gives the port. It ends with the scene, whose mark is neither
    /// in its command line nor in its environment.
    static func serve(
      _ scene: borrowing Scene, _ folder: String, _ modes: String...
    ) throws -> String {
      let text = try scene.shell(
        """
        cd "$1"; program=$2; shift 2; : > requests; rm -f port
        env -i PATH="$PATH" timeout 300 python3 "$program" serve . "$@" > port 2> errors &
        for i in $(seq 100); do [ -s port ] && break; sleep 0.1; done; cat port
        """, [folder, try Self.program(scene)] + modes)
      return String(text.prefix { $0.isNumber })
    }

    static func program(_ scene: borrowing Scene) throws -> String {
      "\(try scene.person.fixtures)/registry.py"
    }

    /// Packs `dep` 1.0.0, whose number() is `number`, into a folder.
    static func pack(_ scene: borrowing Scene, _ folder: String, number: Int) throws {
      try scene.shell(
        "python3 \"$1\" crates \"$2\" dep=\"$3\"", [try program(scene), folder, "\(number)"])
    }

    static func requests(_ scene: borrowing Scene, _ folder: String) throws -> [String] {
      try scene.shell("cat \"$1/requests\"", [folder]).split(separator: "\n").map(String.init)
    }

    static func digest(_ scene: borrowing Scene, _ folder: String) throws -> String {
      String(try scene.shell("sha256sum \"$1/dep-1.0.0.crate\"", [folder]).prefix(64))
    }

    /// Lays out a project `app` that prints the numbers of its dependencies.
    static func layOut(
      _ scene: borrowing Scene, _ dependencies: [Dependency], config: String, script: String? = nil
    ) throws {
      var manifest =
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n"
      var lock =
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n"
      let isOne = dependencies.count == 1
      for dependency in dependencies {
        manifest +=
          "\(dependency.key) = { package = \"dep\", version = \"1\"\(dependency.place) }\n"
        lock += isOne ? " \"dep\",\n" : " \"dep 1.0.0 (\(dependency.source))\",\n"
      }
      lock += "]\n"
      for dependency in dependencies {
        lock += """

          [[package]]
          name = "dep"
          version = "1.0.0"
          source = "\(dependency.source)"
          checksum = "\(try digest(scene, dependency.folder))"

          """
      }
      let calls = dependencies.map { "println!(\"{}\", \($0.key)::number());" }
      let files =
        [
          ("Cargo.toml", manifest), ("Cargo.lock", lock), (".cargo/config.toml", config),
          ("src/main.rs", "fn main() { \(calls.joined(separator: " ")) }\n"),
        ] + (script.map { [("build.rs", $0)] } ?? [])
      for (name, text) in files {
        try scene.shell(
          "mkdir -p \"$(dirname \"app/$1\")\" && cat > \"app/$1\"", [name], input: text)
      }
    }

    static let cratesIO = "registry+https://github.com/rust-lang/crates.io-index"

    static func sparse(_ port: String) -> String { "sparse+http://127.0.0.1:\(port)/index/" }

    /// A project with the crate `dep` of the registry `private` at `port`, whose archives are in
    /// `folder`.
    static func layOutPrivate(
      _ scene: borrowing Scene, _ folder: String, port: String, config: String = "",
      script: String? = nil
    ) throws {
      try layOut(
        scene,
        [
          Dependency(
            folder: folder, source: sparse(port), place: ", registry = \"private\"")
        ], config: "[registries.private]\nindex = \"\(sparse(port))\"\n\(config)", script: script)
    }

    /// cupel with more in its environment.
    static func cupel(
      _ scene: borrowing Scene, _ arguments: [String], _ more: [(name: String, value: String)] = [],
      timeout: Double = 200
    ) throws -> Command.Output {
      try Command(
        try scene.commandLine(arguments), environment: try scene.environment + more,
        directory: scene.path, timeout: timeout
      ).run()
    }

    /// Removes what earlier tests fetched: crates of different tests may be the same.
    static func forget(_ scene: borrowing Scene, _ folder: String) throws {
      let digest = try digest(scene, folder)
      try scene.shell("rm -f \"$CUPEL_STORE/downloads/crates/$1.crate\"", [digest])
    }

    @Test(arguments: Person.all) func whatIsFetchedOnceIsBuilt(_ person: Person) throws {
      let scene = try Scene(person)
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a", "redirect")
      try Self.layOutPrivate(scene, "a", port: port)

      let missing = try scene.build("app", ["--once"])
      #expect(missing.status == 2 && missing.errorText.contains("cupel fetch"))
      let offline = try scene.cupel(["fetch", "app", "--offline"])
      #expect(offline.status == 3)
      #expect(
        offline.errorText.contains(
          "dep 1.0.0 of the registry private (\(Self.sparse(port))), sha256:"),
        "\(offline.errorText)")
      #expect(offline.errorText.contains("/downloads/crates\n"))
      #expect(offline.errorText.contains("no registry was asked"))
      #expect(try Self.requests(scene, "a") == [], "somebody asked the registry")

      let fetched = try scene.cupel(["fetch", "app"])
      #expect(fetched.status == 0, "\(fetched.errorText)")
      #expect(fetched.errorText.contains("1 of 1 crates fetched"))
      let requests = try Self.requests(scene, "a")
      #expect(requests.contains("302 /dl/dep/1.0.0/download -"), "\(requests)")
      #expect(requests.contains("200 /moved/dep/1.0.0/download -"))

      try scene.shell(": > a/requests")
      for arguments in [
        ["fetch", "app"], ["fetch", "app", "--offline"], ["verify-sources", "app"],
      ] {
        let again = try scene.cupel(arguments)
        #expect(again.status == 0, "\(again.errorText)")
      }
      let build = try scene.build("app", ["--once", "--require", "archive"])
      #expect(build.status == 0, "\(build.errorText)")
      #expect(try scene.shell("out/artifacts/app") == "7\n")
      #expect(try Self.requests(scene, "a") == [], "somebody asked the registry")
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func aTokenStaysOutside(_ person: Person) throws {
      let scene = try Scene(person)
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a", "token=\(Self.canary)")
      // A build script that finds the token anywhere ends the build.
      let script = """
        use std::{fs, path::Path};
        fn search(folder: &Path, word: &[u8]) {
          for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() { search(&path, word); continue; }
            let bytes = fs::read(&path).unwrap_or_default();
            assert!(!bytes.windows(word.len()).any(|w| w == word), "{}", path.display());
          }
        }
        fn main() {
          let word: String = "\(String(Self.canary.reversed()))".chars().rev().collect();
          for (name, value) in std::env::vars() { assert!(!value.contains(&word), "{name}"); }
          search(Path::new("/build"), word.as_bytes());
          search(Path::new("/etc"), word.as_bytes());
          for process in ["1", "self"] {
            let bytes = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
            assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{process}");
          }
        }
        """
      try Self.layOutPrivate(scene, "a", port: port, script: script)
      try scene.shell("touch before; sleep 0.02")
      let variables = [
        ("CARGO_REGISTRIES_PRIVATE_TOKEN", Self.canary), ("CARGO_REGISTRY_TOKEN", Self.canary),
      ].map { (name: $0.0, value: $0.1) }
      let wish = "--registry-token=private=\(Self.sparse(port))"

      var said = ""
      func run(_ arguments: [String], _ variables: [(name: String, value: String)]) throws -> Int32
      {
        let output = try Self.cupel(scene, arguments, variables)
        said += output.text + output.errorText
        return output.status
      }
      // Nobody asked for it to be given.
      #expect(try run(["fetch", "app"], variables) == 3)
      #expect(try Self.requests(scene, "a").allSatisfy { $0.hasSuffix(" -") })
      // Only the project says where it would go.
      #expect(try run(["fetch", "app", "--registry-token", "private"], variables) == 2)
      #expect(try run(["fetch", "app", "--registry-token", "private=https://b/"], variables) == 2)
      #expect(try run(["fetch", "app", "--registry-token", "other"], variables) == 2)
      #expect(try run(["fetch", "app", wish], []) == 2)
      #expect(try Self.requests(scene, "a").allSatisfy { $0.hasSuffix(" -") })

      try scene.shell(
        """
        mkdir home/.cargo
        printf '[registries.private]\\ntoken = "%s"\\n' "$1" > home/.cargo/credentials.toml
        """, [Self.canary])
      #expect(try run(["fetch", "app", wish], []) == 0, "\(said)")
      #expect(try Self.requests(scene, "a").contains("200 /dl/dep/1.0.0/download token"))
      try Self.forget(scene, "a")
      #expect(try run(["fetch", "app", wish], variables) == 0, "\(said)")
      #expect(try run(["plan", "app"], variables) == 0)
      let build = ["build", "app", "--message-format", "json", "--verbose", "--observe"]
      #expect(try run(build, variables) == 0, "\(said)")
      #expect(!said.contains(Self.canary))
      // Output, store and temporary files.
      let found = try scene.shell(
        """
        find cupel-out tmp "$CUPEL_STORE" -type f -cnewer before -exec grep -l "$1" {} + || true
        """, [Self.canary])
      #expect(found == "")
      try scene.expectNothingLeft()
    }

    @Test func theUserMayNameARegistryOutsideOfTheProject() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a", "token=\(Self.canary)")
      try Self.layOutPrivate(scene, "a", port: port)
      try scene.shell("mkdir home/.cargo; mv app/.cargo/config.toml home/.cargo")
      let fetched = try Self.cupel(
        scene, ["fetch", "app", "--registry-token", "private"],
        [("CARGO_REGISTRIES_PRIVATE_TOKEN", Self.canary)])
      #expect(fetched.status == 0, "\(fetched.errorText)")
      #expect(
        fetched.errorText.contains("the token of the registry `private` is for "),
        "\(fetched.errorText)")
      let build = try scene.build("app", ["--once"])
      #expect(build.status == 0, "\(build.errorText)")
      #expect(build.errorText.contains("/config.toml is used only to find the crates"))
      // A project that gives the name to another index does not get the token.
      try Self.forget(scene, "a")
      try scene.shell(
        """
        mkdir -p app/.cargo
        printf '[registries.private]\\nindex = "%s"\\n' "$1" > app/.cargo/config.toml
        sed -i "s#source = .*#source = \\"$1\\"#" app/Cargo.lock
        """, ["sparse+http://127.0.0.1:1/index/"])
      let stolen = try Self.cupel(
        scene, ["fetch", "app", "--registry-token", "private"],
        [("CARGO_REGISTRIES_PRIVATE_TOKEN", Self.canary)])
      #expect(stolen.status == 2)
      #expect(
        stolen.errorText.contains("only the project says where it would go"), "\(stolen.errorText)")
    }

    @Test func aTokenIsNotSaidAgain() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a", "token=other", "echo")
      try Self.layOutPrivate(scene, "a", port: port)
      let output = try Self.cupel(
        scene, ["fetch", "app", "--registry-token=private=\(Self.sparse(port))"],
        [("CARGO_REGISTRIES_PRIVATE_TOKEN", Self.canary)])
      #expect(output.status == 3)
      #expect(output.errorText.contains("token rejected for `private`"), "\(output.errorText)")
      #expect(output.errorText.contains("no token, no crates [secret]"), "\(output.errorText)")
      #expect(!output.errorText.contains(Self.canary))
    }

    @Test(arguments: [
      ("altered", "failed to verify the checksum of `dep v1.0.0", "may be hostile"),
      ("gone", "got 404", "see whether the registry can be reached"),
      ("down", "Couldn't connect to server", "see whether the registry can be reached"),
    ]) func whatCannotBeHadIsNamed(_ mode: String, _ words: String, _ hint: String) throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      var port = try Self.serve(scene, "a", mode)
      if mode == "down" { port = "1" }
      try Self.layOutPrivate(scene, "a", port: port)
      let output = try scene.cupel(["fetch", "app"])
      #expect(output.status == 3)
      #expect(output.errorText.contains("1 archive is missing"), "\(output.errorText)")
      #expect(
        output.errorText.contains("dep 1.0.0 of the registry private (\(Self.sparse(port)))"))
      #expect(output.errorText.contains("cargo 1.96.0 ended with status 101"))
      #expect(output.errorText.contains(words), "\(output.errorText)")
      #expect(output.errorText.contains(hint))
      let digest = try Self.digest(scene, "a")
      #expect(
        try scene.shell("ls \"$CUPEL_STORE/downloads/crates/$1.crate\" || true", [digest]) == "")
      try scene.expectNothingLeft()
    }

    @Test func oneNameInTwoRegistriesIsTwoCrates() throws {
      let scene = try Scene(Person.all[0])
      for (folder, number) in [("a", 7), ("b", 8)] {
        try Self.pack(scene, folder, number: number)
        try Self.forget(scene, folder)
      }
      let a = try Self.serve(scene, "a")
      let b = try Self.serve(scene, "b")
      try Self.layOut(
        scene,
        [
          Dependency(
            key: "first", folder: "a", source: Self.sparse(a), place: ", registry = \"a\""),
          Dependency(
            key: "second", folder: "b", source: Self.sparse(b), place: ", registry = \"b\""),
        ],
        config: "[registries]\na.index = \"\(Self.sparse(a))\"\nb.index = \"\(Self.sparse(b))\"\n")
      let fetched = try scene.cupel(["fetch", "app"])
      #expect(fetched.status == 0, "\(fetched.errorText)")
      #expect(fetched.errorText.contains("2 of 2 crates fetched"))
      let build = try scene.build("app", ["--once"])
      #expect(build.status == 0, "\(build.errorText)")
      #expect(try scene.shell("out/artifacts/app") == "7\n8\n")

      // The archive of one is none of the other.
      try Self.forget(scene, "b")
      let mixed = try scene.build("app", ["--once", "--crates", "\(scene.path)/a"])
      #expect(mixed.status == 3)
      #expect(
        mixed.errorText.contains(
          "the archive of dep 1.0.0 is sha256:\(try Self.digest(scene, "a")), Cargo.lock wants "
            + "sha256:\(try Self.digest(scene, "b"))"), "\(mixed.errorText)")
      let offline = try scene.cupel(["fetch", "app", "--offline"])
      #expect(offline.errorText.contains("1 archive is missing\n  dep 1.0.0 of the registry b ("))

      // The other registry's crate in the place of the one that is asked for.
      try scene.shell("sed -i 's/registry = \"b\"/registry = \"a\"/' app/Cargo.toml")
      let swapped = try scene.cupel(["fetch", "app"])
      #expect(swapped.status == 3)
      #expect(
        swapped.errorText.contains("dep 1.0.0 comes from \(Self.sparse(b)), "),
        "\(swapped.errorText)")
    }

    @Test func aMirrorTakesThePlaceOfCratesIO() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a")
      let dependency = Dependency(folder: "a", source: Self.cratesIO, place: "")
      func layOut(_ sources: String) throws {
        try Self.layOut(scene, [dependency], config: sources)
      }

      try layOut(
        """
        [source.crates-io]
        replace-with = "mirror"
        [source.mirror]
        replace-with = "second"
        registry = "https://mirror.invalid/index"
        [source.second]
        registry = "\(Self.sparse(port))"
        """)
      let fetched = try scene.cupel(["fetch", "app"])
      #expect(fetched.status == 0, "\(fetched.errorText)")
      let build = try scene.build("app", ["--once"])
      #expect(build.status == 0, "\(build.errorText)")

      try Self.forget(scene, "a")
      try layOut(
        "[source.crates-io]\nreplace-with = \"x\"\n[source.x]\nreplace-with = \"crates-io\"\n")
      let circle = try scene.cupel(["fetch", "app"])
      #expect(circle.status == 2)
      #expect(circle.errorText.contains("crates-io -> x -> crates-io leads in a circle"))

      // A local registry asks nobody.
      try scene.shell(": > a/requests; mkdir local; cp a/*.crate local")
      try scene.shell("python3 \"$1\" local local", [try Self.program(scene)])
      try layOut(
        """
        [source.crates-io]
        replace-with = "local"
        [source.local]
        local-registry = "../local"
        """)
      let local = try scene.cupel(["fetch", "app"])
      #expect(local.status == 0 && local.errorText.contains("nothing is missing of 1 crates"))
      #expect(try scene.build("app", ["--once"]).status == 0)
      #expect(try Self.requests(scene, "a") == [])
    }

    @Test func vendoredCratesAreAnchored() throws {
      let scene = try Scene(Person.all[0])
      try TamperingTests.layOut(scene)
      let port = try Self.serve(scene, "crates")
      try Self.forget(scene, "crates")
      try scene.shell(
        "printf '[source.mirror]\\nregistry = \"%s\"\\n' \"$1\" >> app/.cargo/config.toml",
        [Self.sparse(port)])
      let enough = try scene.cupel(["fetch", "app"])
      #expect(enough.status == 0 && enough.errorText.contains("nothing is missing of 1 crates"))
      #expect(try Self.requests(scene, "crates") == [])
      let wanted = try scene.cupel(["fetch", "app", "--anchor", "--offline"])
      #expect(wanted.status == 3 && wanted.errorText.contains("dep 1.0.0 of crates.io"))
    }

    @Test func anIndexInGitNeedsACargoThatCanReadIt() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a")
      try scene.shell(
        "python3 \"$1\" git a \"http://127.0.0.1:$2/dl\"", [try Self.program(scene), port])
      let index = "file://\(scene.path)/a/index"
      try Self.layOut(
        scene,
        [
          Dependency(
            folder: "a", source: "registry+\(index)", place: ", registry = \"private\"")
        ], config: "[registries.private]\nindex = \"\(index)\"\n")
      // Debian 12's libgit2 is not the one that this cargo was built for.
      let refused = try scene.cupel(["fetch", "app"])
      #expect(refused.status == 3)
      #expect(refused.errorText.contains("dep 1.0.0 of the registry private (registry+\(index))"))
      #expect(refused.errorText.contains("this cargo cannot use git"), "\(refused.errorText)")
      // Rust's own cargo brings its own, where this host has one.
      let found = try? Command(["rustc", "--print", "sysroot"], timeout: 60).runChecked().text
      let toolchain = found?.split(separator: "\n").first.map(String.init) ?? ""
      guard FileSystem.exists("\(toolchain)/bin/cargo") else { return }
      let fetched = try scene.cupel(["fetch", "app", "--toolchain", toolchain], timeout: 300)
      #expect(fetched.status == 0, "\(fetched.errorText)")
      let build = try scene.build("app", ["--once"])
      #expect(build.status == 0, "\(build.errorText)")
    }

    @Test func nothingOfTheProjectRunsWhereTheNetworkIs() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try Self.forget(scene, "a")
      let port = try Self.serve(scene, "a")
      let config = """
        [env]
        LD_PRELOAD = { value = "/build/src/evil.so", force = true }
        [build]
        rustflags = ["-Zcodegen-backend=/build/src/evil.so"]
        [http]
        proxy = "127.0.0.1:1"
        cainfo = "evil.pem"
        """
      try Self.layOutPrivate(
        scene, "a", port: port, config: config, script: "fn main() { panic!() }")
      let output = try scene.cupel(["fetch", "app"])
      #expect(output.status == 0, "\(output.errorText)")
      let registry = "[registries.private]\nindex = \"\(Self.sparse(port))\"\n"
      for (line, key) in [
        ("credential-provider = [\"evil\"]", "registries.private.credential-provider"),
        ("[build]\nrustc = \"evil\"", "build.rustc"),
        ("[build]\nrustc-wrapper = \"evil\"", "build.rustc-wrapper"),
        (
          "[registry]\nglobal-credential-providers = [\"evil\"]",
          "registry.global-credential-providers"
        ),
        ("[credential-alias]\nevil = [\"./evil\"]", "credential-alias"),
      ] {
        try Self.forget(scene, "a")
        try scene.shell("cat > app/.cargo/config.toml", input: registry + line)
        let refused = try scene.cupel(["fetch", "app"])
        #expect(refused.status == 2, "\(line): \(refused.errorText)")
        #expect(refused.errorText.contains("\(key) in line "), "\(refused.errorText)")
      }
    }

    @Test func secretsInTheSourceAreRefused() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      try scene.shell("touch before; sleep 0.02")
      let secret = "user:\(Self.canary)@"
      func expectRefusal(_ status: Int32, _ words: String, _ line: Int = #line) throws {
        for arguments in [["fetch", "app"], ["plan", "app"]] {
          let output = try scene.cupel(arguments)
          #expect(output.status == status, "\(line): \(arguments) \(output.errorText)")
          #expect(output.errorText.contains(words), "\(line): \(output.errorText)")
          #expect(!output.errorText.contains(Self.canary))
        }
        try expectNoTrace(scene, line)
      }
      func layOut(config: String = "", source: String = Self.cratesIO, place: String = "") throws {
        try Self.layOut(
          scene, [Dependency(folder: "a", source: source, place: place)], config: config)
      }
      try layOut(source: "sparse+https://\(secret)host/index/", place: ", registry = \"private\"")
      try expectRefusal(3, "a user or password stands in the URL sparse+https://host/index/")
      try layOut(place: ", registry-index = \"https://\(secret)host/index\"")
      try expectRefusal(3, "a user or password stands in the URL https://host/index")
      // Configuration is refused by both commands, for one reason or the other.
      for (config, key) in [
        (
          "[registries.private]\nindex = \"https://\(Self.canary)@host/index\"\n",
          "registries.private.index"
        ),
        ("[registries.private]\ntoken = \"\(Self.canary)\"\n", "registries.private.token"),
        (
          "[env]\nCARGO_REGISTRIES_PRIVATE_TOKEN = \"\(Self.canary)\"\n",
          "env.CARGO_REGISTRIES_PRIVATE_TOKEN"
        ),
      ] {
        try layOut(config: config)
        let fetch = try scene.cupel(["fetch", "app"])
        #expect(fetch.status == 2 && fetch.errorText.contains("\(key) in line 2"))
        #expect(!fetch.errorText.contains(Self.canary))
        let plan = try scene.cupel(["plan", "app"])
        #expect(plan.status == 3 && plan.errorText.contains("\(key) in line 2 is a secret"))
        #expect(!plan.errorText.contains(Self.canary))
        try expectNoTrace(scene)
      }

      // A folder of cargo's own inside the source, by any name.
      try Self.forget(scene, "a")
      for folder in [".cargo", "ci/home"] {
        try layOut()
        try scene.shell(
          """
          rm -rf app/ci app/.cargo/credentials.toml; mkdir -p "app/$1"
          printf '[registries.private]\\ntoken = "%s"\\n' "$2" > "app/$1/credentials.toml"
          """, [folder, Self.canary])
        let output = try scene.cupel(["plan", "app", "--crates", "a"])
        #expect(output.status == 3, "\(output.errorText)")
        #expect(output.errorText.contains("staging \(folder)/credentials.toml"))
        try expectNoTrace(scene)
      }
    }

    /// Expects that the store got nothing with the canary in it since `before` was made.
    private func expectNoTrace(_ scene: borrowing Scene, _ line: Int = #line) throws {
      let found = try scene.shell(
        "find \"$CUPEL_STORE\" -type f -cnewer before -exec grep -l \"$1\" {} + || true",
        [Self.canary])
      #expect(found == "", "line \(line)")
    }

    @Test func gitPackagesAreNamed() throws {
      let scene = try Scene(Person.all[0])
      try Self.pack(scene, "a", number: 7)
      let commit = String(repeating: "0123456789", count: 4)
      try Self.layOut(
        scene,
        [
          Dependency(
            folder: "a", source: "git+https://host/dep#\(commit)",
            place: ", git = \"https://host/dep\"")
        ], config: "")
      try scene.shell("sed -i '/^checksum/d' app/Cargo.lock")
      let output = try scene.cupel(["fetch", "app"])
      #expect(output.status == 3, "\(output.errorText)")
      #expect(output.errorText.contains("dep 1.0.0 of git+https://host/dep#\(commit)"))
      #expect(output.errorText.contains("cargo vendor"))
    }
  }
}
