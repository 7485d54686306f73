private import CCrypto

/// Signatures, checked by OpenSSL.
enum PublicKeyCheck {
  /// Whether OpenSSL takes a subject public key info: the point is on its curve.
  static func isValid(_ der: [UInt8]) -> Bool {
    guard let key = unsafe open(der) else { return false }
    unsafe EVP_PKEY_free(key)
    return true
  }

  /// EVP_DigestVerify(3). An ECDSA signature that is not canonical DER is refused, and so is an Ed25519
  /// one whose number is not reduced.
  static func verify(
    _ signature: [UInt8], of message: [UInt8], key der: [UInt8], _ algorithm: KeyAlgorithm
  ) -> Bool {
    guard let key = unsafe open(der) else { return false }
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    let digest = unsafe algorithm == .p256 ? EVP_sha256() : nil
    return unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  private static func open(_ der: [UInt8]) -> OpaquePointer? {
    unsafe der.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      return unsafe d2i_PUBKEY(nil, &start, buffer.count)
    }
  }
}
