import Linux
import Reading
import Testing

extension Integration {
  /// The processes that `cupel release` and `cupel verify --rebuild` build in, what is looked at
  /// before them, and gpg.
  @Suite struct ReleaseProcessTests {
    /// A repository with the tag v1.2.3 and a key; its build takes eight seconds and is known by the
    /// scene's mark.
    private func layOut(
      _ scene: borrowing Scene, edit: String = "", isSlow: Bool = false
    ) throws -> String {
      let script = """
        cat > build.rs <<'END'
        fn main() {
            let words = ["-c", "sleep 8; : \(scene.mark)"];
            std::process::Command::new("sh").args(words).status().unwrap();
        }
        END
        """
      let folder = try scene.layOutTinyProject(edit: (isSlow ? script : "") + "\n" + edit)
      try scene.commit(folder)
      try scene.shell("git -C \"$1\" tag v1.2.3", [folder])
      let made = try scene.cupel(["keygen", "--out", "release", "--no-passphrase"])
      try #require(made.status == 0, "\(made.errorText)")
      return folder
    }

    private struct End {
      let status: Int32
      let milliseconds: Int
      let words: String
      /// The environment of the process that built.
      let environment: String
    }

    /// Runs cupel with SECRET in its environment, and sends `signal` to it, or to the process that it
    /// builds in, as soon as a build script runs.
    private func end(
      _ scene: borrowing Scene, by signal: String, toChild: Bool = false, _ arguments: [String]
    ) throws -> End {
      let text = try scene.shell(
        """
        signal=$1 target=$2; shift 2
        SECRET="$(cat release.key)" "$@" > words 2>&1 & process=$!
        i=0
        until pgrep -f 'sleep 8[;] : \(scene.mark)' > /dev/null; do
          i=$((i + 1)); [ $i -lt 900 ] || { cat words >&2; exit 1; }; sleep 0.1
        done
        child=$(cat /proc/$process/task/$process/children)
        tr '\\0' '\\n' < /proc/${child%% *}/environ > environment
        begin=$(date +%s%3N)
        if [ $target = child ]; then kill -$signal $child; else kill -$signal $process; fi
        status=0; wait $process || status=$?
        echo $status $(($(date +%s%3N) - begin))
        """, [signal, toChild ? "child" : "itself"] + scene.commandLine(arguments))
      let numbers = text.split(whereSeparator: \.isWhitespace)
      try #require(numbers.count == 2, "\(text)")
      return End(
        status: try #require(Int32(numbers[0])), milliseconds: try #require(Int(numbers[1])),
        words: try scene.shell("cat words"), environment: try scene.shell("cat environment"))
    }

    @Test func aSignalEndsARelease() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(scene, isSlow: true)
      let line = ["release", "--rev", "v1.2.3", "--key-env", "SECRET", project]
      let ended = try end(scene, by: "TERM", line)
      #expect(ended.status == 130, "\(ended.words)")
      #expect(ended.milliseconds < 4000)
      #expect(ended.environment.contains("\nSECRET_OF_THE_CALLER="))
      #expect(!ended.environment.contains("PRIVATE KEY"))
      try scene.expectNothingLeft()

      let key = ["release", "--rev", "v1.2.3", "--key", "release.key", project]
      let interrupted = try scene.harness(
        ["signal", "INT", "leg A", "60"], scene.commandLine(key))
      #expect(interrupted["status"] == 130, "\(interrupted)")
      #expect(try #require(interrupted["milliseconds"]?.integerValue) < 4000)
      try scene.expectNothingLeft()

      // Killed from outside, as by the kernel where memory runs out.
      let killed = try end(scene, by: "KILL", toChild: true, key)
      #expect(killed.status == 4, "\(killed.words)")
      #expect(
        killed.words.contains(
          "error: running `cupel release` in a process of its own: SIGKILL ended it from outside"),
        "\(killed.words)")
      #expect(killed.words.contains("hint: the kernel kills so where memory runs out"))
      #expect(try names(scene.path).allSatisfy { !$0.hasPrefix("release-") })
    }

    @Test func aSignalEndsARebuild() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(scene, isSlow: true)
      for line in [
        ["build", project, "--out", "out"],
        ["attest", "out", "--key", "release.key"],
        ["kit", "export", project, "--record", "out", "--out", "t.kit"],
      ] {
        let output = try scene.cupel(line)
        try #require(output.status == 0, "\(output.errorText)")
      }
      try scene.shell(
        """
        cat > policy.toml <<'END'
        schema = 1
        [summary]
        policy = "urn:p"
        resource = "urn:r"
        verifier = "urn:v"
        END
        """)
      let line = [
        "verify", "out/artifacts/tiny", "--attestation", "out/attestations/build.intoto.jsonl",
        "--key", "release.pub", "--policy", "policy.toml", "--rebuild", "--kit", "t.kit",
        "--vsa", "vsa.json", "--vsa-key-env",
      ]
      // What a key lacks shows before the build.
      let early = try scene.cupel(line + ["NONE"])
      #expect(early.status == 2 && !early.errorText.contains("building"), "\(early.errorText)")
      let ended = try end(scene, by: "TERM", line + ["SECRET"])
      #expect(ended.status == 130, "\(ended.words)")
      #expect(ended.milliseconds < 4000)
      #expect(ended.environment.contains("\nSECRET_OF_THE_CALLER="))
      #expect(!ended.environment.contains("PRIVATE KEY"))
      #expect(!FileSystem.exists("\(scene.path)/vsa.json"))
      try scene.expectNothingLeft()
    }

    /// The store is empty, and there is no network: whatever were fetched first would fail otherwise.
    @Test func theTagIsLookedAtBeforeAnythingIsFetched() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(scene)
      func refused(_ options: [String], tag: String = "v1.2.3") throws -> Command.Output {
        try Command(
          ["env", "CUPEL_STORE=\(scene.path)/empty"]
            + scene.commandLine(
              ["release", "--rev", tag, "--key", "release.key", "--fetch"] + options + [project]),
          environment: scene.environment, directory: scene.path, timeout: 60
        ).run()
      }
      let head = try refused([], tag: "HEAD")
      #expect(head.status == 2 && head.errorText.contains("HEAD: it is no tag"))
      let unsigned = try refused(["--require-signed-tag"])
      #expect(unsigned.status == 6, "\(unsigned.errorText)")
      #expect(unsigned.errorText.contains("has a good signature"))
      try scene.shell("echo // >> tiny/src/main.rs")
      let dirty = try refused([])
      #expect(dirty.status == 6 && dirty.errorText.contains("the git tree is dirty"))
      let unnamed = try refused(["--out", ""])
      #expect(unnamed.status == 2 && unnamed.errorText.contains("--out must name a folder"))
      try scene.expectNothingLeft()
    }

    @Test func artifactsWithTheNamesOfTheReleasesOwnFilesAreRefused() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(
        scene, edit: "mkdir src/bin; echo 'fn main() {}' > src/bin/merged.rs")
      let refused = try scene.cupel(
        ["release", "--rev", "v1.2.3", "--key", "release.key", project], timeout: 300)
      #expect(refused.status == 2, "\(refused.errorText)")
      #expect(
        refused.errorText.contains(
          "releasing `merged.cdx.json`: two files of the release have this name"))
      try scene.expectNothingLeft()
    }

    @Test func gpgSignsByTheFingerprintOfOneKey() throws {
      let scene = try Scene(Person.all[0])
      let project = try layOut(scene)
      try scene.shell(
        """
        mkdir -m 700 home/.gnupg
        for name in one two; do
          gpg -q --batch --passphrase '' --quick-gen-key "$name of us <$name@example.org>" \\
            ed25519 sign never
        done
        """)
      func release(_ user: String) throws -> Command.Output {
        try scene.cupel(
          [
            "release", "--rev", "v1.2.3", "--key", "release.key", "--gpg-key", user, "--out", "r",
            project,
          ], timeout: 300)
      }
      for (user, words) in [("nobody", "it has none"), ("of us", "it has 2")] {
        let refused = try release(user)
        #expect(refused.status == 2, "\(refused.errorText)")
        #expect(
          refused.errorText.contains("the secret key of \(user) in gpg: \(words)"),
          "\(refused.errorText)")
        #expect(refused.errorText.contains("hint: `gpg --list-secret-keys`"))
      }
      let made = try release("two@example.org")
      try #require(made.status == 0, "\(made.errorText)")
      try scene.shell(
        """
        print=$(gpg --batch --with-colons --list-keys two | awk -F: '$1 == "fpr" {print $10; exit}')
        cd r
        gpgv --keyring ./release.gpg SHA256SUMS.asc SHA256SUMS
        grep -q "the OpenPGP key: .$print" RELEASE.md
        gpg --batch --with-colons --show-keys release.gpg | grep -q "$print"
        """)
      let fingerprint = try scene.shell(
        "gpg --batch --with-colons --list-keys two | awk -F: '$1 == \"fpr\" {print $10; exit}'")
      let checked = try scene.cupel([
        "sign", "check", "r/SHA256SUMS", "--signature", "r/SHA256SUMS.asc", "--keyring",
        "r/release.gpg", "--fingerprint", String(fingerprint.prefix(40)),
      ])
      #expect(checked.status == 0, "\(checked.errorText)")
      try scene.shell("gpgconf --kill all")
      try scene.expectNothingLeft()
    }
  }
}
