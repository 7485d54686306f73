import Failing
import Hashing
import Linux
import Planning
import Storing
import Testing

@testable import Staging

/// Commits by `--rev`, from repositories of every shape.
@Suite struct RevisionTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func export(
    _ name: String, _ project: String, leavesOutIgnored: Bool = false,
    notice: (Notice) -> Void = { _ in }
  ) throws(StagingError) -> ExportedRevision {
    try ExportedRevision.export(
      name, project: "\(scratch.path)/\(project)", leavesOutIgnored: leavesOutIgnored,
      into: scratch.store, notice: notice)
  }

  private func stage(
    _ name: String, _ project: String, _ change: (inout StagingRequest) -> Void = { _ in }
  ) throws(StagingError) -> StagedProject {
    var request = scratch.request(project)
    request.revision = try export(name, project)
    change(&request)
    return try StagedProject.stage(request, store: scratch.store)
  }

  private func repository(_ folder: String = "p", _ options: String = "") throws {
    try scratch.package("p", in: folder)
    try scratch.write("#!/bin/sh\r\n", to: "\(folder)/run.sh", permissions: 0o755)
    try FileSystem.makeSymlink("\(scratch.path)/\(folder)/link", to: "src/main.rs")
    try scratch.git("init -q \(options)", in: folder)
    try scratch.commitAll(in: folder)
  }

  // MARK: What is read

  @Test func buildsTheCommitWhateverTheWorkTreeIs() throws {
    try repository()
    let clean = try scratch.stage("p")
    let commit = try scratch.gitOutput("rev-parse HEAD", in: "p")
    try scratch.git("tag -a -m m v1", in: "p")
    try scratch.shell("rm -r src Cargo.toml; echo broken >Cargo.lock; mkfifo pipe", in: "p")
    for (project, name) in [("p", "HEAD"), ("p/src", "main"), ("p/Cargo.toml", "v1")] {
      let staged = try stage(name, project)
      #expect(staged.source == clean.source)
      #expect(staged.cargoLockDigest == clean.cargoLockDigest)
      #expect(staged.revision?.commit == commit)
      #expect(staged.revision?.requested == name)
      #expect(staged.notices == [])
    }
    let revision = try stage(commit, "p").revision
    #expect(revision?.tree == (try scratch.gitOutput("rev-parse HEAD^{tree}", in: "p")))
    #expect(revision?.tags.map(\.name) == ["v1"])
    #expect(revision?.tags.first?.object == (try scratch.gitOutput("rev-parse v1", in: "p")))
    #expect(revision?.words == "commit \(commit), tag v1 (not signed)")
  }

  @Test(arguments: ["sha1", "sha256"]) func readsRepositoriesOfEveryShape(format: String) throws {
    try repository("p", "--object-format=\(format)")
    let clean = try scratch.stage("p")
    #expect(clean.source.commit?.utf8.count == (format == "sha1" ? 40 : 64))
    try scratch.write("second\n", to: "p/second")
    try scratch.git("add second", in: "p")
    try scratch.git("commit -q -m two", in: "p")
    try scratch.git("clone -q --bare p bare.git", in: "")
    try scratch.git("clone -q --depth 1 file://\(scratch.path)/p shallow", in: "")
    try scratch.git("worktree add -q ../linked HEAD~1", in: "p")
    try scratch.git("gc -q", in: "p")
    #expect(try stage("HEAD~1", "p").source == clean.source)
    #expect(try stage("HEAD~1", "bare.git").source == clean.source)
    #expect(try stage("HEAD", "linked").source == clean.source)
    #expect(try stage("main", "linked").source == (try stage("HEAD", "shallow")).source)
    expectFailure(
      "looking for the commit HEAD~1: the repository ~/shallow has no such commit or tag",
      hint: "look for it with `git log --all`; a shallow clone gets more with `git fetch "
        + "--unshallow`", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try export("HEAD~1", "shallow") }
    // A borrowed object is as good as an own one.
    try scratch.git("clone -q --shared p borrower", in: "")
    #expect(try stage("HEAD~1", "borrower").source == clean.source)
  }

  @Test func convertsNothing() throws {
    try scratch.package("p", in: "p")
    try scratch.write("a\nb\n", to: "p/text")
    try scratch.write("$Id$ $Format:%H$\n", to: "p/id")
    try scratch.write("* text=auto\nid ident export-subst\n", to: "p/.gitattributes")
    try scratch.commitAll(in: "p")
    try scratch.git("config core.autocrlf true", in: "p")
    try scratch.shell("rm text id && git checkout -q -- text id", in: "p")
    // This is what a work tree with autocrlf looks like.
    #expect(try FileSystem.read("\(scratch.path)/p/text") == Array("a\r\nb\r\n".utf8))
    for staged in [try stage("HEAD", "p"), try scratch.stage("p")] {
      #expect(try scratch.staged(staged, "text") == "a\nb\n")
      #expect(try scratch.staged(staged, "id") == "$Id$ $Format:%H$\n")
    }
  }

  @Test func leavesOutWhatArchivesLeaveOutIfAsked() throws {
    try scratch.package("p", in: "p")
    try scratch.write("x", to: "p/docs/page")
    try scratch.write("x", to: "p/src/notes.txt")
    try scratch.write("x", to: "p/keep.txt")
    try scratch.write(
      "docs/ export-ignore\n*.txt export-ignore\nkeep.txt -export-ignore\n.gitattributes "
        + "export-ignore\n", to: "p/.gitattributes")
    try scratch.commitAll(in: "p")
    // What the repository's own folder says is no part of the commit.
    try scratch.write("Cargo.toml export-ignore\n", to: "p/.git/info/attributes")
    let whole = try export("HEAD", "p")
    let part = try export("HEAD", "p", leavesOutIgnored: true)
    #expect(try scratch.store.tree(whole.tree.digest).fileCount == 7)
    #expect(
      try scratch.store.tree(part.tree.digest).allFiles().map(\.path)
        == ["Cargo.lock", "Cargo.toml", "keep.txt", "src/main.rs"])
    #expect(part.revision.leavesOutIgnored)
  }

  @Test func refusesPointersWhereTheFilterApplies() throws {
    try scratch.package("p", in: "p")
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    try scratch.write(pointer, to: "p/data/big.bin")
    try scratch.write(pointer, to: "p/example")
    try scratch.write("*.bin filter=lfs diff=lfs\n", to: "p/data/.gitattributes")
    try scratch.commitAll(in: "p")
    do throws(StagingError) {
      _ = try export("HEAD", "p")
      Issue.record("it was exported")
    } catch {
      #expect(
        error.message
          == "exporting the commit: git-lfs keeps the contents of data/big.bin elsewhere, only "
          + "pointers are here")
      #expect(error.exitCode == .inputRejected)
    }
    try scratch.git("rm -q data/.gitattributes", in: "p")
    try scratch.git("commit -q -m two", in: "p")
    var notices: [Notice] = []
    _ = try export("HEAD", "p") { notices.append($0) }
    #expect(notices == [.gitLFSPointers(files: ["example", "data/big.bin"], count: 2)])
  }

  @Test func stagesAFolderOfTheCommit() throws {
    try scratch.write("shared\n", to: "repo/shared.txt")
    try scratch.package("lib", in: "repo/lib")
    try scratch.commitAll(in: "repo")
    try scratch.shell("rm -r lib", in: "repo")
    let whole = try stage("HEAD", "repo/lib")
    #expect(whole.source.projectPath == "lib")
    #expect(try scratch.files(whole).contains("shared.txt"))
    let part = try stage("HEAD", "repo/lib") { $0.root = "\(scratch.path)/repo/lib" }
    #expect(part.source.projectPath == "")
    #expect(try scratch.files(part) == ["Cargo.lock", "Cargo.toml", "src/main.rs"])
    expectFailure(
      "staging ~/repo/lib: it is outside the source root ~/elsewhere",
      hint: "name a folder that holds the project and all its path dependencies with `--root DIR`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in
      _ = try stage("HEAD", "repo/lib") { $0.root = "\(scratch.path)/elsewhere" }
    }
  }

  @Test func resolvesPathsOfCupelTOML() throws {
    try scratch.package("p", in: "repo/p")
    try scratch.commitAll(in: "repo")
    let revision = try export("HEAD", "repo/p")
    #expect(revision.path("../vendor") == "\(revision.folder)/vendor")
    #expect(revision.path("../../crates") == "\(scratch.path)/crates")
    #expect(revision.path("/opt/crates") == "/opt/crates")
    let failure = revision.describing(
      StagingError.noManifest(path: "\(revision.folder)/p"))
    #expect(
      failure.message == "looking for a project: no Cargo.toml in HEAD:p or in any folder above it")
  }

  // MARK: Names

  @Test func refusesNamesThatAreNoCommit() throws {
    try repository()
    for name in ["nothing", "--all", "", "HEAD:nothing"] {
      do throws(StagingError) {
        _ = try export(name, "p")
        Issue.record("\(name) was exported")
      } catch {
        guard case .revisionUnknown(name, _) = error else {
          Issue.record("\(error.message)")
          continue
        }
      }
    }
    expectFailure(
      "looking for the commit HEAD:src: it is a tree", hint: "name a commit or a tag of one",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try export("HEAD:src", "p") }
    try scratch.git("branch same", in: "p")
    try scratch.git("tag same", in: "p")
    try scratch.git("config core.warnAmbiguousRefs false", in: "p")
    expectFailure(
      "looking for the commit same: more than one thing has that name",
      hint: "give the whole commit id, or refs/tags/NAME or refs/heads/NAME", exit: .usage,
      in: scratch
    ) { () throws(StagingError) in _ = try export("same", "p") }
    #expect(try export("refs/tags/same", "p").revision.tags.map(\.name) == ["same"])
    try FileSystem.makeDirectories("\(scratch.path)/plain")
    expectFailure(
      "looking for the git repository of ~/plain: there is none",
      hint: "name a folder in a git checkout, or a bare repository", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try export("HEAD", "plain") }
  }

  @Test func replacementsAndGraftsDoNotCount() throws {
    try repository()
    let clean = try stage("HEAD", "p").source
    let first = try scratch.gitOutput("rev-parse HEAD", in: "p")
    try scratch.write("other\n", to: "p/other")
    try scratch.git("add other", in: "p")
    try scratch.git("commit -q -m two", in: "p")
    let second = try scratch.gitOutput("rev-parse HEAD", in: "p")
    try scratch.git("replace -f \(first) \(second)", in: "p")
    #expect(try stage(first, "p").source == clean)
    try scratch.write("third\n", to: "p/other")
    try scratch.git("commit -q -a -m three", in: "p")
    try scratch.write(
      "\(try scratch.gitOutput("rev-parse HEAD", in: "p")) \(first)\n", to: "p/.git/info/grafts")
    #expect(try export("HEAD~1", "p").revision.commit == second)
  }

  // MARK: Submodules

  /// p has lib as a submodule, lib has base.
  private func nested() throws {
    for name in ["base", "lib", "p"] { try scratch.package(name, in: "up/\(name)") }
    try scratch.commitAll(in: "up/base")
    try scratch.git("init -q", in: "up/lib")
    try scratch.git("submodule --quiet add \(scratch.path)/up/base 'the base'", in: "up/lib")
    try scratch.commitAll(in: "up/lib")
    try scratch.git("init -q", in: "up/p")
    try scratch.git("submodule --quiet add --name odd.name \(scratch.path)/up/lib lib", in: "up/p")
    try scratch.git("submodule --quiet update --init --recursive", in: "up/p")
    try scratch.commitAll(in: "up/p")
  }

  @Test func takesSubmodulesFromWhereTheirObjectsAre() throws {
    try nested()
    let clean = try scratch.stage("up/p")
    #expect(try scratch.files(clean).contains("lib/the base/src/main.rs"))
    #expect(clean.revision?.submodules.map(\.path) == ["lib", "lib/the base"])
    #expect(try stage("HEAD", "up/p").source == clean.source)
    // Without any checkout of theirs, and elsewhere checked out.
    try scratch.git("-C lib checkout -q --orphan other", in: "up/p")
    #expect(try stage("HEAD", "up/p").source == clean.source)
    try scratch.shell("rm -rf lib", in: "up/p")
    let staged = try stage("HEAD", "up/p")
    #expect(staged.source == clean.source)
    #expect(staged.revision?.submodules == clean.revision?.submodules)
    try scratch.git("worktree add -q ../linked", in: "up/p")
    #expect(try stage("HEAD", "up/linked").source == clean.source)
  }

  @Test func namesASubmoduleThatIsNotThere() throws {
    try nested()
    let commit = try scratch.gitOutput("rev-parse HEAD", in: "up/lib")
    let base = try scratch.gitOutput("rev-parse HEAD", in: "up/base")
    try scratch.git("clone -q p clone", in: "up")
    expectFailure(
      "exporting the commit: the submodule lib is to be at \(commit), and there is no repository of "
        + "it (its name is odd.name)",
      hint: "check the commit out and run `git submodule update --init --recursive`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try export("HEAD", "up/clone") }
    try scratch.shell("rm -r '.git/modules/odd.name/modules' 'lib/the base'", in: "up/p")
    try scratch.git("clone -q base 'p/lib/the base'", in: "up")
    try scratch.shell("rm -rf .git/objects/* && git init -q", in: "up/p/lib/the base")
    expectFailure(
      "exporting the commit: the submodule lib/the base is to be at \(base), which ~/up/p/lib/the "
        + "base does not have",
      hint: "run `git -C lib/the base fetch origin \(base)`, or check the commit out and run `git "
        + "submodule update --init --recursive`", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try export("HEAD", "up/p") }
  }

  @Test func submoduleNamesLeadNowhereElse() throws {
    try nested()
    try scratch.shell("mv up/p/.git/modules/odd.name up/p/.git/elsewhere && rm -rf up/p/lib")
    try scratch.shell("sed -i 's,odd.name,../elsewhere,' .gitmodules", in: "up/p")
    try scratch.git("commit -q -m name .gitmodules", in: "up/p")
    do throws(StagingError) {
      _ = try export("HEAD", "up/p")
      Issue.record("it was exported")
    } catch {
      guard case .submoduleCommitMissing("lib", "../elsewhere", _, []) = error else {
        Issue.record("\(error.message)")
        return
      }
    }
  }

  // MARK: Damage

  /// Replaces a loose object by one whose contents are others, well formed.
  private func tamper(_ id: String, _ kind: String, _ contents: String, in folder: String) throws {
    try scratch.write(
      """
      import sys, zlib
      kind, path, contents = sys.argv[1:]
      bytes = eval(contents)
      data = kind.encode() + b' %d\\0' % len(bytes) + bytes
      open(path, 'wb').write(zlib.compress(data))
      """, to: "tamper.py")
    let path = ".git/objects/\(id.prefix(2))/\(id.dropFirst(2))"
    try scratch.shell(
      "chmod u+w \(path) && python3 \(scratch.path)/tamper.py \(kind) \(path) \"\(contents)\"",
      in: folder)
  }

  @Test(arguments: ["sha1", "sha256"]) func noticesTamperedObjects(format: String) throws {
    for (name, kind, contents) in [
      ("HEAD:src/main.rs", "blob", "b'fn main() {}'"),
      ("HEAD:src", "tree", "b''"),
      ("HEAD", "commit", "b'tree ' + b'4b825dc642cb6eb9a060e54bf8d69288fbee4904' + b'\\\\n'"),
    ] {
      try scratch.shell("rm -rf p")
      try repository("p", "--object-format=\(format)")
      let id = try scratch.gitOutput("rev-parse \(name)", in: "p")
      try tamper(id, kind, contents, in: "p")
      do throws(StagingError) {
        _ = try export("main", "p")
        Issue.record("a tampered \(kind) was exported")
      } catch {
        guard case .objectDamaged(id, _, _) = error else {
          Issue.record("\(error.message)")
          continue
        }
        #expect(error.exitCode == .inputRejected)
      }
    }
  }

  @Test func noticesMissingAndBrokenObjects() throws {
    try repository()
    let id = try scratch.gitOutput("rev-parse HEAD:src/main.rs", in: "p")
    let path = ".git/objects/\(id.prefix(2))/\(id.dropFirst(2))"
    try scratch.shell("chmod u+w \(path) && printf junk >\(path)", in: "p")
    do throws(StagingError) {
      _ = try export("HEAD", "p")
      Issue.record("a broken object was exported")
    } catch {
      #expect(error.exitCode == .inputRejected)
    }
    try scratch.shell("rm -f \(path)", in: "p")
    expectFailure(
      "reading the objects of ~/p: \(id) is missing",
      hint: "`git fsck` names everything that is missing; `git fetch` gets it, or clone anew "
        + "without --filter", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try export("HEAD", "p") }
  }

  @Test func refusesTreesThatGitWouldNotCheckOut() throws {
    try repository()
    for name in [".git", ".GIT", "..", "."] {
      let blob = try scratch.gitOutput("rev-parse HEAD:Cargo.toml", in: "p")
      try scratch.shell(
        """
        printf '100644 %s\\0' \(name) >entry
        printf \(blob) | sed 's/../\\\\x&/g' >escaped
        printf "$(cat escaped)" >>entry
        tree=$(git hash-object -t tree -w --literally entry)
        rm entry escaped
        git -c user.name=n -c user.email=e commit-tree -m odd $tree >.git/refs/heads/odd
        """, in: "p")
      do throws(StagingError) {
        _ = try export("odd", "p")
        Issue.record("\(name) was exported")
      } catch {
        guard case .badName(name) = error else {
          Issue.record("\(error.message)")
          continue
        }
      }
    }
  }

  @Test func boundsWhatASmallRepositoryUnfoldsTo() throws {
    try repository()
    try scratch.shell(
      """
      id=$(git rev-parse HEAD:Cargo.toml)
      tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '100644 blob %s\\tf%s\\n' $id $i; done \
        | git mktree)
      for depth in 1 2 3 4 5 6 7 8 9; do
        tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\tt%s\\n' $tree $i; done \
          | git mktree)
      done
      git -c user.name=n -c user.email=e commit-tree -m bomb $tree >.git/refs/heads/bomb
      """, in: "p")
    expectFailure(
      "exporting the commit: it holds more than 1000000 files and folders",
      hint: "leave what the build does not need out of the commit", exit: .inputRejected,
      in: scratch
    ) { () throws(StagingError) in _ = try export("bomb", "p") }
  }

  // MARK: Hostile repositories

  @Test func nothingOfTheRepositoryRuns() throws {
    try nested()
    try scratch.write("*.rs filter=evil diff=evil text\n", to: "up/p/.gitattributes")
    try scratch.git("add .gitattributes", in: "up/p")
    try scratch.git("commit -q -m attributes", in: "up/p")
    let ran = "\(scratch.path)/ran"
    let evil = "\(scratch.path)/evil"
    try scratch.write("#!/bin/sh\necho \"$0 $*\" >>\(ran)\n", to: "evil", permissions: 0o755)
    try scratch.shell(
      "mkdir hooks; for h in post-checkout post-index-change fsmonitor-watchman reference-transaction; "
        + "do cp evil hooks/$h; done")
    try scratch.write("[core]\n\tfsmonitor = \(evil)\n", to: "included")
    for folder in ["up/p", "up/p/lib"] {
      for setting in [
        "core.fsmonitor \(evil)", "core.sshCommand \(evil)", "core.hooksPath \(scratch.path)/hooks",
        "core.pager \(evil)", "core.editor \(evil)", "core.alternateRefsCommand \(evil)",
        "core.gitProxy \(evil)", "filter.evil.smudge \(evil)", "filter.evil.clean \(evil)",
        "filter.evil.process \(evil)", "filter.evil.required true", "diff.evil.textconv \(evil)",
        "diff.evil.command \(evil)", "diff.external \(evil)", "gpg.program \(evil)",
        "gpg.ssh.program \(evil)", "gpg.x509.program \(evil)", "credential.helper \(evil)",
        "remote.origin.url ext::\(evil)", "remote.origin.uploadpack \(evil)",
        "remote.origin.promisor true", "remote.origin.partialclonefilter blob:none",
        "extensions.partialClone origin", "core.repositoryFormatVersion 1", "safe.directory '*'",
        "include.path \(scratch.path)/included", "alias.cat-file '!\(evil)'",
        "tar.umask user", "log.showSignature true", "submodule.recurse true",
      ] {
        try scratch.git("config \(setting)", in: folder)
      }
    }
    try scratch.keys()
    try scratch.signedTag("v1", in: "up/p")
    // Git itself runs it.
    try scratch.shell("git status >/dev/null 2>&1 || true", in: "up/p")
    try FileSystem.remove(ran)
    let staged = try stage("v1", "up/p")
    #expect(staged.revision?.tags.first?.signature.status == .unknownKey)
    _ = try export("v1", "up/p", leavesOutIgnored: true)
    _ = try scratch.stage("up/p") { $0.allowDirty = true }
    // A missing object is not fetched from the remote that promises it, wherever that is.
    let blob = try scratch.gitOutput("rev-parse HEAD:Cargo.lock", in: "up/p")
    try scratch.shell("rm -f .git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))", in: "up/p")
    for url in ["ext::\(evil)", "\(scratch.path)/up/p", "ssh://localhost/x", "file:///x"] {
      try scratch.git("config remote.origin.url \(url)", in: "up/p")
      do throws(StagingError) {
        _ = try export("v1", "up/p")
        Issue.record("a missing object came from \(url)")
      } catch {
        #expect(error.exitCode == .inputRejected, "\(error.message)")
      }
    }
    #expect(!FileSystem.exists(ran))
  }

  @Test func aRepositoryOfAnotherUserIsRefused() throws {
    guard Machine.userID == 0 else { return }
    try repository()
    try scratch.git("clone -q --bare p bare.git", in: "")
    try scratch.git("config safe.directory '*'", in: "p")
    try scratch.shell("chown -R 65534:65534 p bare.git")
    for folder in ["p", "bare.git"] {
      do throws(StagingError) {
        _ = try export("HEAD", folder)
        Issue.record("\(folder) was read")
      } catch {
        guard case .foreignRepository = error else {
          Issue.record("\(error.message)")
          continue
        }
      }
    }
  }
}

extension Scratch {
  /// A throw-away SSH key, `key`.
  func keys() throws {
    try shell("[ -f key ] || ssh-keygen -q -t ed25519 -N '' -C '' -f key")
  }

  /// A tag that the SSH key signs.
  func signedTag(_ name: String, in folder: String) throws {
    try git(
      "-c gpg.format=ssh -c gpg.ssh.program=ssh-keygen -c user.signingKey=\(path)/key "
        + "-c core.hooksPath=/dev/null tag -s -m m \(name)", in: folder)
  }
}
