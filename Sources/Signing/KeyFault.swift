import Failing

/// Why a key cannot be used.
public enum KeyFault: Error, Equatable, Sendable {
  case notPEM
  /// A block of another kind, such as a certificate.
  case otherLabel(String)
  /// No Ed25519 key and none of P-256, or a broken one.
  case unsupported
  case privateForPublic
  case publicForPrivate
  case passphraseNeeded
  case wrongPassphrase
  /// An empty one, or one of more bytes.
  case badPassphrase(limit: Int)
  /// Others than its owner may read it.
  case readableByOthers(UInt32)
  case notAFile
  /// There is a file already.
  case exists
  /// It is said to be minisign's, and is not as that writes it.
  case minisign(String)
  /// It is said to be OpenPGP's.
  case openPGP(String)
  /// minisign's signatures name a number that only its own keys have.
  case noKeyNumber

  var text: String {
    switch self {
    case .notPEM: "it is neither one PEM block nor a key of minisign"
    case .otherLabel(let label): "it is a PEM block \"\(label.printable)\""
    case .unsupported: "it is no Ed25519 key and no ECDSA key of the curve P-256"
    case .privateForPublic: "it is a private key, a public one is wanted"
    case .publicForPrivate: "it is a public key, a private one is wanted"
    case .passphraseNeeded: "it is encrypted"
    case .wrongPassphrase: "the passphrase is wrong, or the key damaged"
    case .badPassphrase(let limit): "a passphrase has 1 to \(limit) bytes"
    case .readableByOthers(let permissions):
      "others than its owner can read or change it (mode \(String(permissions, radix: 8)))"
    case .notAFile: "it is neither a file nor a pipe"
    case .exists: "there is such a file, and a key is never overwritten"
    case .minisign(let reason), .openPGP(let reason): reason
    case .noKeyNumber: "it is no key of minisign, so its signatures could not name it"
    }
  }

  var hint: String? {
    switch self {
    case .notPEM, .otherLabel:
      "private keys are PKCS #8 (`openssl pkcs8 -topk8 -in KEY` makes it of others), public keys "
        + "`PUBLIC KEY`"
    case .unsupported: "make one with `cupel keygen`"
    case .passphraseNeeded: "give its passphrase with --passphrase-file or --passphrase-env"
    case .readableByOthers: "run `chmod 600` on it; if others may have read it, make a new one"
    case .noKeyNumber: "make one with `cupel keygen --type minisign`"
    case .publicForPrivate, .privateForPublic, .wrongPassphrase, .badPassphrase, .notAFile, .exists,
      .minisign, .openPGP:
      nil
    }
  }
}
