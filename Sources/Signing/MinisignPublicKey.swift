import Hashing
import Reading

/// A public key of minisign: an Ed25519 key and a number by which signatures name it.
public struct MinisignPublicKey: Hashable, Sendable {
  /// 8 bytes, chosen at random when the key was made.
  public let keyNumber: [UInt8]
  public let key: VerificationKey

  init(keyNumber: [UInt8], key: VerificationKey) {
    self.keyNumber = keyNumber
    self.key = key
  }

  /// The public half of any Ed25519 key, for minisign. A key of minisign keeps its number; of another,
  /// the number is the beginning of its fingerprint. Nil for a key of another algorithm.
  public init?(of key: SigningKey) {
    guard key.verificationKey.algorithm == .ed25519 else { return nil }
    self.init(
      keyNumber: key.minisignKeyNumber ?? Array(key.verificationKey.fingerprint.bytes.prefix(8)),
      key: key.verificationKey)
  }

  static func isOne(_ bytes: [UInt8]) -> Bool { MinisignFile.isOne(bytes) }

  /// Reads a file as minisign writes it. `file` is for messages.
  public init(_ bytes: [UInt8], file: String) throws(SigningError) {
    guard let data = MinisignFile.key(bytes, size: 42) else {
      throw .key(
        file: file, .minisign("it is not a comment and the 42 bytes of minisign's public key"))
    }
    guard data.starts(with: MinisignFile.plain),
      let key = VerificationKey(
        der: KeyAlgorithm.ed25519.publicKeyHead + data.suffix(32))
    else { throw .key(file: file, .unsupported) }
    self.init(keyNumber: Array(data[2..<10]), key: key)
  }

  /// Reads a file with a key.
  public static func load(_ path: String) throws(SigningError) -> MinisignPublicKey {
    let bytes = try KeyFile.readPublic(path)
    guard isOne(bytes) else { throw .key(file: path, .noKeyNumber) }
    return try MinisignPublicKey(bytes, file: path)
  }

  /// The file as minisign writes it.
  public var fileBytes: [UInt8] {
    Array(
      "\(MinisignFile.commentHead)minisign public key \(MinisignFile.words(keyNumber))\n\(text)\n"
        .utf8)
  }

  /// The line that `minisign -P` takes.
  public var text: String {
    Base64.encode(MinisignFile.plain + keyNumber + key.der.suffix(32))
  }
}
