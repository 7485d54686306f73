import Failing
public import Hashing
import Linux
import Reading

/// A public key that somebody was told to trust.
public struct VerificationKey: Hashable, Sendable {
  /// Most bytes of a file with a key.
  static let sizeLimit = 64 << 10

  public let algorithm: KeyAlgorithm
  /// The subject public key info (RFC 5280, 4.1.2.7), DER; each key has one.
  public let der: [UInt8]

  /// Takes a subject public key info of a kind that can be verified here; nil for anything else,
  /// and for a point that is not on its curve.
  init?(der: [UInt8]) {
    for algorithm in KeyAlgorithm.allCases {
      let head = algorithm.publicKeyHead
      if der.starts(with: head), der.count == head.count + algorithm.publicKeyLength,
        PublicKeyCheck.isValid(der)
      {
        self.algorithm = algorithm
        self.der = der
        return
      }
    }
    return nil
  }

  /// Reads a key, as PEM (`PUBLIC KEY`) or as minisign writes it. `file` is for messages.
  public init(_ bytes: [UInt8], file: String) throws(SigningError) {
    if MinisignPublicKey.isOne(bytes) {
      self = try MinisignPublicKey(bytes, file: file).key
      return
    }
    guard let pem = PEM(parsing: bytes) else { throw .key(file: file, .notPEM) }
    guard pem.label == "PUBLIC KEY" else {
      throw .key(
        file: file,
        pem.label.hasSuffix("PRIVATE KEY") ? .privateForPublic : .otherLabel(pem.label))
    }
    guard let key = VerificationKey(der: pem.der) else { throw .key(file: file, .unsupported) }
    self = key
  }

  /// Reads a file with a key.
  public static func load(_ path: String) throws(SigningError) -> VerificationKey {
    try VerificationKey(try KeyFile.readPublic(path), file: path)
  }

  /// The SHA-256 of `der`.
  public var fingerprint: Digest { Digest.hashing(der) }

  /// What names the key in envelopes: the hexadecimal digits of `fingerprint`.
  public var keyID: String { fingerprint.hex }

  /// What names the key in sigstore bundles, whose clients look for the same digest in base64.
  public var hint: String { Base64.encode(fingerprint.bytes) }

  /// As PEM.
  public var pem: [UInt8] { PEM(label: "PUBLIC KEY", der: der).bytes }

  /// The 32 bytes of an Ed25519 key.
  var rawEd25519: [UInt8]? {
    algorithm == .ed25519 ? Array(der.suffix(algorithm.publicKeyLength)) : nil
  }

  /// Whether `signature` is this key's of `bytes`.
  public func verify(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    PublicKeyCheck.verify(signature, of: bytes, key: der, algorithm)
  }
}
