import Linux
import Reading
import Testing

extension Integration {
  /// `cupel keygen` and `cupel sign`, and the programs that read what they write.
  @Suite struct SignatureTests {
    private let path: String

    init() throws {
      path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
      try FileSystem.write(Array("the file\n".utf8), to: "\(path)/file")
      try FileSystem.write(Array("a phrase\n".utf8), to: "\(path)/phrase", permissions: 0o600)
    }

    private func run(_ script: String) throws -> Command.Output {
      try Command(
        ["sh", "-euc", script],
        environment: [
          ("PATH", "/usr/bin:/bin"), ("HOME", path), ("cupel", Checkout.executable),
          ("GNUPGHOME", "\(path)/gnupg"), ("PHRASE", "a phrase"),
        ], directory: path, timeout: 120
      ).run()
    }

    private func expect(
      _ script: String, status: Int32 = 0, prints words: String = "", says talk: String = "",
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let output = try run(script)
      let all = "\(script): \(output.text)\(output.errorText)"
      #expect(output.status == status, "\(all)", sourceLocation: sourceLocation)
      #expect(
        words.isEmpty || output.text.contains(words), "\(all)", sourceLocation: sourceLocation)
      #expect(
        talk.isEmpty || output.errorText.contains(talk), "\(all)", sourceLocation: sourceLocation)
    }

    private func finish() throws { try FileSystem.removeTree(path) }

    @Test(arguments: ["ed25519", "p256", "minisign"]) func makesKeysAndSigns(_ type: String) throws
    {
      defer { try? finish() }
      try expect(
        "umask 0; $cupel keygen --type \(type) --out k --passphrase-file phrase",
        says: "wrote k.key and k.pub")
      try expect("stat -c %a k.key k.pub", prints: "600\n644\n")
      try expect("$cupel keygen --out k --no-passphrase", status: 2, says: "never overwritten")
      try expect("$cupel sign file --key k.key --passphrase-env PHRASE --format raw")
      try expect("$cupel sign check file --signature file.sig --key k.pub", prints: "good raw")
      try expect("$cupel sign file --key k.key --passphrase-file phrase --format bundle")
      try expect(
        "$cupel sign check file --signature file.sigstore.json --key k.pub", prints: "good bundle")
      try expect(
        "$cupel sign file --key k.key --passphrase-file phrase --format dsse --payload-type text/x")
      try expect(
        "$cupel sign check file --signature file.dsse.json --key k.pub --payload-type text/x --json",
        prints: "\"payloadType\": \"text/x\"")
      try expect(
        "$cupel sign check file --signature file.dsse.json --key k.pub --payload-type text/y",
        status: 3, says: "its payload type is \"text/x\", expected is \"text/y\"")
      try expect(
        "echo other > other; $cupel sign check other --signature file.dsse.json --key k.pub",
        status: 3, says: "what is signed in it is not this file")
      try expect(
        "$cupel sign check other --signature file.sig --key k.pub", status: 3,
        says: "it is no signature of this file by a key that you named")
      if type == "minisign" {
        try expect("$cupel sign file --key k.key --passphrase-file phrase")
        try expect("minisign -V -p k.pub -m file", prints: "sha256:")
        try expect(
          "sed -i 's/file:file/file:rg/' file.minisig; "
            + "$cupel sign check file --signature file.minisig --key k.pub",
          status: 3, says: "its trusted comment was changed")
      } else {
        try expect(
          "openssl pkey -in k.key -passin file:phrase -pubout | cmp - k.pub")
        try expect(
          "$cupel sign file --key k.key --passphrase-file phrase --format minisign", status: 2,
          says: "it is no key of minisign")
      }
      // What others may read is no secret.
      try expect(
        "chmod 640 k.key; $cupel sign file --key k.key", status: 2,
        says: "hint: run `chmod 600` on it")
      // Without a terminal nobody is asked.
      try expect(
        "chmod 600 k.key; setsid -w $cupel sign file --key k.key", status: 2,
        says: "hint: give the passphrase with --passphrase-file")
    }

    @Test func signsWithSeveralKeysWithAnEnvironmentAndWithAnotherProgram() throws {
      defer { try? finish() }
      try expect(
        """
        $cupel keygen --out a --no-passphrase
        $cupel keygen --type p256 --out b --no-passphrase
        $cupel sign file --format dsse --payload-type t --key a.key --key b.key
        $cupel sign check file --signature file.dsse.json --key a.pub --key b.pub --threshold 2
        """, prints: "payload type t")
      try expect(
        """
        $cupel sign file --format dsse --payload-type t --key a.key --key a.key
        $cupel sign check file --signature file.dsse.json --key a.pub --key b.pub --threshold 2
        """, status: 3, says: "1 more by the same keys, each of which counts once")
      try expect(
        """
        KEY=$(cat a.key) $cupel sign file --key-env KEY --out - > s.json
        $cupel sign check file --signature s.json --key a.pub
        """, prints: "good bundle")
      try expect(
        "$cupel sign file --key-env NONE", status: 2,
        says: "environment variable NONE: it is not set")
      try expect(
        """
        $cupel sign file --format raw --public-key b.pub --signer-command \
          'cat > m; openssl dgst -sha256 -sign b.key m'
        openssl dgst -sha256 -verify b.pub -signature file.sig file
        """, prints: "Verified OK")
      try expect(
        "$cupel sign file --public-key a.pub --signer-command 'openssl dgst -sha256 -sign b.key'",
        status: 5, says: "is no signature by the key")
    }

    @Test func signsWithSSHAndGPG() throws {
      defer { try? finish() }
      try expect(
        """
        ssh-keygen -q -t ed25519 -N '' -C '' -f ssh
        (printf 'me '; cat ssh.pub) > signers
        $cupel sign file --format ssh --key ssh
        ssh-keygen -Y verify -f signers -I me -n file -s file.sshsig < file
        $cupel sign check file --signature file.sshsig --allowed-signers signers --identity me
        """, prints: "good ssh signature of file\n  by me, ED25519 key SHA256:")
      try expect(
        "$cupel sign check file --signature file.sshsig", status: 2, says: "--allowed-signers")
      try expect(
        """
        mkdir -m 700 gnupg
        trap 'gpgconf --kill all' EXIT
        gpg -q --batch --passphrase-file phrase --pinentry-mode loopback \
          --quick-generate-key 'one <one@example.org>' ed25519 sign never 2> log
        gpg -q --export > ring.gpg
        $cupel sign file --format gpg --key one@example.org --passphrase-file phrase
        gpgv -q --keyring $PWD/ring.gpg file.asc file
        print=$(gpg --with-colons --list-keys | sed -n 's/^fpr:*\\([0-9A-F]*\\):$/\\1/p')
        $cupel sign check file --signature file.asc --keyring ring.gpg --fingerprint $print
        """, prints: "good gpg signature of file")
      try expect(
        """
        $cupel sign check file --signature file.asc --keyring ring.gpg \
          --fingerprint 0000000000000000000000000000000000000000
        """, status: 3, says: "accepted is only 0000")
    }

    /// Asked on the terminal, without an echo, twice for a new key.
    @Test func asksForPassphrases() throws {
      defer { try? finish() }
      let program = """
        import os, pty, sys
        def talk(answers, *command):
            pid, fd = pty.fork()
            if pid == 0:
                os.execvp(command[0], command)
            said = b""
            for question, answer in answers:
                while question not in said:
                    said += os.read(fd, 1000)
                os.write(fd, answer + b"\\n")
                said = said.split(question, 1)[1]
            try:
                while chunk := os.read(fd, 1000):
                    said += chunk
            except OSError:
                pass
            assert b"word" not in said, said
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        c = os.environ["cupel"]
        same = [(b"Passphrase of k.key: ", b"word"), (b"The same again: ", b"word")]
        assert talk([same[0], (b"again: ", b"sword")], c, "keygen", "--out", "k") == 2
        assert talk(same, c, "keygen", "--out", "k") == 0
        assert talk([same[0]], c, "sign", "file", "--key", "k.key") == 0
        assert talk([(same[0][0], b"sword")], c, "sign", "file", "--key", "k.key") == 2
        """
      try FileSystem.write(Array(program.utf8), to: "\(path)/talk.py")
      try expect("timeout 60 python3 talk.py")
      try expect(
        "$cupel sign check file --signature file.sigstore.json --key k.pub", prints: "good")
    }
  }
}
