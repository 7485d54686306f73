import Hashing
import Reading

/// A private key of minisign.
///
/// Its file holds, in base64: algorithm (2 bytes), key derivation (2), checksum (2), salt (32), the
/// limits of scrypt on operations and on memory (8 each, little-endian), and then, encrypted if it is,
/// the key's number (8), the key (64: seed and public half) and a checksum of algorithm, number and
/// key (32). Read in minisign's source, and compared with what it writes.
public struct MinisignSecretKey {
  public let publicKey: MinisignPublicKey
  /// What signs.
  public let key: SigningKey
  private let seed: Secret

  private static let scrypt = Array("Sc".utf8)
  private static let unencrypted: [UInt8] = [0, 0]
  private static let checksum = Array("B2".utf8)
  private static let size = 158
  /// Where the encrypted part begins.
  private static let sealedOffset = 54
  /// For new keys: 128 MiB and half a second. minisign's own take 1 GiB.
  private static let operationLimit: UInt64 = 1 << 22
  private static let memoryLimit: UInt64 = 1 << 27

  /// Whether the key is encrypted that begins so, in base64; nil where that is not minisign's.
  static func isEncrypted(algorithms text: [UInt8]) -> Bool? {
    guard let bytes = Base64.decode(text), bytes.count == 6, bytes.starts(with: MinisignFile.plain)
    else { return nil }
    return !bytes[2..<4].elementsEqual(unencrypted)
  }

  static func isOne(_ bytes: [UInt8]) -> Bool { MinisignFile.isOne(bytes) }

  /// Makes a new one of random numbers.
  public static func generate() throws(SigningError) -> MinisignSecretKey {
    try MinisignSecretKey(
      seed: Secret(try Randomness.bytes(32)), keyNumber: try Randomness.bytes(8),
      file: "the new key")
  }

  private init(seed: Secret, keyNumber: [UInt8], file: String) throws(SigningError) {
    guard let own = PrivateKey(ed25519: seed.bytes) else {
      throw .cryptography("reading an Ed25519 key")
    }
    key = try SigningKey(own, file: file, minisignKeyNumber: keyNumber)
    publicKey = MinisignPublicKey(keyNumber: keyNumber, key: key.verificationKey)
    self.seed = seed
  }

  /// Reads a file as minisign writes it. `file` is for messages.
  public init(
    _ bytes: [UInt8], file: String, passphrase: PassphraseSource
  ) throws(SigningError) {
    guard var data = MinisignFile.key(bytes, size: Self.size) else {
      throw .key(
        file: file,
        .minisign("it is not a comment and the \(Self.size) bytes of minisign's private key"))
    }
    defer { Secret.wipe(&data) }
    guard data.starts(with: MinisignFile.plain), data[4..<6].elementsEqual(Self.checksum) else {
      throw .key(file: file, .unsupported)
    }
    var sealed = Array(data[Self.sealedOffset...])
    defer { Secret.wipe(&sealed) }
    let isEncrypted = !data[2..<4].elementsEqual(Self.unencrypted)
    if isEncrypted {
      guard data[2..<4].elementsEqual(Self.scrypt) else { throw .key(file: file, .unsupported) }
      guard
        let parameters = ScryptParameters(
          operations: Self.number(data[38..<46]), memory: Self.number(data[46..<54]))
      else { throw .key(file: file, .minisign("its encryption takes too much memory or time")) }
      try Self.mask(&sealed, parameters, try passphrase.secret(for: file), salt: data[6..<38])
    }
    let sum = Self.sum(number: sealed[..<8], key: sealed[8..<72])
    // minisign writes no checksum where nothing is encrypted.
    let isGood =
      sealed[72...].elementsEqual(sum) || !isEncrypted && sealed[72...].allSatisfy { $0 == 0 }
    guard isGood else {
      throw .key(file: file, isEncrypted ? .wrongPassphrase : .minisign("its checksum is wrong"))
    }
    try self.init(
      seed: Secret(Array(sealed[8..<40])), keyNumber: Array(sealed[..<8]), file: file)
    guard publicKey.key.rawEd25519?.elementsEqual(sealed[40..<72]) == true else {
      throw .key(file: file, .minisign("its public half is not that of its private half"))
    }
  }

  /// The file as minisign writes it, encrypted with a passphrase if there is one.
  public func fileBytes(passphrase: Secret?) throws(SigningError) -> [UInt8] {
    let number = publicKey.keyNumber
    let whole = seed.bytes + publicKey.key.der.suffix(32)
    var head = MinisignFile.plain
    var sealed = number + whole
    defer { Secret.wipe(&sealed) }
    if let passphrase {
      let salt = try Randomness.bytes(32)
      sealed += Self.sum(number: number[...], key: whole[...])
      guard
        let parameters = ScryptParameters(
          operations: Self.operationLimit, memory: Self.memoryLimit)
      else { preconditionFailure("the limits of new keys are too high") }
      try Self.mask(&sealed, parameters, passphrase, salt: salt[...])
      head += Self.scrypt + Self.checksum + salt
      head += Self.bytes(Self.operationLimit) + Self.bytes(Self.memoryLimit)
    } else {
      head += Self.unencrypted + Self.checksum + [UInt8](repeating: 0, count: 48)
      sealed += [UInt8](repeating: 0, count: 32)
    }
    let comment = "\(MinisignFile.commentHead)minisign encrypted secret key"
    return Array("\(comment)\n\(Base64.encode(head + sealed))\n".utf8)
  }

  /// Encrypts, or decrypts what was encrypted: exclusive or with scrypt's bytes.
  private static func mask(
    _ bytes: inout [UInt8], _ parameters: ScryptParameters, _ passphrase: Secret,
    salt: ArraySlice<UInt8>
  ) throws(SigningError) {
    let stream = try parameters.derive(passphrase, salt: Array(salt), length: bytes.count)
    for index in bytes.indices { bytes[index] ^= stream.bytes[index] }
  }

  private static func sum(number: ArraySlice<UInt8>, key: ArraySlice<UInt8>) -> [UInt8] {
    BLAKE2b.hash(MinisignFile.plain + number + key, length: 32)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }
}
