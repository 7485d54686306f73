import Linux
import Reading
import Testing

extension Integration {
  /// Signed toolchains from the archive to the record. Their programs are scripts that start those
  /// of the rootfs, so that there is something to build with.
  @Suite struct ToolchainTests {
    /// Makes `rust.tar.xz` and signs it with a key of its own. Returns the options that accept it.
    private func makeInstaller(_ scene: borrowing Scene) throws -> [String] {
      try scene.shell(
        """
        python3 -I -S "$1" "
        installer('rust.tar.xz')
        for name in ['rustc', 'cargo', STD]:
            for file, (data, mode) in COMPONENTS[name].items():
                write('folder/' + file, data)
                os.chmod('folder/' + file, mode)
            write('folder/lib/rustlib/manifest-' + name, 'file:x')
        names = ['rustc-' + HOST, 'cargo-' + HOST, STD]
        write('folder/lib/rustlib/components', chr(10).join(names))
        write('folder/lib/rustlib/multirust-channel-manifest.toml',
              '[pkg.rustc]' + chr(10) + 'version = ' + chr(34) + VERSION.strip() + chr(34))
        "
        export GNUPGHOME="$PWD/gnupg"
        mkdir -m 700 gnupg
        gpg --batch --quiet --passphrase '' --quick-generate-key t@example.org ed25519 sign never
        gpg --batch --armor --export t@example.org > key.asc
        gpg --batch --quiet --armor --detach-sign rust.tar.xz
        gpg --batch --with-colons --list-keys | sed -n 's/^fpr:*\\(.*\\):$/\\1/p' > fingerprint
        gpgconf --kill all
        rm -r gnupg
        """, ["\(Checkout.path)/Tests/FetchingTests/makeinstaller.py"])
      let key = try scene.shell("cat fingerprint").prefix(40)
      return ["--keyring", "\(scene.path)/key.asc", "--fingerprint", String(key)]
    }

    private func trust(_ scene: borrowing Scene) throws -> String? {
      try scene.json("record.json")["toolchain"]?["trust"]?.stringValue
    }

    @Test func aSignedToolchainIsBuiltWithAndPinned() throws {
      let scene = try Scene(Person.all[0])
      let accept = try makeInstaller(scene)
      let project = try scene.layOutTinyProject()
      let archive = "\(scene.path)/rust.tar.xz"
      let name = scene.mark

      let foreign = try scene.cupel(["toolchain", "add", archive])
      #expect(foreign.status == 3, "\(foreign.errorText)")
      #expect(foreign.errorText.contains("which is not in the keyring"))
      let added = try scene.cupel(["toolchain", "add", archive, "--name", name, "--json"] + accept)
      #expect(added.status == 0, "\(added.errorText)")
      defer {
        for name in [name, "\(name)-src"] { _ = try? scene.cupel(["toolchain", "rm", name]) }
      }
      let entry = try JSON(parsing: added.standardOutput, file: "stdout")["toolchains"]?[0]
      let digest = try #require(entry?["digest"]?.stringValue)
      #expect(entry?["trust"]?.stringValue == "signed")
      #expect(try scene.cupel(["toolchain", "ls"]).text.contains("\(name)  1.95.0  signed"))
      #expect(try scene.cupel(["toolchain", "show", name]).text.contains(digest))
      let verified = try scene.cupel(["toolchain", "verify", name])
      #expect(verified.text == "\(name)  \(digest)  ok: tree\n", "\(verified.errorText)")

      let once = ["--once", "--require-signed-toolchain"]
      let built = try scene.build(project, once + ["--toolchain", name])
      #expect(built.status == 0, "\(built.errorText)")
      let record = try scene.json("record.json")["toolchain"]
      #expect(record?["trust"]?.stringValue == "signed")
      #expect(record?["signer"]?.stringValue == accept[3])
      #expect(record?["digest"]?.stringValue == digest)
      let inputs = try scene.json("plan.json")["inputs"]
      func isWhatItWas() throws -> Bool {
        let now = try scene.json("plan.json")["inputs"]
        return now?["toolchain"] == inputs?["toolchain"] && now?["rootfs"] == inputs?["rootfs"]
      }

      // The lock pins it, and decides nothing that the digest does not.
      let locked = try scene.cupel(
        ["lock", project, "--toolchain", name, "--toolchain-only"])
      #expect(locked.status == 0, "\(locked.errorText)")
      let lock = try scene.shell("sed -n '/toolchain/,/package/p' tiny/cupel.lock")
      #expect(lock.contains("name = \"\(name)\"\ndigest = \"\(digest)\""), "\(lock)")
      #expect(try scene.build(project, once).status == 0)
      #expect(try isWhatItWas())

      // Rustup's folder with the same components is the same tree: the signature holds for it.
      let folder = ["--toolchain", "\(scene.path)/folder"]
      let same = try scene.build(project, once + folder)
      #expect(same.status == 0, "\(same.errorText)")
      #expect(try isWhatItWas())

      // Another one is refused.
      try scene.shell("echo more >> folder/lib/librustc_driver.so")
      let other = try scene.build(project, ["--once"] + folder)
      #expect(other.status == 3, "\(other.errorText)")
      #expect(other.errorText.contains("cupel.lock pins \(name) (\(digest)), it is sha256:"))
      let rootfs = try scene.build(project, ["--once", "--toolchain", "rootfs"])
      #expect(rootfs.status == 3, "\(rootfs.errorText)")

      // What the lock says of a signature counts only where somebody has verified it.
      #expect(try scene.cupel(["toolchain", "rm", name]).status == 0)
      let unconfirmed = try scene.build(project, ["--once"])
      #expect(unconfirmed.status == 0, "\(unconfirmed.errorText)")
      #expect(unconfirmed.errorText.contains("nothing in this store confirms it"))
      #expect(try trust(scene) == "unsigned")
      #expect(try scene.build(project, once).status == 6)
      try scene.expectNothingLeft()
    }

    @Test func unsignedOnesAreRefusedWhereTheyMustBe() throws {
      let scene = try Scene(Person.all[0])
      _ = try makeInstaller(scene)
      let project = try scene.layOutTinyProject()
      let name = scene.mark
      // A tree that is nobody else's: all tests share a store.
      try scene.shell("echo \(name) >> folder/lib/librustc_driver.so")
      let added = try scene.cupel(
        ["toolchain", "add", "\(scene.path)/folder", "--name", name])
      #expect(added.status == 0, "\(added.errorText)")
      #expect(added.errorText.contains("Rust 1.95.0, unsigned"))
      defer { _ = try? scene.cupel(["toolchain", "rm", name]) }
      try scene.shell(
        "printf 'schema = 1\\n[toolchain]\\nname = \"%s\"\\n' '\(name)' > tiny/cupel.toml")
      let built = try scene.build(project, ["--once"])
      #expect(built.status == 0, "\(built.errorText)")
      #expect(try trust(scene) == "unsigned")
      try scene.shell("echo 'require-signed = true' >> tiny/cupel.toml")
      let refused = try scene.build(project, ["--once"])
      #expect(refused.status == 6, "\(refused.errorText)")
      #expect(refused.errorText.contains("a signed one is required"))
      // Debian's packages are signed by way of apt.
      let rootfs = try scene.build(project, ["--once", "--toolchain", "rootfs"])
      #expect(rootfs.status == 0, "\(rootfs.errorText)")
      #expect(try trust(scene) == "apt-signed")
      let unknown = try scene.build(project, ["--once", "--toolchain", "\(name)-x"])
      #expect(unknown.status == 2, "\(unknown.errorText)")
      try scene.expectNothingLeft()
    }
  }
}
