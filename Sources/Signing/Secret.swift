private import CCrypto

/// Bytes that are wiped from memory when their last owner is gone, such as a passphrase.
///
/// Copies that others make of them are not.
@safe public final class Secret {
  private(set) var bytes: [UInt8]

  /// Takes the bytes over; the caller should keep no copy.
  public init(_ bytes: consuming [UInt8]) {
    self.bytes = bytes
  }

  deinit {
    Self.wipe(&bytes)
  }

  /// OPENSSL_cleanse(3), which no optimiser removes.
  static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
  }
}
