public import Hashing
import Linux

extension Store {
  /// The archives of crates that were fetched, under the names of their SHA-256; a cache: whoever
  /// takes one out hashes it.
  public var archives: String { Self.archives(in: path) }

  /// The same for a store that stands at `path`, opened or not.
  public static func archives(in path: String) -> String { "\(path)/downloads/crates" }

  /// Where the archive with this digest is, if it was fetched.
  public static func archive(_ digest: Digest, in archives: String) -> String {
    "\(archives)/\(digest.hex).crate"
  }

  /// Keeps an archive, which appears whole and under the name of its digest.
  public func keepArchive(_ bytes: [UInt8]) throws(StoringError) -> Digest {
    let digest = Digest.hashing(bytes)
    let path = Self.archive(digest, in: archives)
    do throws(SystemError) {
      try FileSystem.makeDirectories(archives, permissions: 0o700)
      try FileSystem.write(bytes, to: path, permissions: 0o444)
      try FileSystem.synchronize(path)
    } catch {
      throw .system("keeping \(path)", error)
    }
    return digest
  }
}
