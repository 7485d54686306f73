public import Failing
public import Hashing
public import Linux
public import Reading
public import Signing
public import Storing

/// Why a toolchain could not be added, found or verified.
public enum ToolchainError: Failure {
  // The signature
  case gpgvMissing
  case noSignature(file: String)
  case badSignatureFile(file: String, reason: String)
  case signature(file: String, SignatureDefect)
  case badKeyring(file: String, reason: String)
  /// Two installers are signed by two keys.
  case twoSigners(KeyFingerprint, KeyFingerprint)

  // Digests
  /// A `.sha256` file that is none.
  case badChecksumFile(file: String)
  case checksum(file: String, expected: Digest, actual: Digest)
  /// An archive is not the one that the channel manifest names.
  case notTheListedArchive(file: String, manifest: String, expected: Digest, actual: Digest)

  // The archives
  case sameFileTwice(name: String)
  case unreadable(archive: String, words: String)
  case unpacking(FetchingError)
  case notAnInstaller(archive: String, lacks: String)
  case installerVersion(archive: String, found: String)
  case componentMissing(String, offered: [String])
  case componentTwice(String, archives: [String])
  case badManifestLine(component: String, line: Int, text: String)
  case listedFileMissing(component: String, path: String)
  case inTheWay(component: String, path: String)
  case versionsDiffer(component: String, version: String, rustc: String)
  case incomplete(missing: String)

  // The channel manifest
  case notInChannel(component: String, target: String, manifest: String)
  case archiveMissing(names: [String], folder: String)

  // The store's toolchains
  case badName(String)
  case nameTaken(String, Digest)
  case unknown(String, known: [String])
  case badRecord(file: String, reason: String)
  /// Its kept archives make another tree.
  case otherTree(name: String, expected: Digest, actual: Digest)

  // Underneath
  case reading(ReadingError)
  case storing(StoringError)
  case command(String, CommandError)
  case system(String, SystemError)

  public var message: String {
    switch self {
    case .gpgvMissing: "running gpgv, which verifies signatures: no such program"
    case .noSignature(let file): "verifying \(file): there is no signature \(file).asc beside it"
    case .badSignatureFile(let file, let reason): "reading the signature \(file): \(reason)"
    case .signature(let file, let defect): "verifying the signature of \(file): \(defect.text)"
    case .badKeyring(let file, let reason): "reading the keyring \(file): \(reason)"
    case .twoSigners(let one, let other):
      "verifying the installers: one is signed with the key \(one), another with \(other)"
    case .badChecksumFile(let file):
      "reading \(file): it is not the SHA-256 and the name of the file beside it"
    case .checksum(let file, let expected, let actual):
      "verifying \(file): its .sha256 file says \(expected), it is \(actual)"
    case .notTheListedArchive(let file, let manifest, let expected, let actual):
      "verifying \(file): \(manifest) says \(expected), it is \(actual)"
    case .sameFileTwice(let name): "reading the installers: two of them are called \(name)"
    case .unreadable(let archive, let words): "unpacking \(archive): \(words.printable)"
    case .unpacking: "reading an installer"
    case .notAnInstaller(let archive, let lacks):
      "reading the installer \(archive): it has no \(lacks)"
    case .installerVersion(let archive, let found):
      "reading the installer \(archive): it has version \(found.printable) of the format, "
        + "only 3 is known"
    case .componentMissing(let name, let offered):
      "looking for the component \(name): the installers have only "
        + offered.joined(separator: ", ").printable
    case .componentTwice(let name, let archives):
      "looking for the component \(name): it is in \(archives.joined(separator: " and in "))"
    case .badManifestLine(let component, let line, let text):
      "reading \(component)/manifest.in:\(line): \"\(text.printable)\" is not file: or dir: and a "
        + "path below the toolchain"
    case .listedFileMissing(let component, let path):
      "installing \(component): its manifest.in lists \(path.printable), which the archive does not "
        + "have"
    case .inTheWay(let component, let path):
      "installing \(component): \(path.printable) is there already, or is beneath a file"
    case .versionsDiffer(let component, let version, let rustc):
      "installing \(component): it is of version \(version), rustc of \(rustc)"
    case .incomplete(let missing): "installing the toolchain: it has no \(missing)"
    case .notInChannel(let component, let target, let manifest):
      "looking for the component \(component) for \(target): \(manifest) does not have it"
    case .archiveMissing(let names, let folder):
      "looking for \(names.joined(separator: " or ")) in \(folder): there is no such file"
    case .badName(let name): "naming a toolchain \"\(name.printable)\""
    case .nameTaken(let name, let digest):
      "naming a toolchain \(name): that is the name of \(digest)"
    case .unknown(let name, let known):
      "looking for the toolchain \(name.printable): the store has "
        + (known.isEmpty ? "none" : "only \(known.joined(separator: ", "))")
    case .badRecord(let file, let reason): "reading \(file): \(reason)"
    case .otherTree(let name, let expected, let actual):
      "verifying the toolchain \(name): its archives make \(actual), it is \(expected)"
    case .reading: "reading a channel manifest"
    case .storing: "keeping a toolchain in the store"
    case .command(let task, _): task
    case .system(let task, _): task
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .unpacking(let error): error
    case .reading(let error): error
    case .storing(let error): error
    case .command(_, let error): error
    case .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .gpgvMissing: "install gpgv (Debian and Ubuntu: `apt-get install gpgv`) and try again"
    case .noSignature:
      "get the .asc file from where the other came from; what is not signed can only be added as a "
        + "folder, as unsigned"
    case .signature(_, .unknownKey), .signature(_, .otherKey):
      "if it is to be accepted, give the key with --keyring and its fingerprint with --fingerprint"
    case .signature(_, .revokedKey), .signature(_, .expiredKey), .signature(_, .expiredSignature):
      "get a release that is signed with a key in force"
    case .signature(_, .inTheFuture): "set this machine's clock right"
    case .signature, .badSignatureFile, .checksum, .badChecksumFile, .unreadable, .unpacking,
      .notTheListedArchive:
      "get the file and its signature again"
    case .badKeyring: "export the key with `gpg --export FINGERPRINT`"
    case .componentMissing: "name one of these with --component, or give the installer that has it"
    case .incomplete: "add the component that has it; rustc and cargo are needed"
    case .notAnInstaller:
      "give a standalone installer such as rust-1.95.0-x86_64-unknown-linux-gnu.tar.xz"
    case .archiveMissing: "get it, or name the folder that has it with --archives"
    case .badName:
      "use letters, digits, `.`, `_` and `-`, at most 100, no dot in front, and not `rootfs`"
    case .nameTaken: "choose another with --name, or run `cupel toolchain rm` first"
    case .unknown: "run `cupel toolchain add`, or name a toolchain's folder"
    case .otherTree, .badRecord: "remove it with `cupel toolchain rm` and add it again"
    case .storing(.missing): "add the toolchain again with `cupel toolchain add`"
    case .storing(.damaged):
      "remove it with `cupel toolchain rm` and `cupel store gc`, and add it again"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .badKeyring, .sameFileTwice, .incomplete, .notInChannel, .archiveMissing, .badName,
      .nameTaken, .unknown:
      .usage
    case .noSignature, .badSignatureFile, .signature, .twoSigners, .badChecksumFile, .checksum,
      .notTheListedArchive, .unreadable, .notAnInstaller, .installerVersion, .componentMissing,
      .componentTwice, .badManifestLine, .listedFileMissing, .inTheWay, .versionsDiffer, .badRecord,
      .otherTree:
      .inputRejected
    case .gpgvMissing: .hostUnsuitable
    case .unpacking(let error): error.exitCode
    case .reading(let error): error.exitCode
    case .storing(let error): error.exitCode
    case .command(_, let error): error.exitCode
    case .system(_, let error): error.isNotFound ? .usage : error.exitCode
    }
  }
}

extension ToolchainError {
  /// Evaluates `body` and says what was being done where the system fails.
  static func doing<Value: ~Copyable>(
    _ task: @autoclosure () -> String, _ body: @autoclosure () throws(SystemError) -> Value
  ) throws(ToolchainError) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .system(task(), error)
    }
  }

  /// Evaluates `body`, a use of the store.
  static func storing<Value: ~Copyable>(
    _ body: @autoclosure () throws(StoringError) -> Value
  ) throws(ToolchainError) -> Value {
    do throws(StoringError) {
      return try body()
    } catch {
      throw .storing(error)
    }
  }
}
