import Failing
import Hashing
import Linux
import Testing

@testable import Signing

/// Keys, against OpenSSL's own program.
@Suite struct KeyTests {
  @Test(arguments: KeyAlgorithm.allCases, [nil, "two words"] as [String?])
  func opensslReadsWhatWeWrite(_ algorithm: KeyAlgorithm, passphrase: String?) throws {
    let workshop = try Workshop()
    let key = try SigningKey.generate(algorithm)
    let pem = try key.pem(passphrase: passphrase.map { Secret(Array($0.utf8)) })
    #expect(String(decoding: pem, as: UTF8.self).contains("ENCRYPTED") == (passphrase != nil))
    try workshop.write(pem, "key.pem", permissions: 0o600)
    let pass = passphrase.map { "-passin 'pass:\($0)'" } ?? ""
    let publicKey = try workshop.shell("openssl pkey -in key.pem \(pass) -pubout")
    #expect(publicKey == key.verificationKey.pem)
    let der = try workshop.shell("openssl pkey -in key.pem \(pass) -pubout -outform DER")
    #expect(Digest.hashing(der).hex == key.keyID)
    // And we read it again.
    try workshop.write(passphrase ?? "none", "phrase", permissions: 0o600)
    let again = try SigningKey.load(
      "\(workshop.path)/key.pem", passphrase: .file("\(workshop.path)/phrase"))
    #expect(again.verificationKey == key.verificationKey)
  }

  /// What shows of a key before it is read, for those who would have to wait for a refusal.
  @Test func theHeadingTellsWhatWillBeNeeded() throws {
    let workshop = try Workshop()
    let open = try workshop.opensslKey("open", .p256)
    let sealed = try workshop.opensslKey("sealed", .ed25519, passphrase: "p")
    #expect(try KeyFile.isEncrypted(open.private) == false)
    #expect(try KeyFile.isEncrypted(sealed.private) == true)
    try workshop.shell("umask 077; minisign -GW -p m.pub -s m.key; mkfifo -m 600 pipe")
    #expect(try KeyFile.isEncrypted("\(workshop.path)/m.key") == false)
    try workshop.shell(
      "umask 077; printf 'p\np\n' | minisign -G -p n.pub -s n.key; "
        + "head -c 26 m.key > short.key")
    #expect(try KeyFile.isEncrypted("\(workshop.path)/n.key") == true)
    #expect(try KeyFile.isEncrypted("\(workshop.path)/short.key") == nil)
    // Nobody writes to the pipe: reading it would wait for ever.
    #expect(try KeyFile.isEncrypted("\(workshop.path)/pipe") == nil)
    for (name, words) in [
      ("none", "no such file"), ("pub", "it is a public key"), ("text", "neither one PEM block"),
      ("loose", "others than its owner"),
    ] {
      try workshop.shell("install -m 600 \(open.public) pub; install -m 644 \(open.private) loose")
      try workshop.write("-----BEGIN", "text", permissions: 0o600)
      let error = #expect(throws: SigningError.self) {
        try KeyFile.isEncrypted("\(workshop.path)/\(name)")
      }
      #expect(error?.chain.contains(words) == true && error?.exitCode == .usage)
    }
    try workshop.write("p", "phrase", permissions: 0o600)
    try PassphraseSource.file("\(workshop.path)/phrase").check()
    for source in [
      PassphraseSource.file("\(workshop.path)/loose"), .file("\(workshop.path)/none"),
      .environment("CUPEL_TEST_NONE"),
    ] {
      #expect(throws: SigningError.self) { try source.check() }
    }
  }

  @Test(arguments: KeyAlgorithm.allCases, [nil, "two words"] as [String?])
  func weReadWhatOpensslWrites(_ algorithm: KeyAlgorithm, passphrase: String?) throws {
    let workshop = try Workshop()
    let files = try workshop.opensslKey("key", algorithm, passphrase: passphrase.map { "'\($0)'" })
    try workshop.write((passphrase ?? "none") + "\nsecond line", "phrase", permissions: 0o600)
    let key = try SigningKey.load(
      files.private, passphrase: .file("\(workshop.path)/phrase"))
    #expect(key.verificationKey == (try VerificationKey.load(files.public)))
    #expect(key.verificationKey.algorithm == algorithm)
    if passphrase == nil { return }
    expectFailure("it is encrypted", exit: .usage) { () throws(SigningError) in
      try SigningKey.load(files.private, passphrase: .none)
    }
    try workshop.write("another", "phrase", permissions: 0o600)
    expectFailure("the passphrase is wrong", exit: .usage) { () throws(SigningError) in
      try SigningKey.load(files.private, passphrase: .file("\(workshop.path)/phrase"))
    }
    try workshop.write("\n", "phrase", permissions: 0o600)
    expectFailure("a passphrase has 1 to 1024 bytes", exit: .usage) { () throws(SigningError) in
      try SigningKey.load(files.private, passphrase: .file("\(workshop.path)/phrase"))
    }
    expectFailure("the environment variable CUPEL_NO_SUCH", exit: .usage) {
      () throws(SigningError) in
      try SigningKey.load(files.private, passphrase: .environment("CUPEL_NO_SUCH"))
    }
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func opensslVerifiesOurSignatures(_ algorithm: KeyAlgorithm) throws {
    let workshop = try Workshop()
    let key = try SigningKey.generate(algorithm)
    try workshop.write(key.verificationKey.pem, "key.pub")
    // openssl takes no empty file.
    for size in [1, 1000, 100_000] {
      let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try workshop.write(message, "message")
      try workshop.write(try key.sign(message), "signature")
      let verify =
        algorithm == .ed25519
        ? "openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in message -sigfile signature"
        : "openssl dgst -sha256 -verify key.pub -signature signature message"
      #expect(try workshop.succeeds(verify))
      try workshop.write(message + [1], "message")
      #expect(try !workshop.succeeds(verify))
    }
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func weVerifyOpensslsSignatures(_ algorithm: KeyAlgorithm) throws {
    let workshop = try Workshop()
    let files = try workshop.opensslKey("key", algorithm)
    let key = try VerificationKey.load(files.public)
    let message = Array("a message".utf8)
    try workshop.write(message, "message")
    try workshop.shell(
      "openssl pkeyutl -sign -inkey key.pem -rawin -in message -out signature"
        + (algorithm == .p256 ? " -digest sha256" : ""))
    let signature = try workshop.read("signature")
    #expect(key.verify(signature, of: message))
    #expect(!key.verify(signature, of: message + [0]))
    #expect(!key.verify(signature + [0], of: message))
    #expect(!key.verify([], of: message))
    for bit in 0..<signature.count * 8 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!key.verify(changed, of: message), "bit \(bit)")
    }
  }

  /// Another way of writing the same two numbers is another signature, and none.
  @Test func ecdsaSignaturesAreCanonical() throws {
    let key = try SigningKey.generate(.p256)
    let message = Array("a message".utf8)
    let signature = try key.sign(message)
    let lengthInTwoBytes = [0x30, 0x81] + signature[1...]
    let leadingZero =
      [0x30, signature[1] + 1, 0x02, signature[3] + 1, 0] + signature[4...]
    for other in [lengthInTwoBytes, leadingZero, signature + [0], Array(signature.dropLast())] {
      #expect(!key.verificationKey.verify(other, of: message))
    }
  }

  @Test func refusesKeysThatOthersCanRead() throws {
    let workshop = try Workshop()
    let files = try workshop.opensslKey("key", .ed25519)
    for mode: UInt32 in [0o640, 0o604, 0o644, 0o620, 0o601] {
      try FileSystem.setPermissions(files.private, mode)
      expectFailure("others than its owner", exit: .usage) { () throws(SigningError) in
        try SigningKey.load(files.private, passphrase: .none)
      }
    }
    for mode: UInt32 in [0o600, 0o400, 0o700] {
      try FileSystem.setPermissions(files.private, mode)
      _ = try SigningKey.load(files.private, passphrase: .none)
    }
    expectFailure("neither a file nor a pipe", exit: .usage) { () throws(SigningError) in
      try SigningKey.load(workshop.path, passphrase: .none)
    }
    expectFailure("no such file", exit: .usage) { () throws(SigningError) in
      try SigningKey.load("\(workshop.path)/none", passphrase: .none)
    }
  }

  @Test func refusesWhatIsNoKey() throws {
    let workshop = try Workshop()
    try workshop.shell(
      """
      umask 077
      openssl genpkey -quiet -algorithm RSA -out rsa.pem 2>/dev/null ||
        openssl genpkey -algorithm RSA -out rsa.pem
      openssl pkey -in rsa.pem -pubout -out rsa.pub
      openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out 384.pem
      openssl pkey -in 384.pem -pubout -out 384.pub
      openssl ecparam -name prime256v1 -genkey -noout -out sec1.pem
      openssl ec -in sec1.pem -pubout -conv_form compressed -out compressed.pub
      openssl ec -in sec1.pem -pubout -param_enc explicit -out explicit.pub
      openssl pkey -in sec1.pem -pubout -out good.pub
      openssl genpkey -algorithm ED25519 -out ed.pem
      cat good.pub good.pub > two.pub
      (echo words; cat good.pub) > before.pub
      (cat good.pub; echo words) > behind.pub
      tr -d '\\n' < good.pub > line.pub
      sed 's/$/\\r/' good.pub > crlf.pub
      : > empty
      """)
    func publicKey(_ name: String) throws(SigningError) -> VerificationKey {
      try VerificationKey.load("\(workshop.path)/\(name)")
    }
    func privateKey(_ name: String) throws(SigningError) -> SigningKey {
      try SigningKey.load("\(workshop.path)/\(name)", passphrase: .none)
    }
    #expect(try publicKey("good.pub") == publicKey("crlf.pub"))
    for name in ["rsa.pub", "384.pub", "compressed.pub", "explicit.pub"] {
      expectFailure("it is no Ed25519 key and no ECDSA key", exit: .usage) {
        () throws(SigningError) in try publicKey(name)
      }
    }
    for name in ["two.pub", "before.pub", "behind.pub", "line.pub", "empty"] {
      expectFailure("neither one PEM block", exit: .usage) { () throws(SigningError) in
        try publicKey(name)
      }
    }
    for name in ["rsa.pem", "384.pem"] {
      expectFailure("it is no Ed25519 key and no ECDSA key", exit: .usage) {
        () throws(SigningError) in try privateKey(name)
      }
    }
    expectFailure("a PEM block \"EC PRIVATE KEY\"", exit: .usage) { () throws(SigningError) in
      try privateKey("sec1.pem")
    }
    try FileSystem.setPermissions("\(workshop.path)/good.pub", 0o600)
    expectFailure("it is a public key", exit: .usage) { () throws(SigningError) in
      try privateKey("good.pub")
    }
    expectFailure("it is a private key", exit: .usage) { () throws(SigningError) in
      try publicKey("ed.pem")
    }
    // A point that is not on the curve.
    #expect(
      VerificationKey(
        der: KeyAlgorithm.p256.publicKeyHead + [UInt8](repeating: 7, count: 64)) == nil)
  }

  @Test func writesKeysThatNobodyElseCanReadAndOverwritesNone() throws {
    let workshop = try Workshop()
    let path = "\(workshop.path)/new"
    try KeyFile.writePrivate([1], to: path)
    #expect(try FileSystem.status(path).permissions == 0o600)
    expectFailure("a key is never overwritten", exit: .usage) { () throws(SigningError) in
      try KeyFile.writePrivate([2], to: path)
    }
    try FileSystem.makeSymlink("\(workshop.path)/link", to: "\(workshop.path)/target")
    expectFailure("a key is never overwritten", exit: .usage) { () throws(SigningError) in
      try KeyFile.writePublic([2], to: "\(workshop.path)/link")
    }
    #expect(try workshop.read("new") == [1])
  }

  /// A token is no different: bytes in, a signature out.
  @Test(arguments: KeyAlgorithm.allCases)
  func anotherProgramSigns(_ algorithm: KeyAlgorithm) throws {
    let workshop = try Workshop()
    let files = try workshop.opensslKey("key", algorithm)
    let other = try workshop.opensslKey("other", algorithm)
    let digest = algorithm == .p256 ? "-digest sha256" : ""
    // openssl takes no message to sign from a pipe.
    try workshop.write(
      """
      #!/bin/sh -eu
      file=$(mktemp -p \(workshop.path))
      cat > "$file"
      openssl pkeyutl -sign -inkey "$1" -rawin -in "$file" \(digest)
      """, "sign", permissions: 0o755)
    let key = try VerificationKey.load(files.public)
    let message = [UInt8](repeating: 3, count: 200_000)
    let signer = SigningKey(
      command: "\(workshop.path)/sign \(files.private)", publicKey: key, timeout: 60)
    #expect(key.verify(try signer.sign(message), of: message))
    let envelope = try Envelope(signing: [1], payloadType: "t", with: [signer])
    #expect(try envelope.verified(by: [key], payloadType: "t", file: "e").signers == [key])
    func expectBad(_ words: String, exit: ExitCode = .hostUnsuitable, _ command: String) {
      expectFailure(words, exit: exit) { () throws(SigningError) in
        try SigningKey(command: command, publicKey: key, timeout: 1).sign(message)
      }
    }
    expectBad("is no signature by the key", "\(workshop.path)/sign \(other.private)")
    expectBad("is no signature by the key", "cat")
    expectBad("is no signature by the key", "true")
    expectBad("exit status 3", "exit 3")
    expectBad("no end within 1 seconds", exit: .limitReached, "sleep 20")
    if algorithm == .ed25519 { return }
    let short = Array("short".utf8)
    let signature = try signer.sign(short)
    // The two numbers as PKCS #11 tokens give them.
    var raw: [UInt8] = []
    var rest = signature[2...]
    for _ in 0..<2 {
      let length = Int(rest[rest.startIndex + 1])
      let digits = Array(rest.dropFirst(2).prefix(length).drop { $0 == 0 })
      raw += [UInt8](repeating: 0, count: 32 - digits.count) + digits
      rest = rest.dropFirst(2 + length)
    }
    try workshop.write(raw, "raw")
    let token = SigningKey(command: "cat \(workshop.path)/raw", publicKey: key, timeout: 60)
    #expect(try token.sign(short) == signature)
  }
}
