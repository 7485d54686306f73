import Linux
import Reading
import Testing

extension Integration {
  /// What linkers say of programs and libraries, and whether it is so.
  @Suite struct LinkEvidenceTests {
    private static let person = Person.all[0]

    /// A linker, and where the project has it from.
    enum Linker: String, CaseIterable, CustomTestStringConvertible {
      case bfd, gold, lld, mold

      var testDescription: String { rawValue }

      static var found: [Linker] { allCases.filter(\.isFound) }

      /// GNU ld and gold are the rootfs's; lld comes with a toolchain of rustup's
      /// (`rustup toolchain install stable`), mold is taken along (`apt-get install mold`).
      private var isFound: Bool {
        switch self {
        case .bfd, .gold: true
        case .lld: Self.toolchain != nil
        case .mold: FileSystem.exists("/usr/bin/mold")
        }
      }

      private static let toolchain: String? = {
        let home = Machine.environment("HOME") ?? "/nonexistent"
        let folder = (Machine.environment("RUSTUP_HOME") ?? "\(home)/.rustup") + "/toolchains"
        let names = (try? Directory(folder).entries().map(\.name)) ?? []
        return names.first { name in
          name.hasPrefix("stable-")
            && FileSystem.exists("\(folder)/\(name)/lib/rustlib/\(triple)/bin/gcc-ld/ld.lld")
        }.map { "\(folder)/\($0)" }
      }()

      private static let triple = "x86_64-unknown-linux-gnu"

      var flags: [String] {
        switch self {
        case .bfd: []
        case .gold, .lld: ["-Clink-arg=-fuse-ld=\(rawValue)"]
        case .mold: ["-Clink-arg=-B/build/src/tools", "-Clink-arg=-fuse-ld=mold"]
        }
      }

      var options: [String] {
        self == .lld ? ["--toolchain", Self.toolchain ?? ""] : []
      }

      /// The same for `cupel run`, with the project at `project`.
      func runOptions(_ project: String) -> [String] {
        var options = ["--bind", "\(project):/build/src"]
        if self == .lld { options += ["--bind", "\(Self.toolchain ?? ""):/build/toolchain"] }
        return options
      }

      func lay(in folder: String) throws {
        guard self == .mold else { return }
        try FileSystem.makeDirectory("\(folder)/tools")
        for name in ["mold", "ld.mold"] {
          try Command(["cp", "-L", "/usr/bin/mold", "\(folder)/tools/\(name)"], timeout: 60)
            .runChecked()
        }
      }
    }

    private func layOut(
      _ scene: borrowing Scene, _ name: String = "linked", _ linker: Linker = .bfd,
      flags: [String] = []
    ) throws -> String {
      let folder = "\(scene.path)/\(name)"
      try scene.shell("cp -R \"$1/$3\" \"$2\"", [try scene.person.fixtures, folder, name])
      try linker.lay(in: folder)
      let words = (linker.flags + flags).map { "\"\($0)\"" }.joined(separator: ", ")
      if !words.isEmpty {
        try FileSystem.makeDirectories("\(folder)/.cargo")
        try FileSystem.write(
          Array("[build]\nrustflags = [\(words)]\n".utf8), to: "\(folder)/.cargo/config.toml")
      }
      try scene.commit(folder)
      return folder
    }

    private func record(_ scene: borrowing Scene, _ out: String) throws -> JSON {
      try JSON(parsing: FileSystem.read("\(scene.path)/\(out)/record.json"), file: "record.json")
    }

    private func links(_ scene: borrowing Scene, _ out: String) throws -> [JSON] {
      try record(scene, out)["links"]?["list"]?.arrayValue ?? []
    }

    private func bill(_ scene: borrowing Scene, _ out: String, _ name: String) throws -> JSON {
      let file = "\(scene.path)/\(out)/sbom/artifacts/\(name).cdx.json"
      return try JSON(parsing: FileSystem.read(file), file: file)
    }

    private func names(_ bill: JSON) -> [String] {
      (bill["components"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    private func properties(_ bill: JSON, _ name: String) -> [String] {
      (bill["metadata"]?["component"]?["properties"]?.arrayValue ?? [])
        .filter { $0["name"]?.stringValue == name }.compactMap { $0["value"]?.stringValue }
    }

    private func defects(_ link: JSON) -> [String] {
      link["defects"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private func isComplete(_ bill: JSON) -> Bool {
      bill["compositions"]?[0]?["aggregate"]?.stringValue == "complete"
    }

    /// Builds with and without; the artifacts are the same.
    private func buildBoth(
      _ scene: borrowing Scene, _ project: String, _ options: [String] = []
    ) throws {
      for (out, more) in [("plain", []), ("asked", ["--sbom"])] {
        let built = try scene.build(
          project, ["--once", "--out", "\(scene.path)/\(out)"] + more + options)
        try #require(built.status == 0, "\(built.errorText)")
      }
      let sums = try scene.sums("plain/artifacts")
      #expect(try scene.sums("asked/artifacts") == sums)
      #expect(try record(scene, "plain")["plan"] == (try record(scene, "asked"))["plan"])
      #expect(try record(scene, "plain")["links"] == nil)
    }

    /// Links the project once more in a sandbox that cupel knows nothing of, with a map of its own,
    /// and has a script compare.
    private func compared(
      _ scene: borrowing Scene, _ project: String, _ linker: Linker, _ artifact: String
    ) throws -> JSON {
      try scene.shell("mkdir -m 777 beside")
      let made = try scene.run(
        [
          "sh", "-ec",
          """
          [ ! -d /build/toolchain ] || export PATH=/build/toolchain/bin:$PATH
          export CARGO_HOME=/tmp/cargo
          cd /build/src
          cargo rustc --locked --offline --release --target-dir /tmp/target --bin "$1" -- \\
            -Clink-arg=-Wl,-Map=/beside/map 2> /beside/log
          """, "sh", artifact,
        ],
        options: linker.runOptions(project) + ["--bind-rw", "\(scene.path)/beside:/beside"])
      let log = (try? FileSystem.read("\(scene.path)/beside/log")) ?? []
      try #require(made.status == 0, "\(made.errorText)\(String(decoding: log, as: UTF8.self))")
      let output = try Command(
        [
          "python3", "\(Checkout.fixtures)/linkmap.py",
          "\(scene.path)/asked/sbom/artifacts/\(artifact).cdx.json",
          "\(scene.path)/asked/artifacts/\(artifact)", "\(scene.path)/beside/map",
        ], timeout: 60
      ).runChecked()
      return try JSON(parsing: output.standardOutput, file: "linkmap.py")
    }

    /// A vendored C library, a system library and a static libgcc: everything that readelf and the
    /// linker's map name is listed, with each linker, and asking it changes no byte.
    @Test(arguments: Linker.found)
    func listsAllThatReadelfAndTheMapName(linker: Linker) throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene, "linked", linker)
      try buildBoth(scene, project, linker.options)
      let links = try links(scene, "asked")
      try #require(links.count == 1)
      #expect(defects(links[0]) == [])
      #expect(links[0]["form"]?.stringValue == linker.rawValue)

      let result = try compared(scene, project, linker, "linked")
      #expect(result["missing"]?.arrayValue?.isEmpty == true, "\(result)")
      #expect(result["needed"]?.integerValue ?? 0 >= 3)
      #expect(result["members"]?.integerValue ?? 0 >= 9)
      #expect(result["objects"]?.integerValue ?? 0 >= 3)
      #expect(result["rust"]?.integerValue ?? 0 >= 5)

      let bill = try bill(scene, "asked", "linked")
      #expect(isComplete(bill))
      #expect(properties(bill, "cupel:link-evidence") == [])
      let names = names(bill)
      for name in ["zlib1g", "libc6", "foo-sys", "rust-std"] { #expect(names.contains(name)) }
      #expect(names.contains { $0.hasSuffix(".rlib(foo.o)") })
      #expect(names.contains { $0.hasPrefix("libgcc.a(") })
      #expect(!names.contains { $0.contains("unused.o") })
      for component in bill["components"]?.arrayValue ?? []
      where component["type"]?.stringValue == "file" {
        #expect(component["hashes"] != nil, "\(component)")
        #expect(component["evidence"]?["occurrences"] != nil)
      }
      #expect(
        properties(bill, "cupel:declared-not-linked")
          == ["dylib:+verbatim=libgit2.so.1.5 by foo-sys 0.2.0"])
      let again = try scene.cupel(["sbom", "\(scene.path)/asked"])
      #expect(again.status == 0, "\(again.errorText)")
      #expect(
        again.standardOutput
          == (try FileSystem.read("\(scene.path)/asked/sbom/artifacts/linked.cdx.json")))
      #expect(again.errorText.contains("declared and not linked"))
    }

    /// A program, a shared library and an archive of one package, with debug information. What the
    /// macro is linked with is in none of them.
    @Test(arguments: Linker.found.filter { $0 == .bfd || $0 == .lld })
    func tellsArtifactsOfAllKindsApart(linker: Linker) throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene, "kinds", linker)
      try buildBoth(scene, project, linker.options)
      let artifacts = "\(scene.path)/asked/artifacts"
      #expect(try scene.shell("readelf -SW \"$1/kinds-bin\"", [artifacts]).contains(".debug_info"))
      let links = try links(scene, "asked")
      #expect(links.count == 3)
      for link in links { #expect(defects(link) == [], "\(link["output"]?.stringValue ?? "")") }

      for name in ["kinds-bin", "libkinds.so", "libkinds.a"] {
        let bill = try bill(scene, "asked", name)
        #expect(isComplete(bill), "\(name)")
        let names = names(bill)
        #expect(names.contains { $0.hasSuffix(".rlib(foo.o)") }, "\(name)")
        #expect(!names.contains { $0.contains("hook.") }, "\(name)")
        let needed = try scene.shell(
          "readelf -dW \"$1\" | sed -n 's/.*(NEEDED).*\\[\\(.*\\)\\]/\\1/p'",
          ["\(artifacts)/\(name)"]
        ).split(separator: "\n")
        #expect(needed.isEmpty == (name == "libkinds.a"))
        for library in needed { #expect(names.contains { $0.hasPrefix(library) }, "\(library)") }
      }

      // Of the archive all members are known, by its own bytes.
      let archive = try #require(
        links.first { $0["output"]?.stringValue?.hasSuffix(".a") == true })
      let members = (archive["inputs"]?.arrayValue ?? []).flatMap { input in
        (input["members"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
      }
      let listed = try scene.shell("ar t \"$1/libkinds.a\"", [artifacts]).split(separator: "\n")
      #expect(members.sorted() == listed.map(String.init).sorted())
      let sum = try scene.shell(
        "ar p \"$1/libkinds.a\" foo.o | sha256sum", [artifacts]
      ).prefix(64)
      let foo = (try bill(scene, "asked", "libkinds.a")["components"]?.arrayValue ?? []).first {
        $0["name"]?.stringValue?.hasSuffix(".rlib(foo.o)") == true
      }
      #expect(foo?["hashes"]?[0]?["content"]?.stringValue == String(sum))
    }

    /// A program without a loader: the members of libc.a are in it.
    @Test func listsWhatAStaticProgramIsMadeOf() throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene, "kinds", flags: ["-Ctarget-feature=+crt-static"])
      // Macros cannot be static, so that they need a target that is not the host.
      let target = ["--target", "x86_64-unknown-linux-gnu", "--bin", "kinds-bin"]
      try buildBoth(scene, project, target)
      let folder = try scene.shell("cd asked/artifacts && find . -name kinds-bin")
        .dropFirst(2).dropLast()
      #expect(
        try scene.shell("readelf -dW \"asked/artifacts/$1\"", [String(folder)])
          .contains("NEEDED") == false)
      let bill = try bill(scene, "asked", String(folder))
      for link in try links(scene, "asked") { #expect(defects(link) == []) }
      #expect(isComplete(bill))
      let names = names(bill)
      #expect(names.count { $0.hasPrefix("libc.a(") } > 100)
      #expect(names.contains("libc6-dev"))
      #expect(!names.contains { $0.contains(".so") })
    }

    /// The project's own linker forges what the linker wrote, in another way for each program. None of
    /// it is believed, and all of it is said.
    @Test func noticesForgedNotes() throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene, "tampered")
      let built = try scene.build(project, ["--once", "--sbom", "--workspace"])
      try #require(built.status == 0, "\(built.errorText)")
      let stray = "other.map, which no linker was asked for, lies beside its notes"
      let expected = [
        // GNU ld ends a member's name at the end of the line.
        "honest": "", "stray": "", "lines": "",
        "removed": "no such file", "symlink": "it is no file", "fifo": "it is no file",
        "folder": "it is no file", "empty": "a map of none of lld, GNU ld, gold and mold",
        "foreign": "a map of none of lld, GNU ld, gold and mold",
        "cut": "is not in the map", "dropped": "do not make up .text",
        "renamed": "which the linker did not open", "escape": "a file name with control characters",
        "rule": "rules that do not name the same files", "line": "a line of more than 1 MiB",
        "large": "file too large", "late": "it was changed after the artifact was done",
        "own": "the project has the linker write a map or a dependency file for itself",
      ]
      let links = try scene.json("record.json")["links"]?["list"]?.arrayValue ?? []
      #expect(links.count == expected.count)
      for link in links {
        let crate = link["crate"]?.stringValue ?? ""
        let words = try #require(expected[crate], "\(crate)")
        let own = defects(link).filter { $0 != stray }
        #expect(own.isEmpty == words.isEmpty, "\(crate): \(own)")
        #expect(own.allSatisfy { $0.contains(words) }, "\(crate): \(own)")
        #expect(own.count == defects(link).count - (crate == "own" ? 0 : 1), "\(crate)")
        if !words.isEmpty {
          #expect(built.errorText.contains("note: \(crate): what was linked is known"), "\(crate)")
        }
        let file = "\(scene.path)/out/sbom/artifacts/\(crate).cdx.json"
        let bill = try JSON(parsing: FileSystem.read(file), file: file)
        #expect(!isComplete(bill), "\(crate)")
        #expect(properties(bill, "cupel:link-evidence").count == defects(link).count)
        #expect(!names(bill).contains { $0.contains("other") || $0.contains("libm.a") }, "\(crate)")
        #expect(!built.errorText.contains("\u{1B}[31m"))
      }
    }

    /// Both legs carry the same list, programs and shared libraries work as before, and cargo-audit
    /// and syft read it.
    @Test func theListOfPackagesIsTheSameInBothLegs() throws {
      let scene = try Scene(Self.person)
      let project = try layOut(scene, "kinds")
      let built = try scene.build(project, ["--auditable", "--sbom"])
      try #require(built.status == 0, "\(built.errorText)\(built.text)")
      #expect(built.text.contains("identical"))
      #expect(try scene.shell("out/artifacts/kinds-bin") == "42 1\n")
      try scene.shell(
        """
        python3 -c 'import ctypes, sys
        sys.exit(ctypes.CDLL("out/artifacts/libkinds.so").kinds_foo(41) != 43)'
        """)
      let artifacts = try record(scene, "out")["artifacts"]?.arrayValue ?? []
      #expect(artifacts.count == 3)
      for artifact in artifacts {
        let name = try #require(artifact["name"]?.stringValue)
        let path = "\(scene.path)/out/artifacts/\(name)"
        let isArchive = name.hasSuffix(".a")
        #expect((artifact["linkedDigest"] == nil) == isArchive)
        // What the linker said is of the file as it made it, and still complete.
        let bill = try bill(scene, "out", name)
        #expect(isComplete(bill), "\(name)")
        if isArchive { continue }
        #expect(artifact["linkedDigest"] != artifact["digest"])
        let inspected = try scene.cupel(["inspect", "--json", path])
        let list = try JSON(parsing: inspected.standardOutput, file: "inspect")["dependencies"]
        let packages = (list?["packages"]?.arrayValue ?? []).map {
          "\($0["name"]?.stringValue ?? "") \($0["kind"]?.stringValue ?? "runtime")"
        }
        #expect(packages == ["foo-sys runtime", "hooks build", "kinds runtime"], "\(name)")

        try scene.shell("mkdir -p db/crates db/rust")
        let audit = try Verifiers.run(
          "cargo-audit",
          [
            "audit", "--no-fetch", "--db", "\(scene.path)/db", "--no-yanked", "--json", "bin", path,
          ])
        #expect(audit.status == 0, "\(audit.errorText)")
        let report = try JSON(parsing: audit.standardOutput, file: "cargo-audit")
        #expect(report["lockfile"]?["dependency-count"]?.integerValue == 3, "\(name)")
        let scan = try Verifiers.run("syft", ["scan", "file:\(path)", "-o", "json", "-q"])
        let found = try JSON(parsing: scan.standardOutput, file: "syft")["artifacts"]?.arrayValue
        // syft leaves out what only took part in the build.
        let names = (found ?? []).compactMap { $0["name"]?.stringValue }.sorted()
        #expect(names == ["foo-sys", "kinds"], "\(name)")
      }
      #expect(try scene.shell("cd out && sha256sum -c SHA256SUMS").contains("OK"))
      let sheet = try scene.cupel(
        ["sbom", "\(scene.path)/out", "--format", "spdx", "--artifact", "libkinds.so"])
      #expect(sheet.status == 0)
    }
  }
}
