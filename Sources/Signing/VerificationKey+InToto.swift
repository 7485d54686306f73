import Hashing

extension VerificationKey {
  /// What names the key in in-toto's layouts and links: the SHA-256 of the key as canonical JSON, in
  /// hexadecimal digits (securesystemslib 1.6, `compute_default_keyid`). Stock tools that read the
  /// PEM file give the key this name, and try it only on signatures that have it.
  public var inTotoKeyID: String {
    let (type, scheme, value) =
      switch algorithm {
      case .ed25519: ("ed25519", "ed25519", hexadecimal(der.suffix(algorithm.publicKeyLength)))
      case .p256: ("ecdsa", "ecdsa-sha2-nistp256", String(decoding: pem, as: UTF8.self))
      }
    // That form of JSON escapes nothing but quotes and backslashes, of which there are none here.
    let json = #"{"keytype":"\#(type)","keyval":{"public":"\#(value)"},"scheme":"\#(scheme)"}"#
    return Digest.hashing(json).hex
  }
}
