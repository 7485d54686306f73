private import CCrypto

/// A running hash, computed by OpenSSL's EVP interface (EVP_DigestInit(3)), which uses the machine's
/// SHA instructions.
///
/// An allocation failure inside OpenSSL traps: no digest is better than a wrong one.
@safe public struct MessageDigest: ~Copyable {
  public enum Algorithm: Sendable {
    /// FIPS 180-4, 20 bytes. Only to read what others named by it, such as git's objects: collisions
    /// can be made.
    case sha1
    /// FIPS 180-4, 32 bytes.
    case sha256
    /// RFC 7693 without a key, 64 bytes: what minisign signs.
    case blake2b512

    var length: Int {
      switch self {
      case .sha1: 20
      case .sha256: 32
      case .blake2b512: 64
      }
    }
  }

  private let context: OpaquePointer
  private let algorithm: Algorithm

  public init(_ algorithm: Algorithm) {
    let type =
      switch algorithm {
      case .sha1: unsafe EVP_sha1()
      case .sha256: unsafe EVP_sha256()
      case .blake2b512: unsafe EVP_blake2b512()
      }
    guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, type, nil) == 1
    else { fatalError("starting a hash in OpenSSL failed") }
    unsafe self.context = context
    self.algorithm = algorithm
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
      fatalError("updating a hash in OpenSSL failed")
    }
  }

  /// As many bytes as the algorithm gives.
  public consuming func finish() -> [UInt8] {
    var length: UInt32 = 0
    let context = unsafe self.context
    let expected = algorithm.length
    return unsafe [UInt8](unsafeUninitializedCapacity: expected) { buffer, count in
      guard unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &length) == 1,
        Int(length) == expected
      else {
        fatalError("finishing a hash in OpenSSL failed")
      }
      count = expected
    }
  }
}

/// Lower-case hexadecimal digits of bytes.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
