import Failing
import Hashing
import Linux
import Reading
import Storing
import Testing

@testable import Fetching

@Suite struct ToolchainTests {
  let signer: Signer
  let host = AddedToolchain.thisHost

  init() throws { signer = try Signer() }

  /// The files of the three standard components.
  private var standardFiles: [String] {
    [
      "bin/cargo*", "bin/rustc*", "etc/bash_completion.d/cargo", "lib/librustc_driver.so*",
      "lib/rustlib/etc/gdb.py", "lib/rustlib/\(host)/lib/libstd.rlib",
      "share/zsh/site-functions/_cargo",
    ].sorted()
  }

  @Test(.timeLimit(.minutes(2)), arguments: ["rust.tar.xz", "rust.tar.gz"])
  func addsASignedInstaller(file: String) throws {
    let key = try signer.key()
    try signer.make("installer('\(file)')")
    try signer.sign(file, by: key, armored: file == "rust.tar.xz")
    try signer.shell("sha256sum \(file) > \(file).sha256")
    let added = try signer.add([file], keyring: signer.keyring([key]), signers: [key])
    #expect(added.pin.name == "rust-1.95.0-\(host)")
    #expect(added.pin.version == "1.95.0")
    #expect(added.pin.components == ["cargo", "rust-std-\(host)", "rustc"])
    #expect(added.pin.trust == .signed)
    #expect(added.pin.signer == key)
    #expect(try signer.files(added) == standardFiles)
    let bytes = try FileSystem.read("\(signer.path)/\(file)")
    #expect(
      added.archives
        == [.init(name: file, sha256: Digest.hashing(bytes), size: Int64(bytes.count))])

    let shelf = ToolchainShelf(signer.store)
    #expect(try shelf.list() == [added])
    let digest = try #require(added.pin.digest)
    #expect(try shelf.find(tree: digest) == [added])
    #expect(try signer.store.root("toolchain/\(added.pin.name)") == digest)
    let left = try Directory("\(signer.store.path)/toolchains").entries().map(\.name)
    #expect(left == [added.pin.name])
    let own = try Directory("\(signer.store.path)/toolchains/\(added.pin.name)").entries()
    #expect(own.map(\.name) == ["record.json"])
    #expect(try shelf.verify(added.pin.name).isSignatureChecked == false)

    try shelf.remove(added.pin.name)
    #expect(try shelf.list() == [])
    #expect(try signer.store.roots().isEmpty)
  }

  /// One tree, whichever way it comes; with rust-src another, so that is only there when asked for.
  @Test(.timeLimit(.minutes(2))) func theSameComponentsAreTheSameTree() throws {
    let key = try signer.key()
    let keys = try signer.keyring([key])
    try signer.make(
      """
      installer('rust.tar.xz')
      installer('rustc.tar.xz', only('rustc'))
      installer('rest.tar.gz', only('cargo', STD, 'rust-src'), top='rest')
      channel()
      """)
    for file in ["rust.tar.xz", "rustc.tar.xz", "rest.tar.gz", "channel-rust-1.95.0.toml"] {
      try signer.sign(file, by: key)
    }
    let whole = try signer.add(keyring: keys, signers: [key], name: "whole")
    let parts = try signer.add(
      ["rustc.tar.xz", "rest.tar.gz"], keyring: keys, signers: [key], name: "parts")
    let listed = try signer.add(
      ["channel-rust-1.95.0.toml"], keyring: keys, signers: [key], name: "listed")
    #expect(parts.pin.digest == whole.pin.digest)
    #expect(listed.pin.digest == whole.pin.digest)
    #expect(listed.pin.components == whole.pin.components)
    #expect(listed.manifest?.name == "channel-rust-1.95.0.toml")
    #expect(
      listed.archives.map(\.name) == [
        "rustc-1.95.0-\(host).tar.xz", "cargo-1.95.0-\(host).tar.xz",
        "rust-std-1.95.0-\(host).tar.xz",
      ])
    let digest = try #require(whole.pin.digest)
    #expect(
      try ToolchainShelf(signer.store).find(tree: digest).map(\.pin.name)
        == ["listed", "parts", "whole"])

    let names = ["rustc", "cargo", "rust-std-\(host)", "rust-src"]
    let source = try signer.add(keyring: keys, signers: [key], components: names, name: "source")
    #expect(source.pin.digest != whole.pin.digest)
    #expect(
      try signer.files(source)
        == (standardFiles + ["lib/rustlib/src/rust/library/std/src/lib.rs"]).sorted())
    let same = try signer.add(
      ["channel-rust-1.95.0.toml"], keyring: keys, signers: [key], components: names,
      name: "same")
    #expect(same.pin.digest == source.pin.digest)
  }

  // MARK: Signatures

  @Test(.timeLimit(.minutes(2))) func refusesWhatIsNotSignedAsItShould() throws {
    let key = try signer.key()
    let other = try signer.key("other")
    let keys = try signer.keyring([key])
    try signer.make("installer('rust.tar.xz'); write('text', 'another file')")

    try signer.expectRefusal("verifying ~/rust.tar.xz: there is no signature ~/rust.tar.xz.asc") {
      () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key])
    }
    try signer.sign("rust.tar.xz", by: other)
    let long = other.description.suffix(16)
    try signer.expectRefusal(
      "the signature of rust.tar.xz: it is signed with the key \(long), which is not in the keyring"
    ) { () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key]) }
    let both = try signer.keyring([key, other])
    try signer.expectRefusal("it is signed with the key \(other), accepted is only \(key)") {
      () throws(ToolchainError) in try signer.add(keyring: both, signers: [key])
    }
    try signer.expectRefusal("accepted is only \(PublicKeys.rustReleaseKey)") {
      () throws(ToolchainError) in
      try signer.add(keyring: both, signers: [PublicKeys.rustReleaseKey])
    }

    try signer.sign("text", by: key)
    try signer.shell("mv text.asc rust.tar.xz.asc")
    try signer.expectRefusal("the signature is of another file, or the file was changed") {
      () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key])
    }
    // What holds its own text verifies with some programs whatever file it is said to be for.
    try signer.gpg([
      "--yes", "--armor", "--local-user", "\(key)", "--output", "m", "--sign", "text",
    ])
    try signer.shell("mv m rust.tar.xz.asc")
    try signer.expectRefusal(
      "rust.tar.xz.asc: it does not begin with \"-----BEGIN PGP SIGNATURE-----\""
    ) { () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key]) }
    try signer.gpg(["--yes", "--local-user", "\(key)", "--output", "m", "--sign", "text"])
    try signer.shell("mv m rust.tar.xz.asc")
    try signer.expectRefusal("it is not exactly one detached signature") {
      () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key])
    }
    try signer.sign("rust.tar.xz", by: key, armored: false)
    try signer.shell("cat rust.tar.xz.asc rust.tar.xz.asc > m; mv m rust.tar.xz.asc")
    try signer.expectRefusal("it is not exactly one detached signature") {
      () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key])
    }
    try signer.gpg([
      "--local-user", "\(key)", "--output", "rust.tar.xz.asc", "--textmode", "--detach-sign",
      "rust.tar.xz",
    ])
    try signer.expectRefusal("the signature is not one of a file's bytes") {
      () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key])
    }
    try signer.sign("rust.tar.xz", by: key)
    try signer.shell("printf x >> rust.tar.xz")
    try signer.expectRefusal("the signature is of another file, or the file was changed") {
      () throws(ToolchainError) in try signer.add(keyring: keys, signers: [key])
    }
  }

  @Test(.timeLimit(.minutes(2))) func refusesKeysThatAreNotInForce() throws {
    try signer.make("installer('rust.tar.xz')")
    let old = try signer.key("old", expiry: "1y", time: "20200101T000000!")
    try signer.sign("rust.tar.xz", by: old, time: "20200201T000000!")
    let expired = try signer.keyring([old])
    try signer.expectRefusal("the signature of rust.tar.xz: its key has expired") {
      () throws(ToolchainError) in try signer.add(keyring: expired, signers: [old])
    }

    let words = "the signature of rust.tar.xz: by this machine's clock, it or its key was made in"
    let future = try signer.key("future", time: "20900101T000000!")
    try signer.sign("rust.tar.xz", by: future, time: "20900102T000000!")
    let later = try signer.keyring([future])
    try signer.expectRefusal(words) { () throws(ToolchainError) in
      try signer.add(keyring: later, signers: [future])
    }
    let key = try signer.key()
    let before = try signer.keyring([key])
    try signer.sign("rust.tar.xz", by: key, time: "20900102T000000!")
    try signer.expectRefusal(words) { () throws(ToolchainError) in
      try signer.add(keyring: before, signers: [key])
    }
    try signer.sign("rust.tar.xz", by: key)
    try signer.shell(
      "sed 's/^:---/---/' gnupg/openpgp-revocs.d/\(key).rev > revocation")
    try signer.gpg(["--import", "revocation"])
    let revoked = try signer.keyring([key])
    try signer.expectRefusal("the signature of rust.tar.xz: its key was revoked") {
      () throws(ToolchainError) in try signer.add(keyring: revoked, signers: [key])
    }
    try signer.add(keyring: before, signers: [key])
  }

  @Test(.timeLimit(.minutes(2))) func refusesTwoSignersAndBadKeyrings() throws {
    let key = try signer.key()
    let other = try signer.key("other")
    try signer.make(
      "installer('a.tar.xz', only('rustc')); installer('b.tar.xz', only('cargo', STD))")
    try signer.sign("a.tar.xz", by: key)
    try signer.sign("b.tar.xz", by: other)
    let both = try signer.keyring([key, other])
    try signer.expectRefusal("one is signed with the key \(key), another with \(other)") {
      () throws(ToolchainError) in
      try signer.add(["a.tar.xz", "b.tar.xz"], keyring: both, signers: [key, other])
    }
    for (text, reason) in [
      ("", "it does not begin with a public key"), ("key", "it does not begin with a public key"),
      ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n", "its end is missing"),
      (
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n-----END PGP PUBLIC KEY BLOCK-----\n",
        "a line is not base64"
      ),
      (
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQIN\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
        "its checksum is wrong"
      ),
    ] {
      #expect(throws: ToolchainError.self, "\(text)") {
        try PublicKeys(Array(text.utf8), file: "k")
      }
      do throws(ToolchainError) {
        _ = try PublicKeys(Array(text.utf8), file: "k")
      } catch {
        #expect(error.message == "reading the keyring k: \(reason)")
        #expect(error.exitCode == .usage)
      }
    }
  }

  /// The key that is shipped is the one whose fingerprint is pinned, with the key that signs releases
  /// in force.
  @Test func shipsTheKeyOfRustsReleases() throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let file = "\(root)/Sources/cupel/Embedded/rust-release-key.asc"
    _ = try PublicKeys(FileSystem.read(file), file: file)
    let listing = try signer.gpg(["--with-colons", "--show-keys", file])
    let keys = listing.split(separator: "\n").filter {
      $0.hasPrefix("fpr:") || $0.hasPrefix("pub:")
    }
    #expect(keys.count { $0.hasPrefix("pub:") } == 1)
    #expect(keys[0].hasPrefix("pub:-:4096:"), "neither expired nor revoked")
    #expect(keys[1].hasSuffix(":\(PublicKeys.rustReleaseKey):"))
  }

  // MARK: Digests

  @Test(.timeLimit(.minutes(2))) func refusesAlteredDigests() throws {
    let key = try signer.key()
    let keys = try signer.keyring([key])
    try signer.make("installer('rust.tar.xz')")
    try signer.sign("rust.tar.xz", by: key)
    let right = try signer.shell("sha256sum rust.tar.xz").prefix(64)
    let wrong = String(repeating: "0", count: 64)
    for (text, words) in [
      (
        "\(wrong)  rust.tar.xz\n",
        "verifying ~/rust.tar.xz: its .sha256 file says sha256:\(wrong), it is sha256:\(right)"
      ),
      ("\(right)  other.tar.xz\n", "reading ~/rust.tar.xz.sha256: it is not the SHA-256"),
      ("\(right.prefix(63))\n", "reading ~/rust.tar.xz.sha256: it is not the SHA-256"),
      ("", "reading ~/rust.tar.xz.sha256: it is not the SHA-256"),
    ] {
      try FileSystem.write(Array(text.utf8), to: "\(signer.path)/rust.tar.xz.sha256")
      try signer.expectRefusal(words) { () throws(ToolchainError) in
        try signer.add(keyring: keys, signers: [key])
      }
    }
    try FileSystem.write(
      Array("\(right) *rust.tar.xz\n".utf8), to: "\(signer.path)/rust.tar.xz.sha256")
    try signer.add(keyring: keys, signers: [key])
  }

  // MARK: Installers

  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      (
        "installer(F, only('rustc', 'cargo'))",
        "the component rust-std: the installers have only rustc, cargo"
      ),
      (
        "installer(F, manifests={'cargo': 'file:bin/cargo\\nfile:bin/gone\\n'})",
        "installing cargo: its manifest.in lists bin/gone, which the archive does not have"
      ),
      (
        "installer(F, manifests={'cargo': 'dir:bin/cargo\\n'})",
        "its manifest.in lists bin/cargo, which the archive does not have"
      ),
      (
        "installer(F, manifests={'cargo': None})",
        "its manifest.in lists manifest.in, which the archive does not have"
      ),
      (
        "installer(F, manifests={'cargo': 'file:bin/cargo\\nfile:../rustc/bin/rustc\\n'})",
        "reading cargo/manifest.in:2: \"file:../rustc/bin/rustc\" is not file: or dir: and a path"
      ),
      (
        "installer(F, manifests={'cargo': 'file:/bin/cargo\\n'})",
        "reading cargo/manifest.in:1: \"file:/bin/cargo\" is not"
      ),
      (
        "installer(F, manifests={'cargo': 'link:bin/cargo\\n'})",
        "reading cargo/manifest.in:1: \"link:bin/cargo\" is not"
      ),
      (
        "installer(F, only('rustc', STD) | {'cargo': {'bin/rustc': (b'', 0o755)}})",
        "installing cargo: bin/rustc is there already, or is beneath a file"
      ),
      (
        "installer(F, only('rustc', STD) | {'cargo': {'bin/rustc/cargo': (b'', 0o755)}})",
        "installing cargo: bin/rustc/cargo is there already, or is beneath a file"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/cargo/../../x', b'x'))",
        "/cargo/../../x\" is not a plain path below one folder"
      ),
      (
        "installer(F, more=lambda add: add('/etc/passwd', b'x'))",
        "\"/etc/passwd\" is not a plain path below one folder"
      ),
      (
        "installer(F, more=lambda add: add('other/cargo/x', b'x'))",
        "other/cargo/x is not in the folder that its first entry is in"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/cargo/l', kind=SYMTYPE, link='/etc'))",
        "/cargo/l is a link"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/cargo/l', kind=LNKTYPE, link='x'))",
        "/cargo/l is a link"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/cargo/d', kind=CHRTYPE))",
        "/cargo/d is a device"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/cargo/bin/cargo', b'evil'))",
        "/cargo/bin/cargo comes twice, or is beneath a file"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/cargo/bin/cargo/x', b'evil'))",
        "/cargo/bin/cargo/x comes twice, or is beneath a file"
      ),
      (
        "installer(F, more=lambda add: add(TOP + '/components', b'evil'))",
        "/components comes twice, or is too large"
      ),
      ("installer(F, texts={'rust-installer-version': '4\\n'})", "it has version 4 of the format"),
      ("installer(F, texts={'rust-installer-version': None})", "it has no rust-installer-version"),
      ("installer(F, texts={'components': None})", "it has no components"),
      ("installer(F, texts={'components': 'a/b\\n'})", "it has no sound list of components"),
      ("installer(F, texts={'version': None})", "it has no version"),
      ("write(F, b'PK\\x03\\x04')", "it is neither compressed by xz nor by gzip"),
      ("installer('a'); write(F, open('a', 'rb').read()[:-40])", "Unexpected end of input"),
      (
        "installer('a.gz'); write(F, open('a.gz', 'rb').read()[:-9])", "unexpected end of file"
      ),
      (
        "installer('a'); write(F, lzma.compress(lzma.decompress(open('a', 'rb').read())[:9000]))",
        "the archive ends too early"
      ),
    ])
  func refusesInstallers(script: String, words: String) throws {
    let key = try signer.key()
    try signer.make("F = 'rust.tar.xz'\n\(script)")
    try signer.sign("rust.tar.xz", by: key)
    let keys = try signer.keyring([key])
    try signer.expectRefusal(words) { () throws(ToolchainError) in
      try signer.add(keyring: keys, signers: [key])
    }
  }

  @Test(.timeLimit(.minutes(2))) func refusesCombinationsOfInstallers() throws {
    let key = try signer.key()
    let keys = try signer.keyring([key])
    try signer.make(
      """
      installer('a.tar.xz')
      installer('b.tar.xz', only('cargo'))
      installer('c.tar.xz', only(STD), version='1.94.0 (x)\\n')
      installer('d.tar.xz', only('rustc', 'cargo'))
      installer('e.tar.xz', {STD: COMPONENTS[STD], 'rust-src': {}})
      os.makedirs('sub'); installer('sub/a.tar.xz')
      """)
    for file in ["a", "b", "c", "d", "e", "sub/a"] { try signer.sign("\(file).tar.xz", by: key) }
    try signer.expectRefusal("the component cargo: it is in a.tar.xz and in b.tar.xz") {
      () throws(ToolchainError) in
      try signer.add(["a.tar.xz", "b.tar.xz"], keyring: keys, signers: [key])
    }
    try signer.expectRefusal(
      "installing rust-std-\(host): it is of version 1.94.0, rustc of 1.95.0"
    ) {
      () throws(ToolchainError) in
      try signer.add(["d.tar.xz", "c.tar.xz"], keyring: keys, signers: [key])
    }
    try signer.expectRefusal("two of them are called a.tar.xz", exit: 2) {
      () throws(ToolchainError) in
      try signer.add(["a.tar.xz", "sub/a.tar.xz"], keyring: keys, signers: [key])
    }
    try signer.expectRefusal("installing the toolchain: it has no bin/rustc", exit: 2) {
      () throws(ToolchainError) in
      try signer.add(["e.tar.xz"], keyring: keys, signers: [key], components: ["rust-std"])
    }
  }

  // MARK: Channel manifests

  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      ("channel(change=lambda t: t.replace('\"2\"', '\"1\"'))", "version 1 is not supported", 3),
      ("channel(change=lambda t: t[30:])", "reading channel-rust-1.95.0.toml:1:", 3),
      (
        "channel(change=lambda t: t.replace('xz_hash = \"', 'xz_hash = \"x'))",
        "not 64 lower-case hexadecimal digits", 3
      ),
      (
        "channel(change=lambda t: t.replace('.tar.xz', '.tar.xz/..'))",
        "not the address of an archive", 3
      ),
      (
        "channel(change=lambda t: t.replace('available = true', 'available = false'))",
        "looking for the component rustc for", 2
      ),
      (
        "channel(); os.remove(f'dist/cargo-1.95.0-{HOST}.tar.xz'); "
          + "os.remove(f'dist/cargo-1.95.0-{HOST}.tar.gz')",
        "in ~/dist: there is no such file", 2
      ),
      (
        "channel(); F = f'dist/cargo-1.95.0-{HOST}.tar.xz'; write(F, open(F, 'rb').read()[:-1])",
        ".tar.xz: channel-rust-1.95.0.toml says sha256:", 3
      ),
      (
        "channel(); installer(f'dist/cargo-1.95.0-{HOST}.tar.xz', only('cargo'), top='evil')",
        ".tar.xz: channel-rust-1.95.0.toml says sha256:", 3
      ),
    ])
  func refusesChannelManifests(script: String, words: String, exit: Int32) throws {
    let key = try signer.key()
    let keys = try signer.keyring([key])
    try signer.make(script)
    try signer.sign("channel-rust-1.95.0.toml", by: key)
    try signer.expectRefusal(words, exit: exit) { () throws(ToolchainError) in
      try signer.add(["channel-rust-1.95.0.toml"], keyring: keys, signers: [key])
    }
  }

  @Test(.timeLimit(.minutes(2))) func takesTheOtherFormOfAnArchive() throws {
    let key = try signer.key()
    try signer.make("channel(); os.remove(f'dist/cargo-1.95.0-{HOST}.tar.xz')")
    let manifest = "channel-rust-1.95.0.toml"
    try signer.sign(manifest, by: key)
    let added = try signer.add([manifest], keyring: signer.keyring([key]), signers: [key])
    #expect(added.archives[1].name == "cargo-1.95.0-\(host).tar.gz")
    #expect(added.pin.name == "rust-1.95.0-\(host)")
  }

  // MARK: The shelf

  @Test(.timeLimit(.minutes(2)), arguments: ["rust.tar.xz", "channel-rust-1.95.0.toml"])
  func verifiesWhatWasKept(file: String) throws {
    let key = try signer.key()
    try signer.make("installer('rust.tar.xz'); channel()")
    try signer.sign(file, by: key)
    let added = try signer.add(
      [file], keyring: signer.keyring([key]), signers: [key], name: "kept", isKept: true)
    let shelf = ToolchainShelf(signer.store)
    let result = try shelf.verify("kept")
    #expect(result.isSignatureChecked && result.toolchain == added)
    // What verification unpacked is gone, and so is its scratch folder.
    #expect(try Directory("\(signer.store.path)/drafts").entries().isEmpty)
    #expect(try Directory("\(signer.store.path)/toolchains").entries().map(\.name) == ["kept"])

    let digest = try #require(added.pin.digest)
    let folder = "\(signer.store.path)/toolchains/kept"
    func failure() -> ToolchainError? {
      do throws(ToolchainError) {
        _ = try shelf.verify("kept")
        return nil
      } catch {
        #expect(error.exitCode == .inputRejected)
        return error
      }
    }
    // The archive of another toolchain, with a record that says so.
    try signer.shell("cp -r '\(folder)' copy; printf x >> '\(folder)/archives/\(file)'")
    #expect(failure()?.message.contains("it was sha256:") == true)
    try signer.shell(
      """
      cd '\(folder)'; sum() { sha256sum "archives/\(file)" | cut -d ' ' -f 1; }
      new=$(sum); old=$(sha256sum "$OLDPWD/copy/archives/\(file)" | cut -d ' ' -f 1)
      sed -i "s/$old/$new/" record.json
      """)
    #expect(failure()?.message.contains("another file, or the file was changed") == true)
    try signer.shell("rm -r '\(folder)'; mv copy '\(folder)'")
    #expect(failure() == nil)
    try signer.shell(
      "chmod -R u+w '\(signer.store.path(of: digest))'; "
        + "printf x >> '\(signer.store.path(of: digest))/bin/rustc'")
    #expect(failure()?.chain.contains("bin/rustc") == true)
  }

  @Test(.timeLimit(.minutes(2))) func namesStandForOneTree() throws {
    let key = try signer.key()
    let keys = try signer.keyring([key])
    try signer.make("installer('rust.tar.xz')")
    try signer.sign("rust.tar.xz", by: key)
    let shelf = ToolchainShelf(signer.store)
    let first = try signer.add(keyring: keys, signers: [key], name: "mine")
    #expect(try signer.add(keyring: keys, signers: [key], name: "mine") == first)
    let digest = try #require(first.pin.digest)
    do throws(ToolchainError) {
      try signer.add(
        keyring: keys, signers: [key], components: ["rustc", "cargo", "rust-std", "rust-src"],
        name: "mine")
      Issue.record("the name was given away")
    } catch {
      #expect(error.message == "naming a toolchain mine: that is the name of \(digest)")
      #expect(error.exitCode == .usage)
    }
    #expect(try shelf.get("mine") == first)
    for name in ["rootfs", "a/b", ".x", "", "a b"] {
      #expect(throws: ToolchainError.self) {
        try signer.add(keyring: keys, signers: [key], name: name)
      }
    }
    do throws(ToolchainError) {
      _ = try shelf.get("other")
    } catch {
      #expect(error.message == "looking for the toolchain other: the store has only mine")
    }
    try FileSystem.write(
      Array("{}".utf8), to: "\(signer.store.path)/toolchains/mine/record.json")
    do throws(ToolchainError) {
      _ = try shelf.get("mine")
    } catch {
      #expect(error.message.hasSuffix("record.json: it is not the record of a toolchain"))
      #expect(error.exitCode == .inputRejected)
    }
    try shelf.remove("mine")
    #expect(try shelf.find("mine") == nil)
  }

  @Test func gpgvIsAskedFor() {
    let error = ToolchainError.gpgvMissing
    #expect(error.message == "running gpgv, which verifies signatures: no such program")
    #expect(error.hint?.contains("`apt-get install gpgv`") == true)
    #expect(error.exitCode == .hostUnsuitable)
  }
}
