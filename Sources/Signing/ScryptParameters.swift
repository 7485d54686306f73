private import CCrypto

/// What scrypt (RFC 7914) is to take.
struct ScryptParameters: Equatable {
  /// N, a power of two.
  let cost: UInt64
  let blockSize: UInt64 = 8
  let parallelism: UInt64

  /// Most memory that a key's file may ask for, which is what minisign's own keys take.
  private static let memoryLimit: UInt64 = 1 << 30

  /// From limits on operations and memory, as libsodium chooses (`pickparams` in its
  /// crypto_pwhash_scryptsalsa208sha256); nil for those that would take too much.
  init?(operations: UInt64, memory: UInt64) {
    let operations = max(operations, 32768)
    let isMemoryScarce = operations >= memory / 32
    let largest = isMemoryScarce ? memory / (blockSize * 128) : operations / (blockSize * 4)
    var exponent: UInt64 = 1
    while exponent < 63, 1 << exponent <= largest / 2 { exponent += 1 }
    cost = 1 << exponent
    parallelism =
      isMemoryScarce ? min(operations / 4 / cost, 0x3FFF_FFFF) / blockSize : 1
    guard exponent <= 20, cost * blockSize * 128 <= Self.memoryLimit,
      (1...16).contains(parallelism)
    else { return nil }
  }

  /// EVP_PBE_scrypt(3).
  func derive(_ passphrase: Secret, salt: [UInt8], length: Int) throws(SigningError) -> Secret {
    var key = [UInt8](repeating: 0, count: length)
    let status = unsafe passphrase.bytes.withUnsafeBytes {
      unsafe EVP_PBE_scrypt(
        $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, salt, salt.count, cost,
        blockSize, parallelism, 2 * Self.memoryLimit, &key, length)
    }
    guard status == 1 else { throw .cryptography("deriving a key from a passphrase") }
    return Secret(key)
  }
}
