import Failing
public import Hashing

/// What is wrong with one vendored crate.
public struct VendorFinding: Sendable, Hashable {
  public enum Fact: Sendable, Hashable {
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
    case differs(path: String, how: Difference)
  }

  public enum Difference: String, Sendable, Hashable {
    case changed, added, removed
  }

  /// Name and version.
  public let crate: String
  public let fact: Fact

  /// One line, without a period.
  public var text: String {
    switch fact {
    case .missing: "\(crate) is missing"
    case .unreadable(let words): "\(crate) is missing, or unreadable: \(words)"
    case .noChecksumFile: "\(crate) has no .cargo-checksum.json"
    case .badChecksumFile: "the .cargo-checksum.json of \(crate) is malformed"
    case .otherPackage(let listed, let locked):
      "\(crate) is of the archive sha256:\(listed ?? "none"), Cargo.lock wants \(locked)"
    case .unexpectedPackage(let listed):
      "\(crate) is of the archive sha256:\(listed), Cargo.lock wants it from git"
    case .fileMissing(let path):
      "\(crate) lacks its file \(path.printable)"
    case .fileChanged(let path, let listed, let found):
      "the file \(path.printable) of \(crate) is \(found), .cargo-checksum.json lists "
        + "\(listed)"
    case .differs(let path, let how):
      switch how {
      case .changed:
        "the file \(path.printable) of \(crate) is not the one in the archive"
      case .added: "the file \(path.printable) of \(crate) is not in the archive"
      case .removed: "\(crate) lacks the archive's file \(path.printable)"
      }
    }
  }
}

/// What is wrong with the archive of one crate.
public struct ArchiveFinding: Sendable, Hashable {
  public enum Fact: Sendable, Hashable {
    case missing
    case otherDigest(locked: Digest, found: Digest)
  }

  /// Name and version.
  public let crate: String
  public let fact: Fact

  /// One line, without a period.
  public var text: String {
    switch fact {
    case .missing: "\(crate) has no archive"
    case .otherDigest(let locked, let found):
      "the archive of \(crate) is \(found), Cargo.lock wants \(locked)"
    }
  }
}
