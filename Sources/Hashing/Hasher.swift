/// A running SHA-256.
public struct Hasher: ~Copyable {
  private var digest = MessageDigest(.sha256)

  public init() {}

  public mutating func update(_ bytes: [UInt8]) {
    digest.update(bytes)
  }

  /// Adds the first `count` bytes of `buffer`.
  public mutating func update(_ buffer: [UInt8], count: Int) {
    digest.update(buffer[..<count])
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe digest.update(bytes)
  }

  public consuming func finish() -> Digest {
    Digest(trusted: digest.finish())
  }
}
