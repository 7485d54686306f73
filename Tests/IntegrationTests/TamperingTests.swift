import Linux
import Reading
import Testing

extension Integration {
  /// What cargo builds and cupel refuses (docs/inputs.md): vendored crates that somebody changed.
  @Suite struct TamperingTests {
    /// A change to the vendored crate, and the file that it shows in.
    struct Tampering: Sendable, CustomTestStringConvertible {
      let testDescription: String
      /// A shell script in vendor/dep.
      let script: String
      let file: String
      let isNew: Bool
    }

    static let evil = "pub fn number() -> i32 { 666 }"

    static let tamperings = [
      Tampering(
        testDescription: "a file, and its hash recomputed",
        script: """
          old=$(sum src/lib.rs); echo '\(evil)' > src/lib.rs
          sed -i "s/$old/$(sum src/lib.rs)/" .cargo-checksum.json
          """, file: "src/lib.rs", isNew: false),
      Tampering(
        testDescription: "a file, and no hashes at all",
        script: """
          echo '\(evil)' > src/lib.rs
          sed -i 's/"files":{[^}]*}/"files":{}/' .cargo-checksum.json
          """, file: "src/lib.rs", isNew: false),
      Tampering(
        testDescription: "a build script that nothing lists",
        script: """
          cat > build.rs <<'END'
          fn main() { println!("cargo:warning=666") }
          END
          """, file: "build.rs", isNew: true),
    ]

    /// Lays out a project `app` with the crate `dep` vendored, and its archive in `crates`.
    static func layOut(_ scene: borrowing Scene) throws {
      try scene.shell(
        """
        python3 -I - <<'END'
        import gzip, hashlib, io, json, os, tarfile
        files = {
          'Cargo.toml': b'[package]\\nname = "dep"\\nversion = "1.0.0"\\nedition = "2021"\\n',
          'src/lib.rs': b'pub fn number() -> i32 { 7 }\\n',
        }
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode='w', format=tarfile.GNU_FORMAT) as tar:
          for name, data in files.items():
            info = tarfile.TarInfo('dep-1.0.0/' + name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        crate = gzip.compress(buffer.getvalue(), mtime=0)
        def digest(data): return hashlib.sha256(data).hexdigest()
        def write(path, data):
          os.makedirs(os.path.dirname(path), exist_ok=True)
          open(path, 'wb').write(data)
        write('crates/dep-1.0.0.crate', crate)
        for name, data in files.items(): write('app/vendor/dep/' + name, data)
        sums = {'files': {name: digest(data) for name, data in files.items()},
                'package': digest(crate)}
        write('app/vendor/dep/.cargo-checksum.json',
              json.dumps(sums, separators=(',', ':')).encode())
        write('app/Cargo.toml', b'[package]\\nname = "app"\\nversion = "0.1.0"\\n'
              b'edition = "2021"\\n\\n[dependencies]\\ndep = "1"\\n')
        write('app/src/main.rs', b'fn main() { println!("{}", dep::number()) }\\n')
        write('app/.cargo/config.toml', b'[source.crates-io]\\nreplace-with = "vendored-sources"\\n'
              b'[source.vendored-sources]\\ndirectory = "vendor"\\n')
        write('app/Cargo.lock', ('version = 3\\n\\n[[package]]\\nname = "app"\\nversion = "0.1.0"\\n'
              'dependencies = [\\n "dep",\\n]\\n\\n[[package]]\\nname = "dep"\\nversion = "1.0.0"\\n'
              'source = "registry+https://github.com/rust-lang/crates.io-index"\\n'
              f'checksum = "{digest(crate)}"\\n').encode())
        END
        """)
    }

    static func tamper(_ scene: borrowing Scene, _ tampering: Tampering) throws {
      try scene.shell(
        "cd app/vendor/dep; sum() { sha256sum \"$1\" | cut -d ' ' -f 1; }\n\(tampering.script)")
    }

    private func digest(_ scene: borrowing Scene, _ file: String) throws -> String {
      let sum = try scene.shell("sha256sum app/vendor/dep/\(file)")
      return "sha256:" + String(sum.prefix(64))
    }

    @Test(arguments: tamperings) func cargoAcceptsWhatIsRefused(_ tampering: Tampering) throws {
      let scene = try Scene(Person.all[0])
      try Self.layOut(scene)
      let honest = try scene.shell("sha256sum app/vendor/dep/src/lib.rs").prefix(64)
      let crates = ["--crates", "\(scene.path)/crates"]
      let before = try scene.cupel(["verify-sources", "app", "--require", "archive"] + crates)
      #expect(before.status == 0, "\(before.errorText)")
      #expect(before.text.contains("1 foreign crate: 1 archive"))

      try Self.tamper(scene, tampering)
      let cargo = try scene.run(
        ["cargo", "build", "--locked", "--offline", "--target-dir", "/tmp/target"],
        options: ["--bind", "\(scene.path)/app:/build/app", "--chdir", "/build/app"], timeout: 120)
      #expect(cargo.status == 0, "cargo refused it: \(cargo.errorText)")

      let found = try digest(scene, tampering.file)
      let words =
        tampering.isNew
        ? "the file \(tampering.file) of dep 1.0.0 is \(found) and not in the archive"
        : "the file \(tampering.file) of dep 1.0.0 is \(found), in the archive it is "
          + "sha256:\(honest)\n    @ line 1\n    - pub fn number() -> i32 { 7 }\n    + \(Self.evil)"
      let build = try scene.build("app", ["--once"] + crates)
      #expect(build.status == 3, "\(build.errorText)")
      #expect(build.errorText.contains(words), "\(build.errorText)")
      let verified = try scene.cupel(["verify-sources", "app"] + crates)
      #expect(verified.status == 3)
      #expect(verified.text.contains("refused: \(words)"), "\(verified.text)")
      // Cargo's own cache does as well.
      try scene.shell(
        "mkdir -p home/.cargo/registry/cache && mv crates home/.cargo/registry/cache/x")
      let cached = try scene.build("app", ["--once"])
      #expect(cached.status == 3 && cached.errorText.contains(words), "\(cached.errorText)")
      // Where there is no archive, nobody can tell; who cares about that can say so.
      try scene.shell("rm -r home/.cargo")
      let required = try scene.build("app", ["--once", "--require", "archive"])
      #expect(required.status == 6, "\(required.errorText)")
      #expect(required.errorText.contains("dep 1.0.0 is vendored"))
      try scene.expectNothingLeft()
    }

    @Test func aTamperedArchiveIsRefused() throws {
      let scene = try Scene(Person.all[0])
      try Self.layOut(scene)
      let locked = try scene.shell("sha256sum crates/dep-1.0.0.crate").prefix(64)
      try scene.shell(
        """
        rm -r app/vendor app/.cargo
        cd crates; mkdir d; tar -xzf dep-1.0.0.crate -C d
        echo '\(Self.evil)' > d/dep-1.0.0/src/lib.rs
        tar -C d -cf - dep-1.0.0/Cargo.toml dep-1.0.0/src/lib.rs | gzip -n > dep-1.0.0.crate
        rm -r d
        """)
      let found = try scene.shell("sha256sum crates/dep-1.0.0.crate").prefix(64)
      let output = try scene.build("app", ["--once", "--crates", "\(scene.path)/crates"])
      #expect(output.status == 3)
      #expect(
        output.errorText.contains(
          "the archive of dep 1.0.0 is sha256:\(found), Cargo.lock wants sha256:\(locked)"),
        "\(output.errorText)")
    }

    @Test func aFolderIsRestoredAndDeclared() throws {
      let scene = try Scene(Person.all[0])
      try Self.layOut(scene)
      let crates = ["--crates", "\(scene.path)/crates"]
      #expect(try scene.cupel(["vendor", "app", "--check"] + crates).status == 0)
      try Self.tamper(scene, Self.tamperings[0])
      let verified = try scene.cupel(["verify-sources", "app", "--json"] + crates)
      let json = try JSON(parsing: verified.standardOutput, file: "stdout")
      let crate = json["crates"]?[1]
      #expect(crate?["findings"]?[0]?["path"]?.stringValue == "src/lib.rs")
      let tree = try #require(crate?["tree"]?.stringValue)
      try scene.shell(
        """
        cat > app/cupel.toml <<'END'
        schema = 1
        [source]
        crates = "../crates"
        require = "patched"
        [[source.patched]]
        name = "dep"
        version = "1.0.0"
        reason = "the number was wrong"
        tree = "\(tree)"
        END
        """)
      let declared = try scene.cupel(["verify-sources", "app"])
      #expect(declared.status == 0, "\(declared.text)")
      #expect(declared.text.contains("patched"))
      #expect(declared.text.contains("the number was wrong"))
      try scene.shell("rm app/cupel.toml")
      let check = try scene.cupel(["vendor", "app", "--check"] + crates)
      #expect(
        check.status == 1 && check.text.contains("! dep 1.0.0 was not what its archive holds"))
      #expect(try scene.cupel(["vendor", "app"] + crates).status == 0)
      #expect(try scene.cupel(["verify-sources", "app"] + crates).status == 0)
    }

    @Test func locksAreCompared() throws {
      let scene = try Scene(Person.all[0])
      try Self.layOut(scene)
      func diff() throws -> Command.Output {
        try scene.cupel(
          ["lock-diff", "old.lock", "app", "--crates", "crates"], directory: scene.path)
      }
      try scene.shell("cp app/Cargo.lock old.lock")
      #expect(try diff().status == 0)
      try scene.shell(
        "sed -i '/name = \"dep\"/,$d' old.lock; sed -i '/\"dep\"/d; $d' old.lock; cat old.lock")
      let added = try diff()
      #expect(added.status == 1, "\(added.errorText)")
      #expect(added.text.contains("added       dep 1.0.0"))
      try scene.shell("sed 's/^checksum = \"..../checksum = \"0000/' app/Cargo.lock > old.lock")
      let changed = try diff()
      #expect(changed.status == 3)
      #expect(
        changed.text.contains("ALARM dep 1.0.0 has another checksum under the same version"))
    }
  }
}
