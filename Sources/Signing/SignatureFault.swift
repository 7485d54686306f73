import Failing

/// Why a file is no signature that could be verified.
public enum SignatureFault: Error, Equatable, Sendable {
  case tooLarge(limit: Int)
  /// A member is missing, or its value is not one it can have.
  case member(String, String)
  case notBase64(String)
  case noSignatures
  case tooManySignatures(Int, limit: Int)
  /// A member that nothing is known of, where that is not allowed.
  case unknownMember(String)
  /// It brings the key along that it wants to be verified by.
  case keyInside(String)
  /// A bundle of another version, or no bundle.
  case mediaType(String)
  /// It is said to be an OpenPGP signature, or one of SSH.
  case format(String)
  /// A line of a minisign signature is not what it must be.
  case line(Int, String)

  var text: String {
    switch self {
    case .tooLarge(let limit): "it has more than \(limit) bytes"
    case .member(let name, let reason): "\"\(name.printable)\" \(reason)"
    case .notBase64(let name): "\"\(name)\" is not base64 with its padding"
    case .noSignatures: "it holds no signature"
    case .tooManySignatures(let count, let limit):
      "it holds \(count) signatures, at most \(limit) are looked at"
    case .unknownMember(let name): "nothing is known of the member \"\(name.printable)\""
    case .keyInside(let name):
      "it brings a key of its own (\"\(name)\"), which says nothing: only keys that you name count"
    case .mediaType(let found):
      "its media type is \"\(found.printable)\", only sigstore bundles of version 0.3 are known"
    case .format(let reason): reason
    case .line(let number, let reason): "line \(number) \(reason)"
    }
  }
}
