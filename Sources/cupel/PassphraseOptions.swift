import ArgumentParser
import Signing

/// Where the passphrase of a private key comes from.
struct PassphraseOptions: ParsableArguments {
  @Option(help: "A file whose first line is the passphrase of the private key.")
  var passphraseFile: String?

  @Option(help: "An environment variable with the passphrase of the private key.")
  var passphraseEnv: String?

  func validate() throws {
    if passphraseFile != nil, passphraseEnv != nil {
      throw ValidationError("--passphrase-file and --passphrase-env exclude each other")
    }
  }

  var isNamed: Bool { passphraseFile != nil || passphraseEnv != nil }

  /// The terminal, where nothing else was named.
  var source: PassphraseSource {
    if let passphraseFile { return .file(passphraseFile) }
    return passphraseEnv.map { .environment($0) } ?? .terminal
  }
}
