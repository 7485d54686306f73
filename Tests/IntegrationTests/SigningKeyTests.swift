import Linux
import Reading
import Testing

extension Integration {
  /// Keys of `cupel attest` and of summaries that lie in no file: in the environment, encrypted or
  /// not, and in the hands of another program. OpenSSL says whether the signatures are good.
  @Suite struct SigningKeyTests {
    private static let keys = """
      for name in release auditor; do
        openssl genpkey -algorithm ed25519 -out $name.key 2> /dev/null
        openssl pkey -in $name.key -pubout -out $name.pub
      done
      openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out token.key 2> /dev/null
      openssl pkey -in token.key -pubout -out token.pub
      openssl pkcs8 -topk8 -in release.key -passout pass:word -out closed.key
      chmod 600 *.key
      cat > policy.toml <<'END'
      schema = 1
      [summary]
      policy = "https://example.net/policy"
      resource = "https://example.org/tiny"
      verifier = "https://example.net/auditor"
      END
      """

    /// Takes envelopes apart, so that OpenSSL can look at what was signed (DSSE, "Protocol").
    private static let unwrap = """
      import base64, json, sys
      lines = open(sys.argv[1], "rb").read().splitlines()
      for number, line in enumerate(lines):
          envelope = json.loads(line)
          kind, body = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
          message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
          open("message.%d" % number, "wb").write(message)
          [signature] = envelope["signatures"]
          open("signature.%d" % number, "wb").write(base64.b64decode(signature["sig"]))
      print(len(lines))
      """

    /// Stands in for a token: it gets the bytes, and the key never leaves its own file.
    private static let token = "openssl dgst -sha256 -sign token.key"

    private func expectEd25519(
      _ scene: borrowing Scene, _ file: String, by key: String, count: Int
    ) throws {
      let said = try scene.shell(
        """
        python3 -c "$1" "$2"
        for number in $(seq 0 $(($4 - 1))); do
          openssl pkeyutl -verify -pubin -inkey $3 -rawin -in message.$number \\
            -sigfile signature.$number
        done
        """, [Self.unwrap, file, key, "\(count)"])
      #expect(
        said == "\(count)\n" + String(repeating: "Signature Verified Successfully\n", count: count))
    }

    @Test func keysNeedNoFile() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      try scene.shell(Self.keys)
      let built = try scene.build(project, ["--once"])
      try #require(built.status == 0, "\(built.errorText)")

      /// Runs cupel in a shell whose variables are set first.
      func cupel(_ variables: String, _ arguments: String) throws -> Command.Output {
        let line = try scene.commandLine([])
        return try Command(
          Array(line.dropLast())
            + ["sh", "-c", "\(variables)\nexec \"$0\" \(arguments)", line[line.count - 1]],
          environment: scene.environment, directory: scene.path, timeout: 60
        ).run()
      }
      let statements = "out/attestations/build.intoto.jsonl"

      let plain = try cupel("export KEY=\"$(cat release.key)\"", "attest out --key-env KEY")
      #expect(plain.status == 0, "\(plain.errorText)")
      try expectEd25519(scene, statements, by: "release.pub", count: 3)

      let closed = try cupel(
        "export KEY=\"$(cat closed.key)\" PHRASE=word",
        "attest out --key-env KEY --passphrase-env PHRASE")
      #expect(closed.status == 0, "\(closed.errorText)")
      try expectEd25519(scene, statements, by: "release.pub", count: 3)
      let wrong = try cupel(
        "export KEY=\"$(cat closed.key)\" PHRASE=sword",
        "attest out --key-env KEY --passphrase-env PHRASE")
      #expect(wrong.status == 2 && wrong.errorText.contains("KEY"), "\(wrong.errorText)")
      let absent = try cupel("", "attest out --key-env NONE")
      #expect(absent.status == 2 && absent.errorText.contains("NONE: it is not set"))

      let outside = try cupel(
        "", "attest out --signer-command '\(Self.token)' --public-key token.pub")
      #expect(outside.status == 0, "\(outside.errorText)")
      let said = try scene.shell(
        """
        python3 -c "$1" "$2"
        for number in 0 1 2; do
          openssl dgst -sha256 -verify token.pub -signature signature.$number message.$number
        done
        """, [Self.unwrap, statements])
      #expect(said == "3\nVerified OK\nVerified OK\nVerified OK\n")
      // What the program prints is verified before it is believed.
      let liar = try cupel(
        "", "attest out --signer-command '\(Self.token)' --public-key auditor.pub")
      #expect(liar.status == 5 && liar.errorText.contains("is no signature by the key"))
      let slow = try cupel(
        "",
        "attest out --signer-command 'sleep 30' --public-key auditor.pub --signer-timeout 1")
      #expect(slow.status == 7 && slow.errorText.contains("no end within 1 seconds"))
      let unnamed = try cupel("", "attest out")
      #expect(unnamed.status == 2 && unnamed.errorText.contains("give one of --key, --key-env"))
      let both = try cupel("", "attest out --key release.key --key-env KEY")
      #expect(both.status == 2 && both.errorText.contains("give one of --key, --key-env"))

      // The summary of an auditor, by the same ways.
      let verify =
        "verify out/artifacts/tiny --attestation \(statements) --key token.pub "
        + "--policy policy.toml --vsa vsa.json"
      let inVariable = try cupel(
        "export KEY=\"$(cat auditor.key)\"", "\(verify) --vsa-key-env KEY")
      #expect(inVariable.status == 0, "\(inVariable.errorText)")
      try expectEd25519(scene, "vsa.json", by: "auditor.pub", count: 1)
      let byProgram = try cupel(
        "", "\(verify) --vsa-signer-command '\(Self.token)' --vsa-public-key token.pub")
      #expect(byProgram.status == 0, "\(byProgram.errorText)")
      #expect(
        try scene.shell(
          """
          python3 -c "$1" vsa.json
          openssl dgst -sha256 -verify token.pub -signature signature.0 message.0
          """, [Self.unwrap]) == "1\nVerified OK\n")
      let keyless = try cupel("", verify)
      #expect(keyless.status == 2 && keyless.errorText.contains("--vsa and --vsa-key"))
      try scene.expectNothingLeft()
    }
  }
}
