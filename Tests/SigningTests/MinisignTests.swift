import Failing
import Hashing
import Linux
import Reading
import Testing

@testable import Signing

/// minisign's keys and signatures, with minisign itself and with signify.
@Suite struct MinisignTests {
  private let content = Array("the file\n".utf8)

  /// Makes a key with minisign: `NAME.key` and `NAME.pub`.
  private func minisignKey(
    _ workshop: Workshop, _ name: String, passphrase: String? = nil
  ) throws {
    if let passphrase {
      try workshop.shell(
        "umask 077; printf '%s\\n%s\\n' '\(passphrase)' '\(passphrase)' | "
          + "minisign -G -p \(name).pub -s \(name).key")
    } else {
      try workshop.shell("umask 077; minisign -GW -p \(name).pub -s \(name).key")
    }
  }

  /// A key that is not minisign's goes by a number that follows from it.
  @Test func anyEd25519KeySignsForMinisign() throws {
    let workshop = try Workshop()
    let key = try SigningKey.generate(.ed25519)
    let publicKey = try #require(MinisignPublicKey(of: key))
    #expect(publicKey.keyNumber == Array(key.verificationKey.fingerprint.bytes.prefix(8)))
    let signature = try MinisignSignature(
      signing: content, with: key, keyNumber: publicKey.keyNumber, trustedComment: "t")
    try workshop.write(content, "file")
    try workshop.write(publicKey.fileBytes, "k.pub")
    try workshop.write(signature.fileBytes, "file.minisig")
    try workshop.shell("minisign -V -p k.pub -m file")
    let own = try MinisignSecretKey.generate()
    #expect(MinisignPublicKey(of: own.key) == own.publicKey)
    #expect(MinisignPublicKey(of: try SigningKey.generate(.p256)) == nil)
  }

  @Test func weVerifyWhatMinisignSigns() throws {
    let workshop = try Workshop()
    try minisignKey(workshop, "m")
    try workshop.write(content, "file")
    let key = try MinisignPublicKey.load("\(workshop.path)/m.pub")
    #expect(key.fileBytes == (try workshop.read("m.pub")))
    for legacy in [false, true] {
      try workshop.shell(
        "minisign -S\(legacy ? "l" : "H") -s m.key -m file -c 'a b' -t 'c\td é' -x file.minisig")
      let signature = try MinisignSignature(
        parsing: try workshop.read("file.minisig"), file: "file.minisig")
      #expect(signature.isPrehashed != legacy)
      #expect(signature.untrustedComment == "a b" && signature.trustedComment == "c\td é")
      #expect(try signature.verify(content, by: [key], file: "file.minisig") == key)
      #expect(signature.fileBytes == (try workshop.read("file.minisig")))
    }
  }

  @Test func minisignVerifiesWhatWeSign() throws {
    let workshop = try Workshop()
    let key = try MinisignSecretKey.generate()
    try workshop.write(key.publicKey.fileBytes, "k.pub")
    for size in [0, 1, 1000, 300_000] {
      let file = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13) }
      try workshop.write(file, "file")
      let signature = try MinisignSignature(
        signing: file, with: key.key, trustedComment: "t \(size)\té")
      try workshop.write(signature.fileBytes, "file.minisig")
      let said = try workshop.shell("minisign -VQ -p k.pub -m file")
      #expect(said == Array("t \(size)\té\n".utf8))
      #expect(try workshop.succeeds("minisign -VQ -P \(key.publicKey.text) -m file"))
      try workshop.write(file + [1], "file")
      #expect(try !workshop.succeeds("minisign -VQ -p k.pub -m file"))
    }
  }

  /// minisign's own encryption takes 1 GiB; ours less, and it reads that too.
  @Test func readsAndWritesMinisignsSecretKeys() throws {
    let workshop = try Workshop()
    try workshop.write(content, "file")
    try workshop.write("pass word\n", "phrase", permissions: 0o600)
    let phrase = PassphraseSource.file("\(workshop.path)/phrase")
    try minisignKey(workshop, "plain")
    try minisignKey(workshop, "sealed", passphrase: "pass word")
    for name in ["plain", "sealed"] {
      let bytes = try workshop.read("\(name).key")
      let key = try MinisignSecretKey(bytes, file: name, passphrase: phrase)
      #expect(key.publicKey == (try MinisignPublicKey.load("\(workshop.path)/\(name).pub")))
      if name == "plain" { #expect(try key.fileBytes(passphrase: nil) == bytes) }
      // The same key signs everything else.
      let other = try SigningKey.load("\(workshop.path)/\(name).key", passphrase: phrase)
      #expect(other.verificationKey == key.publicKey.key)
      #expect(try VerificationKey.load("\(workshop.path)/\(name).pub") == other.verificationKey)
      let secret = Secret(Array("new words".utf8))
      try workshop.write(try key.fileBytes(passphrase: secret), "ours.key", permissions: 0o600)
      try workshop.shell("echo 'new words' | minisign -S -s ours.key -m file -x ours.minisig")
      #expect(try workshop.succeeds("minisign -VQ -p \(name).pub -m file -x ours.minisig"))
      #expect(
        try !workshop.succeeds("echo 'old words' | minisign -S -s ours.key -m file -x no.minisig"))
    }
    let sealed = try workshop.read("sealed.key")
    expectFailure("it is encrypted", exit: .usage) { () throws(SigningError) in
      try MinisignSecretKey(sealed, file: "k", passphrase: .none)
    }
    let ours = try MinisignSecretKey.generate().fileBytes(passphrase: Secret([0x61]))
    expectFailure("the passphrase is wrong", exit: .usage) { () throws(SigningError) in
      try MinisignSecretKey(ours, file: "k", passphrase: phrase)
    }
  }

  @Test func refusesBrokenSecretKeys() throws {
    let good = try MinisignSecretKey.generate().fileBytes(passphrase: nil)
    let text = String(decoding: good, as: UTF8.self).split(separator: "\n").map(String.init)
    let data = try #require(Base64.decode(text[1].utf8))
    func expectBad(_ words: String, _ change: (inout [UInt8]) -> Void) {
      var changed = data
      change(&changed)
      expectFailure(words, exit: .usage) { () throws(SigningError) in
        try MinisignSecretKey(
          Array("\(text[0])\n\(Base64.encode(changed))\n".utf8), file: "k", passphrase: .none)
      }
    }
    expectBad("the 158 bytes") { $0.removeLast() }
    expectBad("it is no Ed25519 key") { $0[0] = 0 }
    expectBad("it is no Ed25519 key") { $0[2] = 1 }
    expectBad("it is no Ed25519 key") { $0[4] = 1 }
    expectBad("its public half is not that") { $0[62] ^= 1 }
    expectBad("its public half is not that") { $0[100] ^= 1 }
    expectBad("its checksum is wrong") { $0[126] = 1 }
    // 2^30 blocks of memory are not taken because a file says so.
    expectBad("takes too much memory or time") {
      $0.replaceSubrange(2..<4, with: Array("Sc".utf8))
      $0.replaceSubrange(38..<54, with: [UInt8](repeating: 0x7F, count: 16))
    }
  }

  @Test func refusesChangedSignatures() throws {
    let key = try MinisignSecretKey.generate()
    let other = try MinisignSecretKey.generate()
    let signature = try MinisignSignature(
      signing: content, with: key.key, trustedComment: "version 1")
    let lines = String(decoding: signature.fileBytes, as: UTF8.self)
      .split(separator: "\n").map(String.init)
    func verify(
      _ lines: [String], end: String = "\n", by keys: [MinisignPublicKey]
    ) throws(SigningError) -> MinisignPublicKey {
      let text = lines.joined(separator: "\n") + end
      return try MinisignSignature(parsing: Array(text.utf8), file: "f.minisig").verify(
        content, by: keys, file: "f.minisig")
    }
    func expectBad(_ words: String, _ lines: [String], end: String = "\n") {
      expectFailure(words) { () throws(SigningError) in
        try verify(lines, end: end, by: [key.publicKey])
      }
    }
    for end in ["", "\n"] {
      #expect(try verify(lines, end: end, by: [other.publicKey, key.publicKey]) == key.publicKey)
    }
    // The untrusted comment is nobody's word.
    _ = try verify(["untrusted comment: x"] + lines[1...], by: [key.publicKey])
    expectBad(
      "its trusted comment was changed", lines[..<2] + ["trusted comment: version 2"] + lines[3...])
    expectBad(
      "its trusted comment was changed", lines[..<2] + ["trusted comment: "] + lines[3...])
    expectBad(
      "line 3 is not a trusted comment", lines[..<2] + ["trusted comment"] + lines[3...])
    expectBad("line 3 is not a trusted comment", Array(lines[..<2]))
    expectBad("line 4 is not the 64 bytes", Array(lines[..<3]))
    expectBad("line 5 is one too many", lines + ["x"])
    expectBad("line 1 is not an untrusted comment", Array(lines[1...]))
    expectBad("line 2 is not the 74 bytes", [lines[0], String(lines[1].dropLast())] + lines[2...])
    expectBad("holds a carriage return", lines.map { $0 + "\r" })
    expectFailure("or another is not UTF-8") { () throws(SigningError) in
      try MinisignSignature(parsing: signature.fileBytes + [0xFF], file: "f")
    }
    expectFailure("it has more than \(16 << 10) bytes") { () throws(SigningError) in
      try MinisignSignature(
        parsing: [UInt8](repeating: 0x61, count: 16 << 10 + 1), file: "f")
    }
    // Another key, another key under the same number, another number for the same key.
    expectFailure("none of the keys that you named") { () throws(SigningError) in
      try verify(lines, by: [other.publicKey])
    }
    let impostor = MinisignPublicKey(
      keyNumber: key.publicKey.keyNumber, key: other.publicKey.key)
    expectFailure("the signature is of another file") { () throws(SigningError) in
      try verify(lines, by: [impostor])
    }
    #expect(try verify(lines, by: [impostor, key.publicKey]) == key.publicKey)
    var data = try #require(Base64.decode(lines[1].utf8))
    data[5] ^= 1
    expectBad("none of the keys", [lines[0], Base64.encode(data)] + lines[2...])
    data[5] ^= 1
    // Taken for the legacy kind, it is the signature of other bytes.
    data[1] ^= 0x20
    expectBad("of another file", [lines[0], Base64.encode(data)] + lines[2...])
    data[1] = 0x58
    expectBad(
      "line 2 is a signature by another algorithm", [lines[0], Base64.encode(data)] + lines[2...])
    // The comment of another signature, with that signature's own good one.
    let second = try MinisignSignature(
      signing: content + [0], with: key.key, trustedComment: "version 2")
    let others = String(decoding: second.fileBytes, as: UTF8.self)
      .split(separator: "\n").map(String.init)
    expectBad("its trusted comment was changed", Array(lines[..<2]) + others[2...])
    for comment in ["a\nb", "a\u{1B}[2J", String(repeating: "a", count: 8192)] {
      expectFailure("writing the signature's comment", exit: .usage) { () throws(SigningError) in
        try MinisignSignature(signing: content, with: key.key, trustedComment: comment)
      }
    }
    expectFailure("it is no key of minisign", exit: .usage) { () throws(SigningError) in
      try MinisignSignature(
        signing: content, with: try SigningKey.generate(.ed25519), trustedComment: "c")
    }
  }

  /// signify signs the file itself, has no trusted comment, and the same keys: it verifies what minisign
  /// writes in its old way, and what it signs is no signature of minisign.
  @Test func knowsSignifyFromMinisign() throws {
    let workshop = try Workshop()
    try workshop.write(content, "file")
    try workshop.shell(
      "signify-openbsd -G -n -p s.pub -s s.sec; signify-openbsd -S -s s.sec -m file -x s.sig")
    expectFailure("line 3 is not a trusted comment") { () throws(SigningError) in
      try MinisignSignature(parsing: try workshop.readAll("s.sig"), file: "s.sig")
    }
    // Its public keys are read, and its signature is good as such.
    let key = try MinisignPublicKey.load("\(workshop.path)/s.pub")
    let line = String(decoding: try workshop.read("s.sig"), as: UTF8.self).split(separator: "\n")[1]
    let data = try #require(Base64.decode(line.utf8))
    #expect(key.key.verify(Array(data[10...]), of: content))
    // Our keys work with signify where the signature is over the file itself.
    let ours = try MinisignSecretKey.generate()
    try workshop.write(ours.publicKey.fileBytes, "o.pub")
    let raw = try ours.key.sign(content)
    try workshop.write(
      "untrusted comment: x\n"
        + Base64.encode(Array("Ed".utf8) + ours.publicKey.keyNumber + raw) + "\n", "o.sig")
    #expect(try workshop.succeeds("signify-openbsd -V -p o.pub -m file -x o.sig"))
  }
}

extension Workshop {
  /// A file that is there.
  fileprivate func readAll(_ name: String) throws(SigningError) -> [UInt8] {
    do throws(SystemError) {
      return try FileSystem.read("\(path)/\(name)")
    } catch {
      throw .system("reading \(name)", error)
    }
  }
}
