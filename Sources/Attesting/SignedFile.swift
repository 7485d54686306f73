internal import Signing

/// What a file with a signed statement can be.
enum SignedFile {
  static func envelope(_ bytes: [UInt8], file: String) throws(SigningError) -> Envelope {
    try Envelope.parse(bytes, file: file)
  }
}
