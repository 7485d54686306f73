private import CCrypto

/// Random numbers for keys.
enum Randomness {
  /// RAND_priv_bytes(3).
  static func bytes(_ count: Int) throws(SigningError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard unsafe RAND_priv_bytes(&bytes, Int32(count)) == 1 else {
      throw .cryptography("getting random numbers")
    }
    return bytes
  }
}
