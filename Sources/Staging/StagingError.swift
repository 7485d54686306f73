public import Failing
public import Hashing
public import Linux
public import Planning
public import Reading
public import Storing

/// Why a project could not be staged.
public enum StagingError: Failure {
  // The project
  case noManifest(path: String)
  case notAManifest(path: String)
  case noLockFile(workspaceRoot: String)
  /// The commit to be exported has no Cargo.lock, though the folder has one.
  case lockFileNotCommitted(path: String, isIgnored: Bool)
  case badWorkspacePointer(manifest: String, position: Position, root: String)
  case notAMember(manifest: String, workspaceRoot: String)
  case memberMissing(manifest: String, member: String)
  case pathDependencyMissing(
    manifest: String, position: Position, dependency: String, path: String)
  case pathDependencyOutside(
    manifest: String, position: Position, dependency: String, path: String, sourceRoot: String)
  case projectOutside(project: String, sourceRoot: String)
  case hindrances([CargoConfig.Hindrance], file: String)

  // The source
  case gitMissing
  case gitFailed(operation: String, words: String)
  case foreignRepository(folder: String, words: String)
  case notARepository(folder: String)
  case revisionUnknown(String, folder: String)
  case revisionAmbiguous(String)
  case notACommit(revision: String, kind: String)
  /// An object whose contents are not those of its id.
  case objectDamaged(object: String, found: String, folder: String)
  case objectsDamaged(folder: String, words: String)
  case objectMissing(object: String, folder: String)
  /// The tree has changes; `isDemanded` where a clean commit is asked for.
  case dirty(files: [String], count: Int, isDemanded: Bool)
  /// A commit is to be built and there is none.
  case noCommit(folder: String, isTracked: Bool)
  case noSignedTag(commit: String, tags: [String])
  case lfsPointers(files: [String], count: Int)
  case tooManyFiles(limit: Int)
  case submodulesTooDeep(path: String, limit: Int)
  /// No repository at hand has the commit that the submodule is to be at.
  case submoduleCommitMissing(path: String, name: String?, commit: String, looked: [String])
  case submoduleMissing(path: String)
  case submoduleElsewhere(path: String, recorded: String, found: String)
  case nameNotText(path: String)
  case badName(path: String)
  case unsupportedKind(path: String, what: String)
  case symlinkOutside(path: String, target: String)
  /// A token or password of cargo's; nil where the file is nothing but such.
  case secretInSource(path: String, CargoConfig.Hindrance?)
  case fileTooLarge(path: String, size: Int64, limit: Int64)
  case emptySource(folder: String)

  // The crates
  case notVendored(crates: Int, example: String)
  case gitNotVendored(crate: String, url: String)
  /// Git packages that no vendor folder holds, each with its source.
  case gitNotFetched(crates: [String])
  case vendorFolderMissing(path: String, config: String?)
  case vendorRejected(folder: String, findings: [CrateFinding], count: Int)
  case cratesFolderMissing(path: String)
  case archivesRejected(folder: String?, findings: [CrateFinding], count: Int)
  /// Foreign crates whose level is lower than the one that is required.
  case levelTooLow(required: SourceLevel, crates: [CrateInput])
  case archiveHoldsChecksumFile(archive: String)
  case archiveInParts(archive: String)
  /// A folder with changes that neither an archive nor its own checksum file accounts for.
  case vendorFolderInTheWay(path: String)
  case sameCrateTwice(crate: String)
  case archiveUnreadable(archive: String, words: String)
  case archiveTooLarge(archive: String, limit: Int)
  case archive(String, any Failure)

  // The toolchain
  case notAToolchain(path: String, missing: String)
  case noRustInRootfs
  case pinNotSatisfied(file: String, pin: String, version: String)

  // A kit
  case kit(String, KitError)
  case planning(PlanningError)
  /// The record that a kit is to carry is not of the plan that it carries.
  case recordOfOtherPlan(record: Digest, plan: Digest)
  /// What is in the place of a kit that is to be written.
  case notAKit(path: String)

  // Underneath
  case reading(ReadingError)
  case storing(StoringError)
  case command(CommandError)
  case system(String, SystemError)

  public var message: String {
    switch self {
    case .noManifest(let path):
      "looking for a project: no Cargo.toml in \(path) or in any folder above it"
    case .notAManifest(let path):
      "looking for a project: \(path) is neither a folder nor a Cargo.toml"
    case .noLockFile(let root):
      "reading \(root)/Cargo.lock: there is no such file"
    case .lockFileNotCommitted(let path, let isIgnored):
      "exporting the commit: it has no \(path), "
        + (isIgnored ? "which .gitignore names" : "which is not tracked")
    case .badWorkspacePointer(let manifest, let position, let root):
      "reading \(manifest):\(position): package.workspace points to \(root), which has no "
        + "Cargo.toml with a [workspace]"
    case .notAMember(let manifest, let root):
      "finding the workspace of \(manifest): \(root)/Cargo.toml neither names it as a member nor "
        + "excludes it"
    case .memberMissing(let manifest, let member):
      "reading \(manifest): the workspace member \(member) has no Cargo.toml"
    case .pathDependencyMissing(let manifest, let position, let dependency, let path):
      "reading \(manifest):\(position): the dependency \(dependency) is to be at \(path), where "
        + "there is no Cargo.toml"
    case .pathDependencyOutside(let manifest, let position, let dependency, let path, let root):
      "reading \(manifest):\(position): the dependency \(dependency) is at \(path), outside the "
        + "source root \(root)"
    case .projectOutside(let project, let root):
      "staging \(project): it is outside the source root \(root)"
    case .hindrances(let hindrances, let file):
      "reading \(file): "
        + hindrances.map { "\($0.key) in line \($0.position.line) cannot work: \($0.reason)" }
        .joined(separator: "; ")
    case .gitMissing:
      "running git, which tells the source's files from others: no such program"
    case .gitFailed(let operation, let words):
      "\(operation): \(words.isEmpty ? "git failed without a word" : words)"
    case .foreignRepository(let folder, _):
      "reading the git repository of \(folder), which belongs to another user"
    case .notARepository(let folder):
      "looking for the git repository of \(folder): there is none"
    case .revisionUnknown(let name, let folder):
      "looking for the commit \(name.printable): the repository \(folder) has no such commit or tag"
    case .revisionAmbiguous(let name):
      "looking for the commit \(name.printable): more than one thing has that name"
    case .notACommit(let name, let kind):
      "looking for the commit \(name.printable): it is a \(kind)"
    case .objectDamaged(let object, let found, let folder):
      "reading the objects of \(folder): the contents of \(object) are those of \(found)"
    case .objectsDamaged(let folder, let words):
      "reading the objects of \(folder): \(words)"
    case .objectMissing(let object, let folder):
      "reading the objects of \(folder): \(object) is missing"
    case .dirty(let files, let count, _):
      "exporting the commit: the git tree is dirty: \(Notice.list(files, of: count))"
    case .noCommit(let folder, let isTracked):
      "exporting the commit: \(folder) "
        + (isTracked ? "has no commit yet" : "is not tracked by git")
    case .noSignedTag(let commit, let tags):
      "exporting the commit: no tag of \(commit) has a good signature"
        + (tags.isEmpty ? ": it has no tag" : Self.list(tags, of: tags.count))
    case .lfsPointers(let files, let count):
      "exporting the commit: git-lfs keeps the contents of \(Notice.list(files, of: count)) "
        + "elsewhere, only pointers are here"
    case .tooManyFiles(let limit):
      "exporting the commit: it holds more than \(limit) files and folders"
    case .submodulesTooDeep(let path, let limit):
      "exporting the commit: the submodule \(path.printable) is nested more than \(limit) deep"
    case .submoduleCommitMissing(let path, let name, let commit, let looked):
      "exporting the commit: the submodule \(path.printable) is to be at \(commit), "
        + (looked.isEmpty
          ? name.map { "and there is no repository of it (its name is \($0.printable))" }
            ?? "and .gitmodules does not name it"
          : "which \(looked.map(\.printable).joined(separator: " and ")) "
            + (looked.count == 1 ? "does not have" : "do not have"))
    case .submoduleMissing(let path):
      "exporting the commit: the submodule \(path) is not checked out"
    case .submoduleElsewhere(let path, let recorded, let found):
      "exporting the commit: the submodule \(path) is at \(found), the commit records \(recorded)"
    case .nameNotText(let path):
      "staging \(path.printable), whose name is not UTF-8"
    case .badName(let path):
      "staging \"\(path.printable)\", which is not a name that a tree can hold once"
    case .unsupportedKind(let path, let what):
      "staging \(path.printable), which is \(what)"
    case .symlinkOutside(let path, let target):
      "staging the symlink \(path.printable), which leads out of the source to "
        + target.printable
    case .secretInSource(let path, let secret):
      "staging \(path.printable): "
        + (secret.map { "\($0.key.printable) in line \($0.position.line) is a secret" }
          ?? "cargo keeps tokens in it")
        + ", which would be in the store and in the sandbox"
    case .fileTooLarge(let path, let size, let limit):
      "staging \(path.printable), whose \(size) bytes are more than the limit of \(limit)"
    case .emptySource(let folder):
      "staging \(folder), which has no file that git does not ignore"
    case .notVendored(let crates, let example):
      "looking for the crates that Cargo.lock names: no vendored sources are configured for "
        + "\(Notice.count(crates, "registry crate")) (\(example) for one)"
    case .gitNotVendored(let crate, let url):
      "looking for the crates that Cargo.lock names: \(crate) comes from the git repository \(url) "
        + "and is not vendored"
    case .gitNotFetched(let crates):
      "fetching the crates that Cargo.lock names: \(Notice.count(crates.count, "package")) of git "
        + "repositories \(crates.count == 1 ? "is" : "are") not vendored, and only cargo can make "
        + "crates of them"
        + Self.list(Array(crates.prefix(10)), of: crates.count)
    case .vendorFolderMissing(let path, let config):
      "reading the vendored crates in \(path): there is no such folder"
        + (config.map { " (\($0) names it)" } ?? "")
    case .vendorRejected(let folder, let findings, let count):
      "verifying the vendored crates in \(folder)"
        + Self.list(findings.map(\.text), of: count)
    case .cratesFolderMissing(let path):
      "reading the crate archives in \(path): there is no such folder"
    case .archivesRejected(let folder, let findings, let count):
      "verifying the crate archives" + (folder.map { " in \($0)" } ?? "")
        + Self.list(findings.map(\.text), of: count)
    case .levelTooLow(let required, let crates):
      "verifying the crates: `\(required.rawValue)` is required, and not reached"
        + Self.list(crates.map { "\($0.title) is \($0.level.rawValue)" }, of: crates.count)
    case .archiveHoldsChecksumFile(let archive):
      "unpacking \(archive): it holds a .cargo-checksum.json of its own"
    case .vendorFolderInTheWay(let path):
      "replacing \(path): it holds files that its .cargo-checksum.json does not account for"
    case .archiveInParts(let archive):
      "unpacking \(archive): it is more than one gzip stream"
    case .sameCrateTwice(let crate):
      "unpacking \(crate): Cargo.lock names it from two registries"
    case .archiveUnreadable(let archive, let words):
      "unpacking \(archive): \(words)"
    case .archiveTooLarge(let archive, let limit):
      "unpacking \(archive): its contents are larger than \(limit) bytes"
    case .archive(let archive, _):
      "unpacking \(archive)"
    case .notAToolchain(let path, let missing):
      "reading the toolchain \(path): it has no \(missing)"
    case .noRustInRootfs:
      "looking for a Rust toolchain in the rootfs: none of its packages is rustc or rustc-web"
    case .pinNotSatisfied(let file, let pin, let version):
      "reading \(file): it asks for the toolchain \(pin), the chosen one is \(version)"
    case .kit(let path, _): "reading the kit \(path)"
    case .planning: "planning the build again"
    case .recordOfOtherPlan(let record, let plan):
      "exporting a kit: the published build is of the plan \(record), the plan to export is \(plan)"
    case .notAKit(let path): "replacing \(path): it is no earlier kit"
    case .reading, .storing, .command: "staging the project"
    case .system(let operation, _): operation
    }
  }

  private static func hint(_ findings: [CrateFinding]) -> String {
    for finding in findings {
      switch finding.fact {
      case .missing: return "run `cargo vendor` again"
      case .differs:
        return "run `cupel vendor` to restore it, or declare the difference in cupel.toml as "
          + "[[source.patched]] (`cupel verify-sources` prints the lines)"
      case .otherPatch: return "look at what changed, and declare the tree anew in cupel.toml"
      default: continue
      }
    }
    return "run `cargo vendor` again and look at what changes"
  }

  /// One finding on its own line.
  private static func list(_ findings: [String], of count: Int) -> String {
    let more = count > findings.count ? ["and \(count - findings.count) more"] : []
    return ": " + (findings + more).map { "\n  \($0)" }.joined()
  }

  public var cause: (any Failure)? {
    switch self {
    case .archive(_, let error): error
    case .kit(_, let error): error
    case .planning(let error): error
    case .reading(let error): error
    case .storing(let error): error
    case .command(let error): error
    case .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .noManifest: "run it in a Cargo project, or name the project's folder"
    case .notAManifest: "name a project's folder or its Cargo.toml"
    case .noLockFile: "run `cargo generate-lockfile` and commit Cargo.lock"
    case .lockFileNotCommitted(let path, let isIgnored):
      isIgnored
        ? "take Cargo.lock out of .gitignore, then `git add \(path)` and commit it"
        : "run `git add \(path)` and commit it"
    case .badWorkspacePointer: "correct package.workspace"
    case .notAMember(_, let root):
      "add it to workspace.members or workspace.exclude in \(root)/Cargo.toml"
    case .memberMissing: "correct workspace.members, or add the missing folder"
    case .pathDependencyMissing: "add the missing folder, or correct the path"
    case .pathDependencyOutside, .projectOutside:
      "name a folder that holds the project and all its path dependencies with `--root DIR`"
    case .hindrances:
      "take the setting out, or set it in $CARGO_HOME/config.toml, which is not used"
    case .gitMissing: "install git (Debian and Ubuntu: `apt-get install git`) and try again"
    case .gitFailed: nil
    case .foreignRepository(_, let words): words
    case .notARepository: "name a folder in a git checkout, or a bare repository"
    case .revisionUnknown:
      "look for it with `git log --all`; a shallow clone gets more with `git fetch --unshallow`"
    case .revisionAmbiguous: "give the whole commit id, or refs/tags/NAME or refs/heads/NAME"
    case .notACommit: "name a commit or a tag of one"
    case .objectDamaged, .objectsDamaged:
      "`git fsck` names everything that is damaged; clone the repository anew"
    case .objectMissing:
      "`git fsck` names everything that is missing; `git fetch` gets it, or clone anew without "
        + "--filter"
    case .dirty(_, _, let isDemanded):
      isDemanded
        ? "commit or stash the changes; a clean commit is required"
        : "commit the changes, build the commit alone with `--rev HEAD`, or build the files as they "
          + "are with --allow-dirty"
    case .noCommit(_, let isTracked):
      isTracked
        ? "commit the project, or build the files as they are with --allow-dirty"
        : "commit the project to git; a clean commit is required"
    case .noSignedTag:
      "sign it with `git tag -s`, or name the signed tag with --rev; the signer's key has to be in "
        + "your gpg key ring or in your own gpg.ssh.allowedSignersFile"
    case .lfsPointers:
      "commit them without git-lfs (`git lfs migrate export`), or build a copy of the checkout "
        + "without .git, which is taken as it is"
    case .tooManyFiles: "leave what the build does not need out of the commit"
    case .submodulesTooDeep: "look at what the submodules hold"
    case .submoduleCommitMissing(let path, _, let commit, let looked):
      looked.isEmpty
        ? "check the commit out and run `git submodule update --init --recursive`"
        : "run `git -C \(path) fetch origin \(commit)`, or check the commit out and run `git submodule "
          + "update --init --recursive`"
    case .submoduleMissing, .submoduleElsewhere: "run `git submodule update --init --recursive`"
    case .nameNotText, .badName: "rename it"
    case .unsupportedKind: "remove it, or name it in .gitignore"
    case .symlinkOutside: "let it point to a file of the source, relative to its own folder"
    case .fileTooLarge: "remove it, or name it in .gitignore"
    case .secretInSource:
      "revoke it if it was committed; keep it outside the source, in CARGO_HOME/credentials.toml"
    case .emptySource: "look at .gitignore"
    case .notVendored:
      "run `cupel fetch` to get their archives, or name a folder of .crate files with "
        + "`--crates DIR` or a vendor folder with `--vendor DIR`"
    case .gitNotVendored, .gitNotFetched:
      "run `cargo vendor` and put the lines it prints into .cargo/config.toml, or name a vendor "
        + "folder with `--vendor DIR`"
    case .vendorFolderMissing: "run `cargo vendor`, or name the folder with `--vendor DIR`"
    case .vendorRejected(_, let findings, _): Self.hint(findings)
    case .cratesFolderMissing: "name a folder of .crate files or a cargo local registry"
    case .archivesRejected: "get the archives again from their registry"
    case .vendorFolderInTheWay:
      "move it away if the changes are not wanted, or declare them in cupel.toml as "
        + "[[source.patched]]"
    case .levelTooLow(.archive, _):
      "run `cupel fetch --anchor`, or give the archives with `--crates DIR`"
    case .levelTooLow(.patched, _):
      "run `cupel fetch --anchor`, or declare the difference in cupel.toml as "
        + "[[source.patched]]"
    case .levelTooLow: "take it from a registry and vendor it"
    case .sameCrateTwice: "use `cargo vendor` and `--vendor DIR`"
    case .archiveUnreadable, .archive, .archiveTooLarge, .archiveInParts,
      .archiveHoldsChecksumFile:
      "get the archive again from its registry"
    case .notAToolchain: "name a toolchain's folder, such as ~/.rustup/toolchains/NAME"
    case .noRustInRootfs: "use a recipe with a Rust toolchain, or name one with `--toolchain DIR`"
    case .pinNotSatisfied:
      "name a toolchain of that version with `--toolchain DIR`, or use a recipe that has it"
    case .recordOfOtherPlan:
      "give the options of the published build (`cupel plan` shows what they decide), or build again"
    case .notAKit: "name another file or folder with --out, or remove this one yourself"
    case .kit, .planning, .reading, .storing, .command, .system: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .noManifest, .notAManifest, .noLockFile, .lockFileNotCommitted, .badWorkspacePointer,
      .notAMember, .memberMissing, .pathDependencyMissing, .pathDependencyOutside, .projectOutside,
      .hindrances, .submoduleMissing, .submoduleElsewhere, .submoduleCommitMissing, .emptySource,
      .notARepository, .revisionUnknown, .revisionAmbiguous, .notACommit, .notVendored,
      .gitNotVendored, .vendorFolderMissing, .cratesFolderMissing, .notAToolchain, .noRustInRootfs,
      .pinNotSatisfied, .notAKit:
      .usage
    case .objectDamaged, .objectsDamaged, .objectMissing, .lfsPointers, .tooManyFiles,
      .submodulesTooDeep, .nameNotText, .badName, .unsupportedKind, .symlinkOutside, .fileTooLarge,
      .secretInSource, .gitNotFetched,
      .vendorRejected, .archivesRejected, .sameCrateTwice, .archiveInParts, .vendorFolderInTheWay,
      .archiveHoldsChecksumFile,
      .archiveUnreadable, .archiveTooLarge, .archive, .kit, .planning, .recordOfOtherPlan:
      .inputRejected
    case .dirty, .noCommit, .noSignedTag, .levelTooLow: .policyRefused
    case .gitMissing, .gitFailed, .foreignRepository: .hostUnsuitable
    case .reading(let error): error.exitCode
    case .storing(let error): error.exitCode
    case .command(let error): error.exitCode
    case .system(_, let error): error.isNotText ? .inputRejected : error.exitCode
    }
  }
}

/// Evaluates `body` and says what was being done where the system fails.
func doing<Value: ~Copyable>(
  _ operation: @autoclosure () -> String, _ body: @autoclosure () throws(SystemError) -> Value
) throws(StagingError) -> Value {
  do throws(SystemError) {
    return try body()
  } catch {
    throw .system(operation(), error)
  }
}

/// Evaluates `body` and carries its failure on.
func reading<Value>(
  _ body: @autoclosure () throws(ReadingError) -> Value
) throws(StagingError) -> Value {
  do throws(ReadingError) {
    return try body()
  } catch {
    throw .reading(error)
  }
}

/// Evaluates `body` and carries its failure on.
func storing<Value: ~Copyable>(
  _ body: @autoclosure () throws(StoringError) -> Value
) throws(StagingError) -> Value {
  do throws(StoringError) {
    return try body()
  } catch {
    throw .storing(error)
  }
}

/// Publishes a draft and carries its failure on.
func publish(_ draft: consuming Draft) throws(StagingError) -> StoredTree {
  do throws(StoringError) {
    return try draft.publish()
  } catch {
    throw .storing(error)
  }
}
