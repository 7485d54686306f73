import Failing
import Linux
import Testing

@testable import Staging

/// Tags with signatures of throw-away keys.
@Suite struct SignatureTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.package("p", in: "p")
    try scratch.commitAll(in: "p")
    try scratch.keys()
  }

  /// Runs a check with a home of its own, in whose .gitconfig `settings` stand.
  private func signature(_ tag: String, _ settings: String = "") throws -> TagSignature {
    var git = Git(folder: "\(scratch.path)/p")
    try scratch.write(settings, to: "home/.gitconfig")
    git.inherited = [
      ("PATH", Machine.environment("PATH") ?? "/usr/bin:/bin"), ("HOME", "\(scratch.path)/home"),
      ("GIT_CONFIG_NOSYSTEM", "1"),
    ]
    let id = try scratch.gitOutput("rev-parse refs/tags/\(tag)", in: "p")
    let commit = try scratch.gitOutput("rev-parse HEAD", in: "p")
    let objects = GitObjects(git: git, scratch: "\(scratch.path)/objects")
    return try GitTags(objects: objects, scratch: scratch.path).tag(tag, id, of: commit).signature
  }

  private func allowed(_ options: String = "") throws -> String {
    let key = try FileSystem.read("\(scratch.path)/key.pub")
    try scratch.write(
      "n@example.org \(options) \(String(decoding: key, as: UTF8.self))", to: "signers")
    return "[gpg \"ssh\"]\nallowedSignersFile = \(scratch.path)/signers\n"
  }

  private var fingerprint: String {
    get throws {
      let words = try Command(
        ["ssh-keygen", "-l", "-f", "\(scratch.path)/key.pub"], timeout: 60
      ).runChecked().text.split(separator: " ")
      return String(words[1])
    }
  }

  @Test func tellsSSHSignatures() throws {
    try scratch.signedTag("v1", in: "p")
    let key = try fingerprint
    #expect(
      try signature("v1") == TagSignature(status: .unknownKey, format: .ssh, fingerprint: key))
    let good = TagSignature(
      status: .good, format: .ssh, fingerprint: key, signer: "n@example.org")
    #expect(try signature("v1", allowed()) == good)
    // Git agrees.
    try scratch.shell(
      "git -c gpg.ssh.allowedSignersFile=../signers verify-tag v1", in: "p")
    // The repository's own word on who may sign does not count.
    try scratch.git("config gpg.ssh.allowedSignersFile \(scratch.path)/signers", in: "p")
    #expect(try signature("v1").status == .unknownKey)
    #expect(
      try signature("v1", allowed("valid-before=\"20100101\"")).status == .expired)
    #expect(try signature("v1", allowed("namespaces=\"file\"")).status == .unknownKey)
    try scratch.shell("cp key.pub revoked")
    #expect(
      try signature("v1", allowed() + "revocationFile = \(scratch.path)/revoked\n").status
        == .revoked)
    try scratch.shell("git tag v2 v1", in: "p")
    #expect(try signature("v2", allowed()).status == .otherName)
    try scratch.shell(
      "git cat-file tag v1 | sed 's/^m$/n/' >../changed && git update-ref refs/tags/v1 "
        + "$(git hash-object -t tag -w ../changed)", in: "p")
    #expect(try signature("v1", allowed()).status == .bad)
    try scratch.git("tag -a -m m plain", in: "p")
    #expect(try signature("plain", allowed()) == TagSignature(status: .none))
    try scratch.git("tag light", in: "p")
    #expect(try signature("light", allowed()) == TagSignature(status: .none))
  }

  // MARK: OpenPGP

  /// Runs a script with a key ring of its own in `home/.gnupg`, and ends its agent.
  private func gpg(_ script: String) throws {
    try scratch.shell(
      """
      export GNUPGHOME=\(scratch.path)/home/.gnupg
      mkdir -p -m 700 "$GNUPGHOME"
      trap 'gpgconf --kill all' EXIT
      gpg() { command gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' "$@"; }
      # tag NAME WORDS OPTIONS...
      tag() {
        name=$1; words=$2; shift 2
        printf 'object %s\\ntype commit\\ntag %s\\ntagger n <n@example.org> 1600000002 +0000\\n\\n%s\\n' \
          "$(git -C p rev-parse HEAD)" "$name" "$words" >payload
        rm -f payload.asc
        gpg "$@" --armor --detach-sign payload
        cat payload payload.asc >tag
        git -C p update-ref refs/tags/$name $(git -C p hash-object -t tag -w ../tag)
      }
      \(script)
      """)
  }

  private func keyFingerprint() throws -> String {
    let output = try Command(
      [
        "gpg", "--homedir", "\(scratch.path)/home/.gnupg", "--batch", "--with-colons",
        "--list-keys",
      ], timeout: 60
    ).runChecked().text
    let line = output.split(separator: "\n").first { $0.hasPrefix("fpr:") }
    return String(line?.split(separator: ":").last ?? "")
  }

  @Test func tellsOpenPGPSignatures() throws {
    try gpg("gpg --quick-gen-key 'N <n@example.org>' ed25519 sign never 2>/dev/null; tag v1 m")
    let key = try keyFingerprint()
    #expect(key.utf8.count == 40)
    let good = TagSignature(
      status: .good, format: .openpgp, fingerprint: key, signer: "N <n@example.org>")
    #expect(try signature("v1") == good)
    try scratch.shell("GNUPGHOME=../home/.gnupg git verify-tag v1", in: "p")
    try scratch.shell("git tag v2 v1", in: "p")
    #expect(try signature("v2").status == .otherName)
    // Two signatures, and one of other words.
    try gpg("cat payload payload.asc payload.asc >tag")
    try scratch.shell(
      "git update-ref refs/tags/v1 $(git hash-object -t tag -w ../tag)", in: "p")
    #expect(try signature("v1").status == .bad)
    try gpg("sed 's/^m$/n/' payload >changed && cat changed payload.asc >tag")
    try scratch.shell(
      "git update-ref refs/tags/v1 $(git hash-object -t tag -w ../tag)", in: "p")
    #expect(try signature("v1").status == .bad)
    try gpg(
      """
      tag v1 again
      sed 's/^:---/---/' "$GNUPGHOME"/openpgp-revocs.d/*.rev | gpg --import 2>/dev/null
      """)
    #expect(try signature("v1").status == .revoked)
    #expect(try signature("v1").fingerprint == key)
    try scratch.shell("rm -rf home/.gnupg")
    #expect(
      try signature("v1")
        == TagSignature(status: .unknownKey, format: .openpgp, fingerprint: key))
    // Nobody is given a key ring by that.
    #expect(!FileSystem.exists("\(scratch.path)/home/.gnupg"))
    try gpg(
      """
      past='--faked-system-time 20200101T000000!'
      gpg $past --quick-gen-key 'Old <old@example.org>' ed25519 sign 1d 2>/dev/null
      tag v3 m $past
      """)
    #expect(try signature("v3").status == .expired)
  }

  @Test func demandsASignedTag() throws {
    try gpg("gpg --quick-gen-key 'N <n@example.org>' ed25519 sign never 2>/dev/null; tag v1 m")
    let commit = try scratch.gitOutput("rev-parse HEAD", in: "p")
    expectFailure(
      "exporting the commit: no tag of \(commit) has a good signature: \n"
        + "  tag v1 (openpgp signature by an unknown key, \(try keyFingerprint()))",
      hint: "sign it with `git tag -s`, or name the signed tag with --rev; the signer's key has to "
        + "be in your gpg key ring or in your own gpg.ssh.allowedSignersFile",
      exit: .policyRefused, in: scratch
    ) { () throws(StagingError) in
      _ = try scratch.stage("p") { $0.requireSignedTag = true }
    }
    try SourceExport.requireSigned(
      [GitTag(name: "v1", object: "", signature: signature("v1"))], of: commit)
  }

  @Test(arguments: [
    (0, "19700101000000"), (951_782_399, "20000228235959"), (951_782_400, "20000229000000"),
    (1_709_251_199, "20240229235959"), (4_107_542_400, "21000301000000"),
  ])
  func writesTimesOut(seconds: Int64, text: String) {
    #expect(SignatureCheck.calendarTime(seconds) == text)
  }
}
