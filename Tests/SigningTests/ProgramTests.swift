import Failing
import Linux
import Reading
import Testing

@testable import Signing

/// Signatures that ssh-keygen and gpg make and check.
@Suite struct ProgramTests {
  private let content = Array("the file\n".utf8)

  // MARK: SSH

  private func sshKey(_ workshop: Workshop, _ name: String, _ type: String = "ed25519") throws {
    try workshop.shell("ssh-keygen -q -t \(type) -N '' -C '' -f \(name)")
  }

  @Test(arguments: ["ed25519", "ecdsa", "rsa"]) func sshSignsAndVerifies(_ type: String) throws {
    let workshop = try Workshop()
    try sshKey(workshop, "k", type)
    try sshKey(workshop, "other", type)
    try workshop.shell(
      """
      (printf 'me@example.org '; cat k.pub) > signers
      (printf 'you@example.org '; cat other.pub) >> signers
      """)
    let signers = "\(workshop.path)/signers"
    func verify(
      _ bytes: [UInt8], _ content: [UInt8]? = nil, identity: String = "me@example.org",
      namespace: String = "file", signers named: String? = nil
    ) throws(SigningError) -> String {
      try SSHSignature(bytes, file: "f.sshsig").verify(
        content ?? self.content, allowedSigners: named ?? signers, identity: identity,
        namespace: namespace, file: "f.sshsig")
    }
    let ours = try SSHSignature.sign(content, key: "\(workshop.path)/k", namespace: "file")
    #expect(try verify(ours).contains(" key SHA256:"))
    // Without us, both ways.
    try workshop.write(ours, "ours.sig")
    try workshop.write(content, "file")
    #expect(
      try workshop.succeeds(
        "ssh-keygen -Y verify -f signers -I me@example.org -n file -s ours.sig < file"))
    let theirs = try workshop.shell("ssh-keygen -q -Y sign -f k -n file < file")
    _ = try verify(theirs)
    expectFailure("ssh-keygen does not accept it") { () throws(SigningError) in
      try verify(ours, content + [0])
    }
    expectFailure("ssh-keygen does not accept it") { () throws(SigningError) in
      try verify(ours, namespace: "git")
    }
    expectFailure("ssh-keygen does not accept it") { () throws(SigningError) in
      try verify(ours, identity: "you@example.org")
    }
    expectFailure("no such file", exit: .usage) { () throws(SigningError) in
      try verify(ours, signers: "\(workshop.path)/none")
    }
    let text = String(decoding: ours, as: UTF8.self)
    for bad in [text + text, "x" + text, text.replacing("SSH SIG", with: "PGP SIG"), ""] {
      expectFailure("it is not exactly one SSH signature") { () throws(SigningError) in
        try verify(Array(bad.utf8))
      }
    }
  }

  /// A key with a passphrase is the agent's: nobody is asked, and nothing hangs.
  @Test func sshAgentSigns() throws {
    let workshop = try Workshop()
    try sshKey(workshop, "k")
    try workshop.write(content, "file")
    try workshop.shell("ssh-keygen -q -p -P '' -N secret -f k; (printf 'me '; cat k.pub) > signers")
    expectFailure("signing with ssh-keygen", exit: .hostUnsuitable) { () throws(SigningError) in
      try SSHSignature.sign(content, key: "\(workshop.path)/k", namespace: "file")
    }
    try workshop.shell(
      """
      printf '#!/bin/sh\\necho secret\\n' > ask; chmod 700 ask
      SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force ssh-agent sh -euc '
        ssh-add -q k; ssh-keygen -q -Y sign -f k.pub -n file < file > file.sig'
      """)
    _ = try SSHSignature(try workshop.read("file.sig"), file: "s").verify(
      content, allowedSigners: "\(workshop.path)/signers", identity: "me", namespace: "file",
      file: "s")
  }

  // MARK: OpenPGP

  /// Makes keys in a folder of their own, for which GNUPGHOME is set in `script`s.
  private func gpg(_ workshop: Workshop, _ script: String) throws -> [UInt8] {
    try workshop.shell(
      """
      export GNUPGHOME=$PWD/gnupg
      [ -d $GNUPGHOME ] || mkdir -m 700 $GNUPGHOME
      trap 'gpgconf --kill all' EXIT
      \(script)
      """)
  }

  @Test func gpgSignsAndGpgvVerifies() throws {
    let workshop = try Workshop()
    try workshop.write(content, "file")
    let printed = try gpg(
      workshop,
      """
      for name in one two; do
        gpg -q --batch --passphrase '' --quick-generate-key "$name <$name@example.org>" ed25519 sign never 2>/dev/null
        gpg -q --armor --export $name@example.org > $name.asc
        gpg -q --with-colons --list-keys $name@example.org | sed -n 's/^fpr:*\\([0-9A-F]*\\):$/\\1/p'
      done
      gpg -q --export > both.gpg
      gpg -q --batch --armor --local-user one@example.org --detach-sign file
      gpg -q --batch --local-user one@example.org --digest-algo SHA1 --output weak.sig --detach-sign file
      gpg -q --batch --local-user one@example.org --output whole.gpg --sign file
      gpg -q --batch --armor --local-user two@example.org --output two.sig --detach-sign file
      """)
    let keys = String(decoding: printed, as: UTF8.self).split(separator: "\n")
      .compactMap { KeyFingerprint($0) }
    try #require(keys.count == 2)
    let one = try OpenPGPKeyring.load("\(workshop.path)/one.asc")
    let both = try OpenPGPKeyring.load("\(workshop.path)/both.gpg")
    func verify(
      _ name: String, _ keyring: OpenPGPKeyring, _ signers: [KeyFingerprint],
      _ content: [UInt8]? = nil
    ) throws(SigningError) -> KeyFingerprint {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try FileSystem.read("\(workshop.path)/\(name)")
      } catch {
        throw .system("reading", error)
      }
      return try OpenPGPSignature(bytes, file: name).verify(
        content ?? self.content, keyring: keyring, signers: signers, file: name)
    }
    #expect(try verify("file.asc", one, [keys[0]]) == keys[0])
    #expect(try verify("two.sig", both, keys) == keys[1])
    expectFailure("the signature is of another file") { () throws(SigningError) in
      try verify("file.asc", one, keys, content + [0])
    }
    expectFailure("which is not in the keyring") { () throws(SigningError) in
      try verify("two.sig", one, keys)
    }
    expectFailure("accepted is only") { () throws(SigningError) in
      try verify("two.sig", both, [keys[0]])
    }
    expectFailure("made with SHA-1") { () throws(SigningError) in
      try verify("weak.sig", one, keys)
    }
    expectFailure("not exactly one detached signature") { () throws(SigningError) in
      try verify("whole.gpg", one, keys)
    }
    expectFailure("does not begin with a public key", exit: .usage) { () throws(SigningError) in
      try OpenPGPKeyring.load("\(workshop.path)/weak.sig")
    }
    // Ours, made by gpg with the user's own folder: checked by gpgv without us.
    let made = try Command(
      [
        "env", "GNUPGHOME=\(workshop.path)/gnupg", "gpg", "--batch", "--no-tty", "--armor",
        "--digest-algo", "SHA512", "--local-user", "two@example.org", "--output", "-",
        "--detach-sign", "-",
      ], input: content, timeout: 60
    ).runChecked()
    try workshop.write(made.standardOutput, "ours.asc")
    _ = try gpg(
      workshop, "gpg -q --export > ring.gpg; gpgv -q --keyring $PWD/ring.gpg ours.asc file")
    #expect(try verify("ours.asc", both, keys) == keys[1])
  }
}
