import Failing

/// Why a signature that can be read does not count.
public enum Refusal: Error, Equatable, Sendable {
  case payloadType(found: String, expected: String)
  /// It is by none of the keys; the names are those that it gives itself, which nobody has checked.
  case unknownKeys(named: [String])
  /// It says that it is by this key of ours, and is not: something was changed.
  case mismatch(key: String)
  /// Each key counts once.
  case tooFewKeys(accepted: [String], required: Int, repeated: Int, others: Int)
  /// It is the signature of another file.
  case otherFile
  /// The signature is good, and the trusted comment is not the signed one.
  case trustedComment
  /// A bundle says that the file has another digest.
  case otherDigest
  /// It names no key, and is no signature of this file by one of ours.
  case otherKeyOrFile
  /// An envelope or a bundle holds something else than the file.
  case otherPayload
  case openPGP(SignatureDefect)
  /// What ssh-keygen says.
  case ssh(String)

  var text: String {
    switch self {
    case .payloadType(let found, let expected):
      "its payload type is \"\(found.printable)\", expected is \"\(expected.printable)\""
    case .unknownKeys(let names):
      "it is signed by none of the keys that you named"
        + (names.isEmpty
          ? "" : "; it names \(names.joined(separator: ", ").printable) as its own")
    case .mismatch(let key):
      "the signature is not that of the key \(key.printable) which it names: it, or what was signed, "
        + "was changed"
    case .tooFewKeys(let accepted, let required, let repeated, let others):
      "\(required) of the keys must have signed it, \(accepted.count) "
        + (accepted.count == 1 ? "has" : "have")
        + (accepted.isEmpty ? "" : " (\(accepted.joined(separator: ", ")))")
        + (repeated == 0 ? "" : "; \(repeated) more by the same keys, each of which counts once")
        + (others == 0 ? "" : "; \(others) by none of them")
    case .otherFile: "the signature is of another file, or the file was changed"
    case .trustedComment: "its trusted comment was changed"
    case .otherDigest: "it is the signature of a file with another digest"
    case .otherKeyOrFile: "it is no signature of this file by a key that you named"
    case .otherPayload: "what is signed in it is not this file"
    case .openPGP(let defect): defect.text
    case .ssh(let words): "ssh-keygen does not accept it: \(words.printable)"
    }
  }
}
