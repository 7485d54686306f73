/// What gpg and gpgv say of signatures for machines (GnuPG, doc/DETAILS, "Format of the --status-fd
/// output"). What that means for a file is up to whoever asked.
public struct GnuPGStatus: Sendable {
  public struct Line: Sendable {
    public let keyword: String
    /// What follows it, split at spaces.
    public let arguments: [String]
  }

  /// In the order in which they were said.
  public let lines: [Line]

  /// Reads the output; lines of another kind in it are left out.
  public init(_ output: String) {
    lines = output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 1, words[0] == "[GNUPG:]" else { return nil }
      return Line(keyword: words[1], arguments: Array(words.dropFirst(2)))
    }
  }

  /// The arguments of the first line with this keyword.
  public func first(_ keyword: String) -> [String]? {
    lines.first { $0.keyword == keyword }?.arguments
  }

  /// The name of a hash algorithm that no signature may rest on (RFC 9580, section 9.5: MD5, SHA-1 and
  /// RIPEMD-160, which apt does not trust either); nil for others.
  public static func weakHash(_ number: String) -> String? {
    switch number {
    case "1": "MD5"
    case "2": "SHA-1"
    case "3": "RIPEMD-160"
    default: nil
    }
  }
}
