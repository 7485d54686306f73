public import Failing
public import Hashing
public import Linux
public import Reading
public import Storing

/// Why a rootfs could not be locked, fetched or made.
public enum FetchingError: Failure {
  /// Nothing says where the packages of a suite are.
  case noMirror(suite: String)
  /// A mirror that is neither a URI nor `SUITE=URI`.
  case badMirror(String)
  /// Nothing says where the archive of the past is.
  case noSnapshotMirror(UTCTime)
  /// CUPEL_SNAPSHOT_MIRROR does not say where in the URI the date stands.
  case noDateInMirror
  /// The package debian-archive-keyring is not installed, and no other keyring was named.
  case noKeyring
  /// Not a file of public keys in binary form.
  case badKeyring(String)
  /// The archive is not to be trusted.
  case archive(ArchiveFault)
  /// The recipe asks for an image, and none was named.
  case noImage(recipe: String)
  /// An image layout, or a file of one, is not what it should be.
  case badImage(path: String, reason: String)
  /// A file of an image layout is not what its descriptor says.
  case blobMismatch(expected: Digest, actual: Digest)
  /// apt did not do what it was asked; `task` says what that was.
  case apt(task: String, CommandError)
  /// A host program printed something that is not understood.
  case unexpectedOutput(program: String, line: String)
  /// No mirror gave the file; `words` are apt's last ones.
  case unavailable(filename: String, words: String)
  /// A file is not the one that the lock names.
  case mismatch(filename: String, expected: Digest, actual: Digest)
  /// The lock is for another architecture than this machine's.
  case architecture(lock: String, machine: String)
  /// A package holds something that no rootfs may hold.
  case badPackage(filename: String, reason: String)
  /// The recipe makes something where a package has put something else.
  case occupied(path: String)
  /// The rootfs came out different from what the lock says.
  case rootfsMismatch(recipe: String, expected: Digest, actual: Digest)
  /// A package that was fetched once is not in the store's folder of downloads any more.
  case packageNotKept(filename: String)
  case reading(ReadingError)
  case storing(StoringError)
  case system(String, SystemError)

  public var message: String {
    switch self {
    case .noMirror(let suite): "looking for a mirror of the Debian suite \(suite)"
    case .badMirror(let text): "reading the mirror \"\(text)\""
    case .noSnapshotMirror(let time): "looking for a mirror of the snapshot \(time.snapshotName)"
    case .noDateInMirror: "reading CUPEL_SNAPSHOT_MIRROR: a URI has no place for the date"
    case .noKeyring: "looking for the keys of Debian's archive"
    case .badKeyring(let path):
      "reading the keyring \(path): it is not a file of public keys in binary form"
    case .archive(let fault): fault.message
    case .noImage(let recipe): "looking for the image of the recipe \(recipe): none was named"
    case .badImage(let path, let reason): "reading the image \(path): \(reason.printable)"
    case .blobMismatch(let expected, let actual):
      "checking the image's file \(expected): its contents are \(actual)"
    case .apt(let task, _): task
    case .unexpectedOutput(let program, let line):
      "reading the output of \(program): \"\(line)\""
    case .unavailable(let filename, let words):
      "downloading \(filename)\(words.isEmpty ? "" : ": \(words)")"
    case .mismatch(let filename, let expected, let actual):
      "checking \(filename): the lock says \(expected), the file is \(actual)"
    case .architecture(let lock, let machine):
      "using a lock for \(lock) on a machine that runs \(machine)"
    case .badPackage(let filename, let reason): "unpacking \(filename): \(reason)"
    case .occupied(let path): "making \(path) as the recipe says: a package has put something there"
    case .rootfsMismatch(let recipe, let expected, let actual):
      "making the rootfs \(recipe): the lock says \(expected), it came out as \(actual)"
    case .packageNotKept(let filename): "looking for \(filename) among the store's downloads"
    case .reading: "using the environment of a build"
    case .storing: "keeping a rootfs in the store"
    case .system(let task, _): task
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .apt(_, let error): error
    case .reading(let error): error
    case .storing(let error): error
    case .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .noMirror:
      "name one with --mirror or CUPEL_MIRROR, or add it to the apt sources of this machine"
    case .noSnapshotMirror, .noDateInMirror:
      "set CUPEL_SNAPSHOT_MIRROR to URI or SUITE=URI with `{date}` where the date belongs, such as "
        + "https://snapshots.example/archive/debian/{date}"
    case .noKeyring: "install debian-archive-keyring, or name a keyring with --keyring"
    case .badKeyring:
      "convert it with `gpg --dearmor` to a file NAME.gpg, whose path has no blanks"
    case .archive(let fault): fault.hint
    case .noImage: "name an OCI image layout, a folder or a .tar file, with --image"
    case .blobMismatch: "the image may be damaged or hostile; get it again"
    case .badMirror: "write a URI such as https://mirror.example/debian, or SUITE=URI"
    case .unavailable:
      "check the network and the mirrors; if the mirrors no longer carry this version, run `cupel lock`"
    case .mismatch: "the mirror may be damaged or hostile; try another one with --mirror"
    case .architecture: "run `cupel lock` on this machine"
    case .packageNotKept: "run `cupel fetch` into a new store, or carry the rootfs as a tree"
    case .badPackage:
      "no packaging tool makes such a package; find out who published it before you try another"
    case .rootfsMismatch: "if the recipe or cupel has changed since, run `cupel lock`"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .badMirror, .noSnapshotMirror, .noDateInMirror, .badKeyring, .noImage: .usage
    case .archive, .badImage, .blobMismatch: .inputRejected
    case .mismatch, .badPackage, .rootfsMismatch, .architecture: .inputRejected
    case .occupied: .usage
    case .noMirror, .noKeyring, .unexpectedOutput, .unavailable, .packageNotKept: .hostUnsuitable
    case .apt(_, let error): error.exitCode
    case .reading(let error): error.exitCode
    case .storing(let error): error.exitCode
    case .system(_, let error): error.isNoSpace ? .limitReached : error.exitCode
    }
  }
}

/// Evaluates `body` and says what was being done where the system fails.
func doing<Value: ~Copyable>(
  _ task: @autoclosure () -> String, _ body: @autoclosure () throws(SystemError) -> Value
) throws(FetchingError) -> Value {
  do throws(SystemError) {
    return try body()
  } catch {
    throw .system(task(), error)
  }
}

/// Evaluates `body`, a use of the store.
func storing<Value: ~Copyable>(
  _ body: @autoclosure () throws(StoringError) -> Value
) throws(FetchingError) -> Value {
  do throws(StoringError) {
    return try body()
  } catch {
    throw .storing(error)
  }
}
