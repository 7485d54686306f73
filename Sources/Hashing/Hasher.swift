private import CCrypto

/// A running SHA-256, computed by OpenSSL's EVP interface (EVP_DigestInit(3)), which uses the
/// machine's SHA instructions.
///
/// An allocation failure inside OpenSSL traps: no digest is better than a wrong one.
@safe public struct Hasher: ~Copyable {
  private let context: OpaquePointer

  public init() {
    guard let context = unsafe EVP_MD_CTX_new(),
      unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    else { fatalError("starting SHA-256 in OpenSSL failed") }
    unsafe self.context = context
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// Adds the first `count` bytes of `buffer`.
  public mutating func update(_ buffer: [UInt8], count: Int) {
    precondition(count <= buffer.count)
    unsafe buffer.withUnsafeBytes { unsafe update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
      fatalError("updating SHA-256 in OpenSSL failed")
    }
  }

  public consuming func finish() -> Digest {
    var length: UInt32 = 0
    let context = unsafe self.context
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      guard unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &length) == 1, length == 32
      else {
        fatalError("finishing SHA-256 in OpenSSL failed")
      }
      count = 32
    }
    return Digest(trusted: bytes)
  }
}
