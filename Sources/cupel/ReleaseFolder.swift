import Attesting
import Failing
import Hashing
import Linux
import Reading
import Signing

/// The folder of a release whose every byte has been verified: SHA256SUMS is signed by a key that
/// somebody trusts, it lists all files, and they are as it says.
struct ReleaseFolder {
  static let sums = "SHA256SUMS"
  /// The line of SHA256SUMS.minisig that no signature covers.
  static let untrustedComment = "signature from cupel"

  /// Public keys of a release, and the ends of the names of what they verify.
  private static let signatures = [
    ("release.minisign.pub", "minisig"), ("release.gpg", "asc"), ("release.signers", "sshsig"),
  ]
  private static let entryLimit = 65_536

  let checksums: Checksums
  /// Signatures that were verified, in words.
  private(set) var verified: [String] = []
  /// Files that nothing here verifies.
  private(set) var unverified: [String] = []
  private let path: String

  /// Verifies a folder by `keys`, of which none comes from it.
  ///
  /// - Throws: `ReleaseDefect`, `SigningError` or `ReadingError`, with exit status 3.
  init(_ path: String, keys: [VerificationKey]) throws {
    self.path = path
    let found = try Self.files(in: path)
    let sums = "\(path)/\(Self.sums)"
    let bytes = try Self.read(sums, limit: Checksums.sizeLimit, in: path)
    let signature = try Self.read("\(sums).sig", limit: RawSignature.sizeLimit, in: path)
    let signer = try RawSignature.verify(signature, of: bytes, by: keys, file: "\(sums).sig")
    verified.append("\(Self.sums).sig by \(signer.keyID)")
    checksums = try Checksums(parsing: bytes, file: sums)

    for entry in checksums.entries {
      guard found.contains(Self.exact(entry.name)) else { throw defect(entry.name, .missing) }
      let digest = try VerifyCommand.artifact("\(path)/\(entry.name)").digest
      guard digest == entry.digest else { throw defect(entry.name, .changed) }
    }
    var known = Set(checksums.entries.map { Self.exact($0.name) })
    known.formUnion([Self.exact(Self.sums), Self.exact("\(Self.sums).sig")])
    // A key that is listed was signed with the rest, so its signature has to be there.
    for (key, ending) in Self.signatures where digest(of: key) != nil {
      let name = "\(Self.sums).\(ending)"
      guard found.contains(Self.exact(name)) else { throw defect(name, .missing) }
      known.insert(Self.exact(name))
    }
    if let other = found.subtracting(known).min(by: { $0.lexicographicallyPrecedes($1) }) {
      throw defect(String(decoding: other, as: UTF8.self), .notListed)
    }
    if known.contains(Self.exact("\(Self.sums).minisig")) { try checkMinisign(bytes, signer) }
    if known.contains(Self.exact("\(Self.sums).sshsig")) { try checkSSH(bytes) }
    if known.contains(Self.exact("\(Self.sums).asc")) { unverified.append("\(Self.sums).asc") }
  }

  func digest(of name: String) -> Digest? {
    checksums.entries.first { $0.name.utf8.elementsEqual(name.utf8) }?.digest
  }

  private mutating func checkMinisign(_ bytes: [UInt8], _ signer: VerificationKey) throws {
    let file = "\(path)/\(Self.sums).minisig"
    let signature = try MinisignSignature(
      parsing: Self.read(file, limit: MinisignSignature.sizeLimit, in: path), file: file)
    let key = try MinisignPublicKey.load("\(path)/release.minisign.pub")
    guard key.key == signer else { throw defect("release.minisign.pub", .otherKey) }
    try signature.verify(bytes, by: [key], file: file)
    guard signature.untrustedComment.utf8.elementsEqual(Self.untrustedComment.utf8) else {
      throw defect("\(Self.sums).minisig", .changed)
    }
    verified.append("\(Self.sums).minisig, \(signature.trustedComment)")
  }

  private mutating func checkSSH(_ bytes: [UInt8]) throws {
    let file = "\(path)/\(Self.sums).sshsig"
    let signature = try SSHSignature(
      Self.read(file, limit: SSHSignature.sizeLimit, in: path), file: file)
    let key = try signature.verify(
      bytes, allowedSigners: "\(path)/release.signers", identity: "release", namespace: "file",
      file: file)
    verified.append("\(Self.sums).sshsig by \(key)")
  }

  // MARK: The folder

  private func defect(_ name: String, _ kind: ReleaseDefect.Kind) -> ReleaseDefect {
    ReleaseDefect(folder: path, name: name, kind: kind)
  }

  private static func read(_ file: String, limit: Int, in folder: String) throws -> [UInt8] {
    do throws(SystemError) {
      return try FileSystem.read(file, limit: limit)
    } catch {
      guard error.isNotFound else { throw error }
      throw ReleaseDefect(folder: folder, name: FileSystem.split(file).name, kind: .missing)
    }
  }

  /// A name as it is compared: strings that differ in bytes can be equal.
  private static func exact(_ name: String) -> [UInt8] { Array(name.utf8) }

  /// Every file below a folder; anything but files and folders is refused.
  private static func files(in folder: String) throws -> Set<[UInt8]> {
    var files: Set<[UInt8]> = []
    var folders = [""]
    while let below = folders.popLast() {
      let directory = try Directory(below.isEmpty ? folder : "\(folder)/\(below)")
      for entry in try directory.entries() {
        let name = below.isEmpty ? entry.name : "\(below)/\(entry.name)"
        switch entry.kind {
        case .directory: folders.append(name)
        case .regular: files.insert(exact(name))
        default: throw ReleaseDefect(folder: folder, name: name, kind: .notPlain)
        }
        guard files.count + folders.count <= entryLimit else {
          throw ReleaseDefect(folder: folder, name: name, kind: .tooMany(limit: entryLimit))
        }
      }
    }
    return files
  }
}

/// Why a folder is not the release that was signed.
struct ReleaseDefect: Failure {
  enum Kind: Equatable {
    case missing, changed, notListed, notPlain, otherKey
    case tooMany(limit: Int)
  }

  let folder: String
  let name: String
  let kind: Kind

  var message: String {
    let reason =
      switch kind {
      case .missing: "it is not there"
      case .changed: "it is not what was signed"
      case .notListed: "it is not part of what was signed"
      case .notPlain: "it is no plain file"
      case .otherKey: "it is not the key that signed \(ReleaseFolder.sums)"
      case .tooMany(let limit): "it is one of more than \(limit) files"
      }
    return "checking the release \(folder.printable): \(name.printable): \(reason)"
  }
  var hint: String? { "get the release again, from where it was published" }
  var exitCode: Failing.ExitCode { .inputRejected }
}
