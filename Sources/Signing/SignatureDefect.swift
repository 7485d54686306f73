import Failing
public import Reading

/// Why an OpenPGP signature is not good enough.
public enum SignatureDefect: Error, Equatable, Sendable {
  /// It is the signature of something else, or was changed.
  case mismatch
  /// No key of the keyring has made it; `key` is the one it names.
  case unknownKey(String)
  case otherKey(KeyFingerprint, accepted: [KeyFingerprint])
  case revokedKey
  case expiredKey
  case expiredSignature
  /// It, or its key, was made later than this machine's clock says it is now.
  case inTheFuture
  /// It is made with a digest that can be forged, or it is none of a file's bytes.
  case weak(String)
  /// gpgv said something else.
  case unverified(words: String)

  public var text: String {
    switch self {
    case .mismatch: "the signature is of another file, or the file was changed"
    case .unknownKey(let key): "it is signed with the key \(key), which is not in the keyring"
    case .otherKey(let key, let accepted):
      "it is signed with the key \(key), accepted is only "
        + accepted.map(\.description).joined(separator: " or ")
    case .revokedKey: "its key was revoked"
    case .expiredKey: "its key has expired"
    case .expiredSignature: "the signature has expired"
    case .inTheFuture: "by this machine's clock, it or its key was made in the future"
    case .weak(let what): "the signature is \(what)"
    case .unverified(let words):
      "gpgv could not verify it" + (words.isEmpty ? "" : ": \(words.printable)")
    }
  }
}
