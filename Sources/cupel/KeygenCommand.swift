import ArgumentParser
import Linux
import Signing

/// `cupel keygen`.
struct KeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Make a key to sign with.",
    discussion: """
      Writes PREFIX.key, which nobody but you can read, and PREFIX.pub, and prints the key's name.
      Neither file may be there. Without an option for it, a passphrase is asked for on the terminal.

      Examples:
        cupel keygen --out release
        cupel keygen --type minisign --out release --passphrase-file ~/.release-phrase
      """)

  /// What a key is, and what its files look like.
  enum KeyType: String, CaseIterable, ExpressibleByArgument {
    case ed25519, p256, minisign
  }

  @Option(help: "The type of key.")
  var type = KeyType.ed25519

  @Option(help: "The path of both files, without their endings.")
  var out: String

  @OptionGroup var passphrase: PassphraseOptions

  @Flag(help: "Do not encrypt the key.")
  var noPassphrase = false

  mutating func validate() throws {
    if noPassphrase, passphrase.isNamed {
      throw ValidationError("--no-passphrase excludes --passphrase-file and --passphrase-env")
    }
  }

  mutating func run() throws {
    try Interruption.watch([.interrupt, .terminate, .hangup])
    let (privateFile, publicFile) = ("\(out).key", "\(out).pub")
    for path in [privateFile, publicFile] where FileSystem.exists(path) {
      throw SigningError.key(file: path, .exists)
    }
    let secret = try noPassphrase ? nil : passphrase.source.newSecret(for: privateFile)
    let (privateBytes, publicBytes, name): ([UInt8], [UInt8], String)
    switch type {
    case .ed25519, .p256:
      let key = try SigningKey.generate(type == .ed25519 ? .ed25519 : .p256)
      privateBytes = try key.pem(passphrase: secret)
      publicBytes = key.verificationKey.pem
      name = key.keyID
    case .minisign:
      let key = try MinisignSecretKey.generate()
      privateBytes = try key.fileBytes(passphrase: secret)
      publicBytes = key.publicKey.fileBytes
      name = key.publicKey.text
    }
    try KeyFile.writePrivate(privateBytes, to: privateFile)
    try KeyFile.writePublic(publicBytes, to: publicFile)
    Talk.say("wrote \(privateFile) and \(publicFile)")
    StandardStream.output.write(name + "\n")
  }
}
