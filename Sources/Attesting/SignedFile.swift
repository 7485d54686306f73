internal import Signing

/// What a file with a signed statement can be.
enum SignedFile {
  /// The envelope of a DSSE file, or the one in a sigstore bundle. Nothing of it is verified.
  static func envelope(_ bytes: [UInt8], file: String) throws(SigningError) -> Envelope {
    guard SigstoreBundle.isOne(bytes) else { return try Envelope.parse(bytes, file: file) }
    let bundle = try SigstoreBundle.parse(bytes, file: file)
    if let member = bundle.unverified.first {
      throw .signature(file: file, .unknownMember(member))
    }
    guard case .envelope(let envelope) = bundle.content else {
      throw .signature(file: file, .member("dsseEnvelope", "is missing"))
    }
    return envelope
  }
}
