/// Bytes that keys have signed which the caller named; only verifying an envelope makes one.
///
/// These are the very bytes that were verified. The envelope must not be read again for them.
public struct VerifiedPayload: Equatable, Sendable {
  public let payloadType: String
  public let bytes: [UInt8]
  /// Who signed it: keys that the caller named, each once, in the order of the signatures.
  public let signers: [VerificationKey]

  init(payloadType: String, bytes: [UInt8], signers: [VerificationKey]) {
    self.payloadType = payloadType
    self.bytes = bytes
    self.signers = signers
  }
}
