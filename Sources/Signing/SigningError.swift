public import Failing
public import Linux
public import Reading

/// Why something could not be signed, or why a signature does not count.
public enum SigningError: Failure {
  case key(file: String, KeyFault)
  /// An environment variable that was named and is not set.
  case noVariable(String)
  case passphrasesDiffer
  /// What another program printed is no signature of the key.
  case badSigner(command: String, key: String)
  /// OpenSSL could not do it.
  case cryptography(String)
  /// `keys` are different ones.
  case threshold(Int, keys: Int)
  case comment(String)
  /// What gpg has of secret keys for a user: none, or several.
  case openPGPUser(String, [KeyFingerprint])
  case payloadTooLarge(Int)
  case badPayloadType(String)
  case noTerminal(SystemError)
  /// A file with a signature, or with what is signed, cannot be read as what it is said to be.
  case signature(file: String, SignatureFault)
  case reading(ReadingError)
  case refused(file: String, Refusal)
  case command(String, CommandError)
  case system(String, SystemError)

  public var message: String {
    switch self {
    case .key(let file, let fault): "using the key \(file.printable): \(fault.text)"
    case .noVariable(let name):
      "looking for the environment variable \(name.printable): it is not set"
    case .passphrasesDiffer: "asking for a passphrase: the two differ"
    case .badSigner(let command, let key):
      "signing with `\(command.printable)`: what it printed is no signature by the key \(key)"
    case .cryptography(let task): "\(task): OpenSSL cannot do it"
    case .threshold(let required, let keys):
      "counting keys: \(required) are required, \(keys) different ones are named"
    case .comment(let reason): "writing the signature's comment: \(reason)"
    case .openPGPUser(let user, let keys):
      "looking for the secret key of \(user.printable) in gpg: "
        + (keys.isEmpty ? "it has none" : "it has \(keys.count)")
    case .payloadTooLarge(let limit): "making an envelope: the payload has more than \(limit) bytes"
    case .badPayloadType(let type):
      "making an envelope: \"\(type.printable)\" is no payload type"
    case .noTerminal: "asking for a passphrase"
    case .signature(let file, let fault): "reading the signature \(file.printable): \(fault.text)"
    case .reading: "reading a signature"
    case .refused(let file, let refusal): "verifying \(file.printable): \(refusal.text)"
    case .command(let task, _), .system(let task, _): task
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .reading(let error): error
    case .command(_, let error): error
    case .system(_, let error), .noTerminal(let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .key(_, let fault): fault.hint
    case .badSigner:
      "it gets the bytes to sign on its standard input, and prints the signature and nothing else"
    case .noTerminal:
      "give the passphrase with --passphrase-file or --passphrase-env"
    case .threshold: "name as many keys, each once"
    case .openPGPUser:
      "`gpg --list-secret-keys` shows those that there are; name one by its fingerprint"
    case .refused(_, .unknownKeys):
      "name the signer's key, if you have it from somebody whom you trust"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .key, .noVariable, .passphrasesDiffer, .threshold, .comment, .openPGPUser,
      .payloadTooLarge, .badPayloadType, .noTerminal:
      .usage
    case .signature, .reading, .refused: .inputRejected
    case .cryptography, .badSigner: .hostUnsuitable
    case .command(_, let error): error.exitCode
    case .system(_, let error): error.isNotFound || error.isPermission ? .usage : error.exitCode
    }
  }
}

extension SigningError {
  /// Evaluates `body` and says what was being done where the system fails.
  static func doing<Value: ~Copyable>(
    _ task: @autoclosure () -> String, _ body: @autoclosure () throws(SystemError) -> Value
  ) throws(SigningError) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .system(task(), error)
    }
  }
}
