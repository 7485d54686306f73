import Failing
public import Hashing

/// What is wrong with one crate.
public struct CrateFinding: Sendable, Hashable {
  public enum Fact: Sendable, Hashable {
    // Its vendored folder
    case missing
    /// The folder's Cargo.toml cannot be read, so it may be the crate that is missing.
    case unreadable(words: String)
    case noChecksumFile
    case badChecksumFile
    /// `package` is not the checksum in Cargo.lock.
    case otherPackage(listed: String?, locked: Digest)
    /// A git package must not have a package checksum, for Cargo.lock has none.
    case unexpectedPackage(listed: String)
    case fileMissing(path: String)
    case fileChanged(path: String, listed: Digest, found: Digest)
    /// Against the archive of the same crate.
    case differs(CrateDifference)
    /// The tree is not the one that cupel.toml declares as patched.
    case otherPatch(declared: Digest, found: Digest)

    // Its archive
    case noArchive
    case otherArchive(path: String, locked: Digest, found: Digest)
  }

  /// Name and version.
  public let crate: String
  public let fact: Fact

  /// Without a period; a difference has the lines that differ below it.
  public var text: String {
    switch fact {
    case .missing: "\(crate) is missing"
    case .unreadable(let words): "\(crate) is missing, or unreadable: \(words)"
    case .noChecksumFile: "\(crate) has no .cargo-checksum.json"
    case .badChecksumFile: "the .cargo-checksum.json of \(crate) is malformed"
    case .otherPackage(let listed, let locked):
      "\(crate) is of the archive sha256:\((listed ?? "none").printable), Cargo.lock wants "
        + "\(locked)"
    case .unexpectedPackage(let listed):
      "\(crate) is of the archive sha256:\(listed.printable), Cargo.lock wants it from git"
    case .fileMissing(let path):
      "\(crate) lacks its file \(path.printable)"
    case .fileChanged(let path, let listed, let found):
      "the file \(path.printable) of \(crate) is \(found), .cargo-checksum.json lists "
        + "\(listed)"
    case .differs(let difference):
      Self.text(difference, crate) + difference.lines.map { "\n    \($0)" }.joined()
    case .otherPatch(let declared, let found):
      "\(crate) is the tree \(found), cupel.toml declares \(declared) as its patched state"
    case .noArchive: "\(crate) has no archive"
    case .otherArchive(_, let locked, let found):
      "the archive of \(crate) is \(found), Cargo.lock wants \(locked)"
    }
  }

  private static func text(_ difference: CrateDifference, _ crate: String) -> String {
    let path = difference.path.printable
    switch (difference.archived, difference.vendored) {
    case (let archived?, let vendored?):
      return "the file \(path) of \(crate) is \(vendored), in the archive it is \(archived)"
    case (let archived?, nil): return "\(crate) lacks the archive's file \(path), \(archived)"
    case (nil, let vendored?):
      return "the file \(path) of \(crate) is \(vendored) and not in the archive"
    case (nil, nil): return "the file \(path) of \(crate) is in neither folder nor archive"
    }
  }
}
