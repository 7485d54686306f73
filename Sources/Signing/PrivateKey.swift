private import CCrypto

/// A private key in OpenSSL's hands, which wipes it when the last owner is gone.
@safe final class PrivateKey {
  private let key: OpaquePointer

  private init(owning key: OpaquePointer) {
    unsafe self.key = key
  }

  deinit {
    unsafe EVP_PKEY_free(key)
  }

  /// Makes a new key of random numbers (EVP_PKEY_keygen(3)); nil when OpenSSL cannot.
  init?(generating algorithm: KeyAlgorithm) {
    let type = algorithm == .ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_EC
    guard let context = unsafe EVP_PKEY_CTX_new_id(type, nil) else { return nil }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    guard unsafe EVP_PKEY_keygen_init(context) == 1 else { return nil }
    if algorithm == .p256,
      unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) != 1
    {
      return nil
    }
    var made: OpaquePointer?
    guard unsafe EVP_PKEY_keygen(context, &made) == 1, let made = unsafe made else { return nil }
    unsafe key = made
  }

  /// The Ed25519 key of a seed of 32 bytes (RFC 8032, 5.1.5).
  init?(ed25519 seed: [UInt8]) {
    guard seed.count == 32,
      let made = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
    else { return nil }
    unsafe key = made
  }

  /// Reads a PKCS #8 PrivateKeyInfo (RFC 5958), and nothing but it.
  init?(pkcs8 der: [UInt8]) {
    let info: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      guard let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &start, der.count) else { return nil }
      if unsafe start == buffer.baseAddress?.advanced(by: der.count) { return unsafe info }
      unsafe PKCS8_PRIV_KEY_INFO_free(info)
      return nil
    }
    guard let info = unsafe info else { return nil }
    defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
    guard let made = unsafe EVP_PKCS82PKEY(info) else { return nil }
    unsafe key = made
  }

  /// Reads a PKCS #8 EncryptedPrivateKeyInfo (RFC 5958, 3); nil when the passphrase is wrong too.
  init?(encryptedPKCS8 der: [UInt8], passphrase: Secret) {
    let sealed: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      guard let sealed = unsafe d2i_X509_SIG(nil, &start, der.count) else { return nil }
      if unsafe start == buffer.baseAddress?.advanced(by: der.count) { return unsafe sealed }
      unsafe X509_SIG_free(sealed)
      return nil
    }
    guard let sealed = unsafe sealed else { return nil }
    defer { unsafe X509_SIG_free(sealed) }
    let info = unsafe passphrase.bytes.withUnsafeBytes {
      unsafe PKCS8_decrypt(
        sealed, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
    }
    guard let info = unsafe info else { return nil }
    defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
    guard let made = unsafe EVP_PKCS82PKEY(info) else { return nil }
    unsafe key = made
  }

  /// The subject public key info, DER.
  var publicKey: [UInt8]? {
    unsafe Self.der { unsafe i2d_PUBKEY(key, $0) }
  }

  /// The PKCS #8 PrivateKeyInfo, DER.
  var pkcs8: [UInt8]? {
    guard let info = unsafe EVP_PKEY2PKCS8(key) else { return nil }
    defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
    return unsafe Self.der { unsafe i2d_PKCS8_PRIV_KEY_INFO(info, $0) }
  }

  /// The PKCS #8 EncryptedPrivateKeyInfo, DER: AES-256-CBC under a key by scrypt with N = 2^14, r = 8,
  /// p = 1 (RFC 8018, 6.2; RFC 7914), which takes 16 MiB, half of what OpenSSL's readers allow.
  func encryptedPKCS8(passphrase: Secret) -> [UInt8]? {
    guard let info = unsafe EVP_PKEY2PKCS8(key) else { return nil }
    defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
    guard
      let scheme = unsafe PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nil, 16, nil, 1 << 14, 8, 1)
    else { return nil }
    let sealed = unsafe passphrase.bytes.withUnsafeBytes {
      unsafe PKCS8_set0_pbe(
        $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), info, scheme)
    }
    guard let sealed = unsafe sealed else {
      unsafe X509_ALGOR_free(scheme)
      return nil
    }
    defer { unsafe X509_SIG_free(sealed) }
    return unsafe Self.der { unsafe i2d_X509_SIG(sealed, $0) }
  }

  /// EVP_DigestSign(3); nil when OpenSSL cannot.
  func sign(_ message: [UInt8], _ algorithm: KeyAlgorithm) -> [UInt8]? {
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    defer { unsafe EVP_MD_CTX_free(context) }
    let digest = unsafe algorithm == .p256 ? EVP_sha256() : nil
    // Both kinds of signature fit.
    var signature = [UInt8](repeating: 0, count: 80)
    var length = signature.count
    guard unsafe EVP_DigestSignInit(context, nil, digest, nil, key) == 1,
      unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1
    else { return nil }
    return Array(signature.prefix(length))
  }

  private typealias Output = UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>

  /// What one of OpenSSL's i2d functions writes (d2i_X509(3)).
  private static func der(_ encode: (Output?) -> Int32) -> [UInt8]? {
    let length = encode(nil)
    guard length > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(length))
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      return unsafe encode(&start)
    }
    return written == length ? bytes : nil
  }
}
