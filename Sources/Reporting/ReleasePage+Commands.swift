internal import Attesting
internal import Hashing
internal import Reading
internal import Signing

// The commands of RELEASE.md. Each block stands alone, runs in the release's folder as it is, leaves
// nothing there, and ends with a status other than 0 where anything does not hold.
extension ReleasePage {
  var stock: String {
    """
    ## With stock tools

    Bash, coreutils, OpenSSL 3 and Python 3, nothing of cupel's. Run the blocks in this folder, as they \
    stand; each says at its end that it held.

    The key is the one that you know. Put in the fingerprint that you have from elsewhere:

    \(block(keyCommands))
    The checksums are signed by it, the files are those, and there are no others:

    \(block(sumCommands))
    \(otherSignatures)The statements are signed by it (DSSE: \
    <https://github.com/secure-systems-lab/dsse>), and they are about these artifacts, these bills of \
    materials and this record:

    \(block(statementCommands))
    The same signatures with securesystemslib \
    (`pip install 'securesystemslib[crypto]==1.6.0'`):

    \(block(securesystemslibCommands))
    The bills of materials are valid (`pip install 'cyclonedx-python-lib[json-validation]==11.12.0' \
    spdx-tools==0.8.5`), and those of the artifacts name them by their digests:

    \(block(materialsCommands))
    \(dependencyLists)With cosign, which has a key but no transparency log to ask (not tried by cupel's \
    own tests):

        cosign verify-blob-attestation --key release.pub --bundle provenance.sigstore.json \\
          --insecure-ignore-tlog --type slsaprovenance1 \(artifacts[0].name)

    """
  }

  var cupel: String {
    """
    ## With cupel

    No step needs a network. Nothing in the folder was changed, added or taken away:

    \(block(checkCommands))
    The statements hold, say what the policy asks for, and agree with the bills of materials. Read \
    [policy.toml](policy.toml) first: it is the publisher's proposal, and you may want more.

    \(block(verifyCommands))
    \(rebuildWords)
    \(block(rebuildCommands))
    """
  }

  private func block(_ commands: String) -> String { "```bash\n\(commands)\n```\n" }

  private var names: String { artifacts.map(\.name).joined(separator: " ") }

  // MARK: Stock tools

  private var keyCommands: String {
    var lines = """
      fingerprint=\(key.fingerprint.hex)
      test "$(openssl pkey -pubin -in release.pub -outform DER | sha256sum | cut -c -64)" \\
        = "$fingerprint" && echo "the key is $fingerprint:" \\
        "compare this with the fingerprint that you have from elsewhere"
      """
    if minisignKey != nil {
      lines += """
         &&
        cmp <(openssl pkey -pubin -in release.pub -outform DER | tail -c 32) \\
          <(tail -n 1 release.minisign.pub | base64 -d | tail -c 32) && echo "and so is minisign's"
        """
    }
    return lines
  }

  /// Verifies SIGNATURE of FILE.
  private func verification(_ file: String, _ signature: String) -> String {
    isEd25519
      ? "openssl pkeyutl -verify -pubin -inkey release.pub -rawin -in \(file) -sigfile \(signature)"
      : "openssl dgst -sha256 -verify release.pub -signature \(signature) \(file)"
  }

  private var sumCommands: String {
    let minisign =
      minisignKey == nil ? "" : "  minisign -V -p release.minisign.pub -m SHA256SUMS\n"
    return """
      ( set -e
        \(verification("SHA256SUMS", "SHA256SUMS.sig"))
      \(minisign)  sha256sum --check --strict --quiet SHA256SUMS
        diff <(cut -c 67- SHA256SUMS) \\
          <(find . ! -type d \(signatureFiles.map { "! -path ./\($0)" }.joined(separator: " ")) \\
            -printf '%P\\n' | LC_ALL=C sort)
        echo "every file is as it was signed"
      )
      """
  }

  /// SHA256SUMS and its signatures, which it does not list.
  private var signatureFiles: [String] {
    let endings =
      ["", ".sig"] + (minisignKey == nil ? [] : [".minisig"])
      + (extras.openPGPKey == nil ? [] : [".asc"]) + (extras.hasSSH ? [".sshsig"] : [])
    return endings.map { "SHA256SUMS\($0)" }
  }

  private var otherSignatures: String {
    var text = ""
    if extras.openPGPKey != nil {
      text += """
        By OpenPGP (`release.gpg` is the key in the form that gpgv reads):

        \(block("gpgv --keyring ./release.gpg SHA256SUMS.asc SHA256SUMS"))

        """
    }
    if extras.hasSSH {
      text += """
        By SSH:

        \(block(
          """
          ssh-keygen -Y verify -f release.signers -I release -n file -s SHA256SUMS.sshsig < SHA256SUMS
          """))

        """
    }
    return text
  }

  private var statementCommands: String {
    """
    ( set -e
      work=$(mktemp -d)
      trap 'rm -r "$work"' EXIT
      python3 - "$work" <<'END'
    import base64, json, sys
    lines = open("build.intoto.jsonl", "rb").read().splitlines()
    assert len(lines) == 3
    with open(sys.argv[1] + "/sums", "w") as sums:
        for number, line in enumerate(lines):
            envelope = json.loads(line)
            kind = envelope["payloadType"].encode()
            body = base64.b64decode(envelope["payload"], validate=True)
            signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
            signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
            open(f"{sys.argv[1]}/{number}.signed", "wb").write(signed)
            open(f"{sys.argv[1]}/{number}.sig", "wb").write(signature)
            statement = json.loads(body)
            for subject in statement["subject"]:
                print(subject["digest"]["sha256"], "", subject["name"], file=sums)
            for item in statement["predicate"].get("runDetails", {}).get("byproducts", []):
                name = item["name"].removeprefix("sbom/").removeprefix("artifacts/")
                if item["name"] == "record.json" or item["name"].startswith("sbom/"):
                    print(item["digest"]["sha256"], "", name, file=sums)
    END
      for n in 0 1 2; do
        \(verification("\"$work/$n.signed\"", "\"$work/$n.sig\""))
      done
      sha256sum --check --strict "$work/sums"
      echo "the statements are signed, and about these files"
    )
    """
  }

  private var securesystemslibCommands: String {
    """
    python3 - <<'END'
    import json
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey
    pem = load_pem_public_key(open("release.pub", "rb").read())
    key = SSlibKey.from_crypto(pem, "\(key.keyID)")
    for line in open("build.intoto.jsonl"):
        Envelope.from_dict(json.loads(line)).verify([key], 1)
        print("good")
    END
    """
  }

  private var materialsCommands: String {
    let list = artifacts.map { "\"\($0.name)\"" }.joined(separator: ", ")
    let tools = (artifacts.map(\.name) + ["merged"]).map {
      "  pyspdxtools --infile \($0).spdx.json"
    }
    return """
      ( set -e
        python3 - <<'END'
      import hashlib, json, sys
      from cyclonedx.schema import SchemaVersion
      from cyclonedx.validation.json import JsonStrictValidator
      artifacts = [\(list)]
      for name in [*artifacts, "merged"]:
          text = open(name + ".cdx.json").read()
          error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
          if error:
              sys.exit(f"{name}.cdx.json: {error}")
          hashes = json.loads(text)["metadata"]["component"].get("hashes", [])
          digest = hashlib.sha256(open(name, "rb").read()).hexdigest() if name in artifacts else None
          if digest and {"alg": "SHA-256", "content": digest} not in hashes:
              sys.exit(f"{name}.cdx.json is not about {name}")
          print(name + ".cdx.json: valid")
      END
      \(tools.joined(separator: "\n"))
        echo "the bills of materials are valid"
      )
      """
  }

  private var dependencyLists: String {
    let listed = artifacts.filter(\.isAuditable).map(\.name)
    guard !listed.isEmpty else { return "" }
    let commands = listed.map { name in
      """
        objcopy --dump-section .dep-v0="$work/list" \(name) "$work/copy"
        python3 - "$work/list" <<'END'
      import json, sys, zlib
      for package in json.loads(zlib.decompress(open(sys.argv[1], "rb").read()))["packages"]:
          print(package["name"], package["version"])
      END
      """
    }
    let others = listed.map { "    cargo-audit audit bin \($0)\n    syft scan file:\($0)\n" }
    return """
      The list of its packages is in the artifact itself (`.dep-v0`, the form of cargo-auditable):

      \(block(
        """
        ( set -e
          work=$(mktemp -d)
          trap 'rm -r "$work"' EXIT
        \(commands.joined(separator: "\n"))
        )
        """))
      cargo-audit (which gets its database of advisories from the network) and syft read it, too:

      \(others.joined())

      """
  }

  // MARK: cupel

  private var checkCommands: String {
    var lines = "cupel release check . --key release.pub"
    if let print = extras.openPGPKey {
      lines += """
         &&
        cupel sign check SHA256SUMS --signature SHA256SUMS.asc --keyring release.gpg \\
          --fingerprint \(print)
        """
    }
    return lines
  }

  private var verifyCommands: String {
    let bills = (artifacts.map(\.name) + ["merged"]).map { "\($0).cdx.json \($0).spdx.json" }
    return """
      cupel verify \(names) --attestation build.intoto.jsonl --key release.pub \\
        --policy policy.toml \\
        --sbom \(bills.joined(separator: " "))
      """
  }

  private var rebuildWords: String {
    let expected =
      isIdentical || reproducibility.verdict == "identical-latent"
      ? "it ends with status 1 and names the first unit that differs if the bytes are others"
      : "status 1 says that the bytes are others, which the verdict above does not exclude"
    return """
      Build it again from the kit, on a machine without a network and without anything but cupel, \
      compare (\(expected)), and sign what you found with a key of your own:

      """
  }

  private var rebuildCommands: String {
    """
    ( set -e
      work=$(mktemp -d)
      cupel keygen --no-passphrase --out "$work/auditor"
      cupel verify \(names) --attestation build.intoto.jsonl --key release.pub \\
        --policy policy.toml --rebuild --kit rebuild.kit \\
        --vsa "$work/summary.vsa.json" --vsa-key "$work/auditor.key"
      echo "the summary, signed with $work/auditor.key, is $work/summary.vsa.json"
    )
    """
  }
}
