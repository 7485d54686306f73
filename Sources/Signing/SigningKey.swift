import Failing
import Linux
import Reading

/// A private key, here or in the hands of another program.
public struct SigningKey {
  private enum Holder {
    case own(PrivateKey)
    case command(SignerCommand)
  }

  /// The public half.
  public let verificationKey: VerificationKey
  /// By what minisign's signatures name it; nil unless it is a key of minisign.
  public let minisignKeyNumber: [UInt8]?
  private let holder: Holder

  public var keyID: String { verificationKey.keyID }

  /// Makes a new one of random numbers.
  public static func generate(_ algorithm: KeyAlgorithm) throws(SigningError) -> SigningKey {
    guard let key = PrivateKey(generating: algorithm) else { throw .cryptography("making a key") }
    return try SigningKey(key, file: "the new key")
  }

  /// Reads a key, as PEM (PKCS #8, encrypted or not) or as minisign writes it.
  ///
  /// `file` is for messages. A passphrase is asked for only when there is need of one.
  public init(
    _ bytes: [UInt8], file: String, passphrase: PassphraseSource
  ) throws(SigningError) {
    if MinisignSecretKey.isOne(bytes) {
      self = try MinisignSecretKey(bytes, file: file, passphrase: passphrase).key
      return
    }
    guard let pem = PEM(parsing: bytes) else { throw .key(file: file, .notPEM) }
    switch pem.label {
    case "PRIVATE KEY":
      guard let key = PrivateKey(pkcs8: pem.der) else { throw .key(file: file, .unsupported) }
      try self.init(key, file: file)
    case "ENCRYPTED PRIVATE KEY":
      let secret = try passphrase.secret(for: file)
      guard let key = PrivateKey(encryptedPKCS8: pem.der, passphrase: secret) else {
        throw .key(file: file, .wrongPassphrase)
      }
      try self.init(key, file: file)
    case "PUBLIC KEY": throw .key(file: file, .publicForPrivate)
    default: throw .key(file: file, .otherLabel(pem.label))
    }
  }

  /// Reads a file with a key, which only its owner may be able to read.
  public static func load(
    _ path: String, passphrase: PassphraseSource
  ) throws(SigningError) -> SigningKey {
    try SigningKey(try KeyFile.readPrivate(path), file: path, passphrase: passphrase)
  }

  /// Reads the key that an environment variable holds.
  public static func inEnvironment(
    _ name: String, passphrase: PassphraseSource
  ) throws(SigningError) -> SigningKey {
    guard let text = Machine.environment(name) else { throw .noVariable(name) }
    return try SigningKey(Array(text.utf8), file: name, passphrase: passphrase)
  }

  /// A key that another program signs with, such as one for a PKCS #11 token.
  ///
  /// - Parameters:
  ///   - command: given to /bin/sh; gets the bytes to sign on its standard input and prints the
  ///     signature, nothing else: for P-256 DER or the two numbers of 32 bytes.
  ///   - publicKey: what its signatures must verify by.
  ///   - timeout: seconds.
  public init(command: String, publicKey: VerificationKey, timeout: Double) {
    verificationKey = publicKey
    minisignKeyNumber = nil
    holder = .command(SignerCommand(command: command, publicKey: publicKey, timeout: timeout))
  }

  init(
    _ key: PrivateKey, file: String, minisignKeyNumber: [UInt8]? = nil
  ) throws(SigningError) {
    guard let der = key.publicKey, let publicKey = VerificationKey(der: der) else {
      throw .key(file: file, .unsupported)
    }
    verificationKey = publicKey
    self.minisignKeyNumber = minisignKeyNumber
    holder = .own(key)
  }

  /// The signature of `bytes`, which has been verified before it is handed out.
  public func sign(_ bytes: [UInt8]) throws(SigningError) -> [UInt8] {
    switch holder {
    case .command(let command): return try command.sign(bytes)
    case .own(let key):
      guard let signature = key.sign(bytes, verificationKey.algorithm),
        verificationKey.verify(signature, of: bytes)
      else { throw .cryptography("signing with the key \(keyID)") }
      return signature
    }
  }

  /// The private key as PEM, encrypted with a passphrase if there is one.
  public func pem(passphrase: Secret?) throws(SigningError) -> [UInt8] {
    guard case .own(let key) = holder else {
      throw .cryptography("exporting another program's key")
    }
    if let passphrase {
      guard let der = key.encryptedPKCS8(passphrase: passphrase) else {
        throw .cryptography("encrypting a key")
      }
      return PEM(label: "ENCRYPTED PRIVATE KEY", der: der).bytes
    }
    guard let der = key.pkcs8 else { throw .cryptography("writing a key") }
    return PEM(label: "PRIVATE KEY", der: der).bytes
  }
}
