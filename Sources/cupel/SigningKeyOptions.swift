import ArgumentParser
import Linux
import Signing

/// The private keys that a command signs with.
typealias SigningKeyOptions = PrefixedSigningKeyOptions<NoPrefix>

/// What the names of options begin with.
protocol OptionPrefix {
  static var text: String { get }
}

enum NoPrefix: OptionPrefix {
  static let text = ""
}

/// The private keys of one signer, from where `docs/signing.md` says; the names of all options but
/// those for passphrases have the prefix.
struct PrefixedSigningKeyOptions<Prefix: OptionPrefix>: ParsableArguments {
  @Option(
    name: .customLong("\(Prefix.text)key"),
    help: "A private key's file. Repeatable where several signatures fit in.")
  var files: [String] = []

  @Option(
    name: .customLong("\(Prefix.text)key-env"),
    help: "The environment variable that holds the private key.")
  var variable: String?

  @Option(
    name: .customLong("\(Prefix.text)signer-command"),
    help: ArgumentHelp(
      "A command that signs with a key of its own.",
      discussion: """
        It gets the bytes on its standard input and prints the signature; one for a PKCS #11 token, \
        for example.
        """))
  var command: String?

  @Option(
    name: .customLong("\(Prefix.text)public-key"),
    help: "The public key's file of --\(Prefix.text)signer-command.")
  var publicKey: String?

  @Option(
    name: .customLong("\(Prefix.text)signer-timeout"),
    help: "Seconds that --\(Prefix.text)signer-command may take (default: 60).")
  var timeout: Double?

  @OptionGroup var passphrase: PassphraseOptions

  func validate() throws {
    func name(_ option: String) -> String { "--\(Prefix.text)\(option)" }
    guard (command == nil) == (publicKey == nil) else {
      throw ValidationError("\(name("signer-command")) and \(name("public-key")) belong together")
    }
    guard [!files.isEmpty, variable != nil, command != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError(
        "give one of \(name("key")), \(name("key-env")) and \(name("signer-command"))")
    }
    guard let timeout else { return }
    guard command != nil else {
      throw ValidationError("\(name("signer-timeout")) is for \(name("signer-command"))")
    }
    guard timeout > 0, timeout <= 3600 else {
      throw ValidationError("\(name("signer-timeout")) must be more than 0 and at most 3600")
    }
  }

  /// Whether any key was named.
  var isNamed: Bool { !files.isEmpty || variable != nil || command != nil }

  /// For commands that cannot do without.
  func requireKey() throws {
    guard isNamed else {
      let prefix = "--\(Prefix.text)"
      throw ValidationError(
        "give one of \(prefix)key, \(prefix)key-env and \(prefix)signer-command")
    }
  }

  /// Reads the keys, in the order of the command line; none where none was named.
  func load() throws -> [SigningKey] {
    if let command, let publicKey {
      let key = try VerificationKey.load(publicKey)
      return [SigningKey(command: command, publicKey: key, timeout: timeout ?? 60)]
    }
    if let variable {
      return [try SigningKey.inEnvironment(variable, passphrase: passphrase.source)]
    }
    return try files.map { try SigningKey.load($0, passphrase: passphrase.source) }
  }
}

extension PrefixedSigningKeyOptions {
  /// Variables that hold a key or a passphrase.
  var secretVariables: [String] { [variable, passphrase.passphraseEnv].compactMap { $0 } }

  /// Fails now where `load` would fail after the build, as far as that shows without a secret: files
  /// are there, only their owner can read them, they begin as keys do, and a passphrase can be had
  /// where one is needed. Of a key's file only the heading is read.
  func checkReadiness() throws {
    if let publicKey { _ = try VerificationKey.load(publicKey) }
    if let variable, Machine.environment(variable) == nil {
      throw SigningError.noVariable(variable)
    }
    var isEncrypted = false
    for file in files where try KeyFile.isEncrypted(file) == true { isEncrypted = true }
    if passphrase.isNamed || isEncrypted { try passphrase.source.check() }
  }
}
