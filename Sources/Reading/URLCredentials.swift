/// The part of a URL that may hold a secret: `user:password@` before the host (RFC 3986, 3.2.1).
///
/// A lock, a plan and a record name their sources, so a URL with a secret has no place in any file
/// that they are made from.
public enum URLCredentials {
  /// Whether the URL holds a password, or a user where that is as good as one: hosts of git
  /// repositories take tokens as the user of http(s). A user alone, as in `ssh://git@host/`, is none.
  public static func areIn(_ url: String) -> Bool {
    guard let (scheme, user) = parts(of: url) else { return false }
    let isWeb = scheme.hasSuffix("http") || scheme.hasSuffix("https")
    return user.utf8.contains(UInt8(ascii: ":")) || isWeb
  }

  /// The URL without them.
  public static func removed(from url: String) -> String {
    guard areIn(url), let (scheme, user) = parts(of: url) else { return url }
    let rest = url.utf8.dropFirst(scheme.utf8.count + 3 + user.utf8.count + 1)
    return "\(scheme)://\(String(decoding: Array(rest), as: UTF8.self))"
  }

  /// The scheme, with whatever cargo writes before it, and what stands before the last `@` of the
  /// authority; nil where there is none.
  private static func parts(of url: String) -> (scheme: String, user: String)? {
    let bytes = Array(url.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      bytes[colon...].starts(with: "://".utf8)
    else { return nil }
    let rest = bytes[(colon + 3)...]
    // A URL parser takes a backslash for a slash in some schemes and not in others.
    let authority = rest.prefix { !"/?#\\".utf8.contains($0) }
    guard let end = authority.lastIndex(of: UInt8(ascii: "@")), end > rest.startIndex else {
      return nil
    }
    return (
      String(decoding: bytes[..<colon], as: UTF8.self).lowercased(),
      String(decoding: authority[..<end], as: UTF8.self)
    )
  }
}
