/// A signature without anything around it.
public enum RawSignature {
  /// Most bytes of a signature's file.
  public static let sizeLimit = 1024

  /// Fails unless `signature` is that of `bytes` by one of `keys`.
  ///
  /// - Parameters:
  ///   - signature: as `SigningKey.sign` makes it.
  ///   - bytes: what is signed.
  ///   - keys: those that the caller trusts.
  ///   - name: what the signer calls its key, where it does.
  ///   - file: what messages call the signature.
  /// - Returns: the key whose signature it is.
  /// - Throws: `SigningError.refused` when it is nobody's.
  @discardableResult
  public static func verify(
    _ signature: [UInt8], of bytes: [UInt8], by keys: [VerificationKey], named name: String? = nil,
    file: String
  ) throws(SigningError) -> VerificationKey {
    if let signer = keys.first(where: { $0.verify(signature, of: bytes) }) { return signer }
    if let claimed = keys.first(where: { $0.keyID == name || $0.hint == name }) {
      throw .refused(file: file, .mismatch(key: claimed.keyID))
    }
    throw .refused(file: file, name.map { .unknownKeys(named: [$0]) } ?? .otherKeyOrFile)
  }
}
