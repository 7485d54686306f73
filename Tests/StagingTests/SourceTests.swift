import Failing
import Hashing
import Linux
import Planning
import Storing
import Testing

@testable import Staging

@Suite struct SourceTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  // MARK: Commits

  @Test func exportsExactlyTheCommit() throws {
    try scratch.package("p", in: "p")
    try scratch.write("#!/bin/sh\r\n", to: "p/run.sh", permissions: 0o755)
    try scratch.write(
      "* text eol=lf\nrun.sh export-ignore\nid export-subst ident\n",
      to: "p/.gitattributes")
    try scratch.write("$Id$ $Format:%H$\n", to: "p/id")
    try scratch.write("odd\n", to: "p/odd name\nwith \"é\" and a newline")
    try FileSystem.makeSymlink("\(scratch.path)/p/link", to: "src/main.rs")
    try scratch.commitAll(in: "p")
    try scratch.write("junk", to: "p/ignored/junk")
    try scratch.write("ignored\n", to: "p/.git/info/exclude")
    let staged = try scratch.stage("p/src")
    #expect(
      try scratch.files(staged) == [
        ".gitattributes", "Cargo.lock", "Cargo.toml", "id",
        "odd name\nwith \"é\" and a newline", "run.sh", "src/main.rs",
      ])
    #expect(try scratch.staged(staged, "id") == "$Id$ $Format:%H$\n")
    #expect(try scratch.store.tree(staged.source.digest).symlinks.map(\.target) == ["src/main.rs"])
    let executable = try scratch.store.tree(staged.source.digest).files.filter(\.isExecutable)
    #expect(executable.map(\.name) == ["run.sh"])
    #expect(staged.source.commit?.utf8.count == 40)
    #expect(!staged.source.isDirty)
    #expect(staged.source.epoch == 1_600_000_001)
    #expect(staged.source.epochOrigin == .commit)
    #expect(staged.source.projectPath == "")
    #expect(staged.notices == [])
    #expect(
      staged.cargoLockDigest == Digest.hashing(try FileSystem.read("\(scratch.path)/p/Cargo.lock")))
  }

  @Test func twoFoldersAndTwoUsersGiveOneDigest() throws {
    try scratch.package("p", in: "one/p")
    try scratch.write("#!/bin/sh\n", to: "one/p/run.sh", permissions: 0o755)
    try scratch.commitAll(in: "one/p")
    try scratch.shell(
      "mkdir -p 'other place' && cp -r one/p 'other place/q' && umask 077 && cp -r one/p third")
    let first = try scratch.stage("one/p").source
    #expect(try scratch.stage("other place/q").source == first)
    let plain = try scratch.stage("third").source
    #expect(plain == first)
    try scratch.shell("rm -rf one/p/.git 'other place/q/.git' && chmod 700 'other place/q/run.sh'")
    let untracked = try scratch.stage("one/p").source
    #expect(try scratch.stage("other place/q").source.digest == untracked.digest)
    #expect(untracked.digest == first.digest)
  }

  @Test func anotherUserGetsTheSameDigest() throws {
    guard Machine.userID == 0 else { return }
    try scratch.package("p", in: "p")
    try scratch.commitAll(in: "p")
    let own = try scratch.stage("p").source
    try scratch.shell("chown -R 65534:65534 p")
    do {
      _ = try scratch.stage("p")
      Issue.record("a repository of another user was read")
    } catch {
      #expect(
        error.message
          == "reading the git repository of \(scratch.path)/p, which belongs to another user")
      #expect(
        error.hint
          == "if you trust it, run `git config --global --add safe.directory \(scratch.path)/p`")
      #expect(error.exitCode == .hostUnsuitable)
    }
    try scratch.shell("rm -rf p/.git")
    #expect(try scratch.stage("p").source.digest == own.digest)
  }

  @Test func takesTheRepositoryAsTheRoot() throws {
    try scratch.write("shared\n", to: "repo/shared.txt")
    try scratch.package("lib", in: "repo/lib")
    try scratch.package(
      "p", in: "repo/deep/p", more: "[dependencies]\nlib = { path = \"../../lib\" }\n")
    try scratch.commitAll(in: "repo")
    let staged = try scratch.stage("repo/deep/p")
    #expect(staged.source.projectPath == "deep/p")
    #expect(staged.sourceRoot == "\(scratch.path)/repo")
    #expect(try scratch.files(staged).contains("shared.txt"))
    // A root inside the checkout stages that part of the commit.
    expectFailure(
      "reading ~/repo/deep/p/Cargo.toml:6:16: the dependency lib is at ../../lib, outside the source "
        + "root ~/repo/deep",
      hint: "name a folder that holds the project and all its path dependencies with `--root DIR`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in
      _ = try scratch.stage("repo/deep/p") { $0.root = "\(scratch.path)/repo/deep" }
    }
    let part = try scratch.stage("repo/lib") { $0.root = "\(scratch.path)/repo/lib" }
    #expect(try scratch.files(part) == ["Cargo.lock", "Cargo.toml", "src/main.rs"])
    #expect(part.source.commit == staged.source.commit)
    expectFailure(
      "staging ~/repo/deep/p: it is outside the source root ~/repo/lib",
      hint: "name a folder that holds the project and all its path dependencies with `--root DIR`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in
      _ = try scratch.stage("repo/deep/p") { $0.root = "\(scratch.path)/repo/lib" }
    }
  }

  @Test func refusesPathDependenciesOutsideTheRepository() throws {
    try scratch.package("lib", in: "lib")
    try scratch.package("p", in: "p", more: "[dependencies]\nlib = { path = \"../lib\" }\n")
    try scratch.commitAll(in: "p")
    expectFailure(
      "reading ~/p/Cargo.toml:6:16: the dependency lib is at ../lib, outside the source root ~/p",
      hint: "name a folder that holds the project and all its path dependencies with `--root DIR`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
    let staged = try scratch.stage("p") {
      $0.root = scratch.path
      $0.output = "\(scratch.path)/store"
    }
    #expect(staged.source.projectPath == "p")
    #expect(
      try scratch.files(staged) == [
        "lib/Cargo.lock", "lib/Cargo.toml", "lib/src/main.rs", "p/Cargo.lock", "p/Cargo.toml",
        "p/src/main.rs",
      ])
    #expect(staged.source.commit == nil)
  }

  @Test func namesALockThatIsNotCommitted() throws {
    try scratch.package("p", in: "repo/p")
    try scratch.write("Cargo.lock\n", to: "repo/p/.gitignore")
    try scratch.git("init -q", in: "repo")
    try scratch.git("add .", in: "repo")
    try scratch.git("commit -q -m one", in: "repo")
    expectFailure(
      "exporting the commit: it has no p/Cargo.lock, which .gitignore names",
      hint: "take Cargo.lock out of .gitignore, then `git add p/Cargo.lock` and commit it",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("repo/p") }
  }

  @Test func readsTheCommitWhateverTheConfigurationRuns() throws {
    try scratch.package("p", in: "p")
    try scratch.commitAll(in: "p")
    let ran = "\(scratch.path)/ran"
    try scratch.write("#!/bin/sh\ntouch \(ran)\n", to: "hook", permissions: 0o755)
    try scratch.shell("mkdir hooks && cp hook hooks/post-index-change && cp hook hooks/fsmonitor")
    try scratch.git("config core.fsmonitor \(scratch.path)/hook", in: "p")
    try scratch.git("config filter.odd.name.clean \(scratch.path)/hook", in: "p")
    try scratch.git("config filter.odd.name.required true", in: "p")
    try scratch.write("* filter=odd.name\n", to: "p/.git/info/attributes")
    try scratch.git("config core.hooksPath \(scratch.path)/hooks", in: "p")
    _ = try scratch.stage("p")
    #expect(!FileSystem.exists(ran))
  }

  @Test func exportsLargeAndEmptyFilesAndOddNames() throws {
    try scratch.package("p", in: "p")
    try scratch.shell(
      "head -c 700001 /dev/urandom >big && : >empty && head -c 262144 /dev/urandom >even", in: "p")
    // To Swift, a slash with a combining mark is another character.
    try scratch.write("x", to: "p/dir\u{E9}/y")
    try scratch.shell("mkdir -p d/e && printf x >\"d/e/$(printf '\\314\\201')x\"", in: "p")
    let plain = try scratch.stage("p")
    try scratch.commitAll(in: "p")
    let commit = try scratch.stage("p")
    #expect(commit.source.digest == plain.source.digest)
    #expect(!commit.source.isDirty)
    #expect(try scratch.files(commit).count == 8)
  }

  @Test func reportsPointersOfGitLFS() throws {
    try scratch.package("p", in: "p")
    try scratch.write(
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", to: "p/big.bin")
    try scratch.commitAll(in: "p")
    let staged = try scratch.stage("p")
    #expect(
      staged.notices.map(\.text) == [
        "the commit holds what looks like git-lfs pointers, and .gitattributes says nothing of them "
          + "(big.bin)"
      ])
    try scratch.write("*.bin filter=lfs\n", to: "p/.gitattributes")
    try scratch.commitAll(in: "p")
    let message =
      "exporting the commit: git-lfs keeps the contents of big.bin elsewhere, only pointers are here"
    let hint =
      "commit them without git-lfs (`git lfs migrate export`), or build a copy of the checkout "
      + "without .git, which is taken as it is"
    expectFailure(message, hint: hint, exit: .inputRejected, in: scratch) {
      () throws(StagingError) in _ = try scratch.stage("p")
    }
    try scratch.write("new\n", to: "p/new")
    expectFailure(message, hint: hint, exit: .inputRejected, in: scratch) {
      () throws(StagingError) in _ = try scratch.stage("p") { $0.allowDirty = true }
    }
    // What git-lfs would have put there.
    try scratch.write("contents\n", to: "p/big.bin")
    #expect(
      try scratch.staged(scratch.stage("p") { $0.allowDirty = true }, "big.bin") == "contents\n")
  }

  // MARK: Submodules

  private func superproject() throws {
    try scratch.package("lib", in: "upstream")
    try scratch.commitAll(in: "upstream")
    try scratch.package("p", in: "p", more: "[dependencies]\nlib = { path = \"vendored lib\" }\n")
    try scratch.git("init -q", in: "p")
    try scratch.git("submodule --quiet add \(scratch.path)/upstream 'vendored lib'", in: "p")
    try scratch.commitAll(in: "p")
  }

  @Test func exportsSubmodules() throws {
    try superproject()
    let staged = try scratch.stage("p")
    #expect(
      try scratch.files(staged) == [
        ".gitmodules", "Cargo.lock", "Cargo.toml", "src/main.rs", "vendored lib/Cargo.lock",
        "vendored lib/Cargo.toml", "vendored lib/src/main.rs",
      ])
    #expect(!staged.source.isDirty)
    try scratch.write("changed\n", to: "p/vendored lib/src/main.rs")
    let dirty = try scratch.stage("p") { $0.allowDirty = true }
    #expect(dirty.source.isDirty)
    #expect(dirty.revision?.changes?.count == 1)
    #expect(try scratch.staged(dirty, "vendored lib/src/main.rs") == "changed\n")
    #expect(
      dirty.notices.first?.text
        == "the git tree is dirty: its files are taken as they are (vendored lib/src/main.rs)")
  }

  @Test func refusesSubmodulesThatAreElsewhere() throws {
    try superproject()
    try scratch.write("changed\n", to: "p/vendored lib/src/main.rs")
    try scratch.git("commit -q -a -m two", in: "p/vendored lib")
    do {
      _ = try scratch.stage("p")
      Issue.record("a submodule at another commit was staged")
    } catch {
      #expect(error.message.hasPrefix("exporting the commit: the submodule vendored lib is at "))
      #expect(error.message.contains(", the commit records "))
      #expect(error.hint == "run `git submodule update --init --recursive`")
      #expect(error.exitCode == .usage)
    }
    try scratch.shell("git clone -q p clone")
    try scratch.package("lib", in: "clone/vendored lib")
    try FileSystem.remove("\(scratch.path)/clone/vendored lib/Cargo.lock")
    expectFailure(
      "exporting the commit: the submodule vendored lib is not checked out",
      hint: "run `git submodule update --init --recursive`", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("clone") }
  }

  // MARK: Dirty trees

  @Test func takesADirtyTreeAsItIs() throws {
    try scratch.package("p", in: "p")
    try scratch.write("gone\n", to: "p/gone")
    try scratch.write("*.log\n", to: "p/.gitignore")
    try scratch.commitAll(in: "p")
    try FileSystem.remove("\(scratch.path)/p/gone")
    try scratch.write("new\n", to: "p/new")
    try scratch.write("log\n", to: "p/x.log")
    expectFailure(
      "exporting the commit: the git tree is dirty: gone, new",
      hint: "commit the changes, build the commit alone with `--rev HEAD`, or build the files as "
        + "they are with --allow-dirty", exit: .policyRefused, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
    let staged = try scratch.stage("p") { $0.allowDirty = true }
    #expect(
      try scratch.files(staged) == [
        ".gitignore", "Cargo.lock", "Cargo.toml", "new", "src/main.rs",
      ])
    #expect(staged.source.isDirty)
    #expect(staged.source.commit != nil)
    #expect(staged.source.epoch == 1_600_000_001)
    #expect(staged.notices == [.dirtyTree(files: ["gone", "new"], count: 2)])
    expectFailure(
      "exporting the commit: the git tree is dirty: gone, new",
      hint: "commit or stash the changes; a clean commit is required", exit: .policyRefused,
      in: scratch
    ) { () throws(StagingError) in
      _ = try scratch.stage("p") {
        $0.requireClean = true
        $0.allowDirty = true
      }
    }
  }

  @Test func recordsWhatADirtyTreeDiffersIn() throws {
    try scratch.package("p", in: "p")
    try scratch.write("gone\n", to: "p/gone")
    try scratch.write("a\r\n", to: "p/lines")
    try scratch.write("lines text eol=crlf\n", to: "p/.gitattributes")
    try scratch.commitAll(in: "p")
    try scratch.shell("rm gone; chmod 755 src/main.rs; ln -s src here; printf new >new", in: "p")
    let list = """
      [{"commit":"100644 \(try scratch.gitOutput("rev-parse HEAD:gone", in: "p"))",\
      "path":"gone","staged":null},\
      {"commit":null,"path":"here","staged":"120000 \(Digest.hashing("src"))"},\
      {"commit":"100644 \(try scratch.gitOutput("rev-parse HEAD:lines", in: "p"))",\
      "path":"lines","staged":"100644 \(Digest.hashing("a\r\n"))"},\
      {"commit":null,"path":"new","staged":"100644 \(Digest.hashing("new"))"},\
      {"commit":"100644 \(try scratch.gitOutput("rev-parse HEAD:src/main.rs", in: "p"))",\
      "path":"src/main.rs","staged":"100755 \(Digest.hashing("fn main() {}\n"))"}]
      """
    let revision = try scratch.stage("p") { $0.allowDirty = true }.revision
    #expect(revision?.changes?.digest == .hashing(list))
    #expect(revision?.changes?.count == 5)
    // Git's index hides changes when it is told to; a tree that is dirty otherwise shows them.
    try scratch.git("update-index --assume-unchanged Cargo.toml", in: "p")
    try scratch.shell("echo >>Cargo.toml", in: "p")
    #expect(try scratch.stage("p") { $0.allowDirty = true }.revision?.changes?.count == 6)
  }

  @Test func refusesARepositoryWithoutACommit() throws {
    try scratch.package("p", in: "p")
    try scratch.git("init -q", in: "p")
    try scratch.git("add Cargo.toml", in: "p")
    expectFailure(
      "exporting the commit: ~/p has no commit yet",
      hint: "commit the project, or build the files as they are with --allow-dirty",
      exit: .policyRefused, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
    let staged = try scratch.stage("p") { $0.allowDirty = true }
    #expect(staged.source.isDirty)
    #expect(staged.revision == nil)
  }

  @Test func aFolderThatBecameASymlinkIsOne() throws {
    try scratch.package("p", in: "p")
    try scratch.write("x", to: "p/data/x")
    try scratch.commitAll(in: "p")
    try scratch.shell("mv data moved && ln -s moved data", in: "p")
    let tree = try scratch.store.tree(
      scratch.stage("p") { $0.allowDirty = true }.source.digest)
    #expect(tree.symlinks.map(\.name) == ["data"])
    #expect(tree.allFiles().map(\.path).contains("moved/x"))
  }

  @Test func refusesSymlinkTargetsThatAreNotText() throws {
    try scratch.package("p", in: "p")
    try scratch.shell("ln -s \"$(printf 'bad\\377')\" link", in: "p")
    do {
      _ = try scratch.stage("p")
      Issue.record("it was staged")
    } catch {
      #expect(error.message == "staging link")
      #expect(error.exitCode == .inputRejected)
    }
    try scratch.commitAll(in: "p")
    expectFailure(
      "staging link, whose name is not UTF-8", hint: "rename it", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  @Test func ownOutputMakesNothingDirty() throws {
    try scratch.package("p", in: "p")
    try scratch.commitAll(in: "p")
    try scratch.write("a", to: "p/cupel-out/artifacts/p")
    try scratch.write(
      "Signature: 8a477f597d28d172789f06886806bc55\n# cargo\n", to: "p/target/CACHEDIR.TAG")
    try scratch.write("o", to: "p/target/debug/p.o")
    try scratch.write("o", to: "p/my-out/p")
    let clean = try scratch.stage("p") {
      $0.requireClean = true
      $0.output = "\(scratch.path)/p/my-out"
    }
    #expect(!clean.source.isDirty)
    try scratch.write("fn main() { }\n", to: "p/src/main.rs")
    let dirty = try scratch.stage("p") {
      $0.output = "\(scratch.path)/p/my-out"
      $0.allowDirty = true
    }
    #expect(try scratch.files(dirty) == ["Cargo.lock", "Cargo.toml", "src/main.rs"])
  }

  // MARK: Outside git

  @Test func respectsGitignoreOutsideGit() throws {
    try scratch.package("p", in: "p")
    try scratch.write("*.o\n/secret\n", to: "p/.gitignore")
    try scratch.write("!keep.o\n", to: "p/src/.gitignore")
    for name in ["a.o", "secret", "src/keep.o", "src/b.o", "src/target/mod.rs", ".env.example"] {
      try scratch.write(name, to: "p/\(name)")
    }
    try scratch.shell(
      "touch -d @1500000000 $(find . -type f) && touch -d @1500000009 src/main.rs", in: "p")
    let staged = try scratch.stage("p")
    #expect(
      try scratch.files(staged) == [
        ".env.example", ".gitignore", "Cargo.lock", "Cargo.toml", "src/.gitignore", "src/keep.o",
        "src/main.rs", "src/target/mod.rs",
      ])
    #expect(staged.source.commit == nil)
    #expect(!staged.source.isDirty)
    #expect(staged.source.epoch == 1_500_000_009)
    #expect(staged.source.epochOrigin == .newestFile)
    #expect(
      staged.notices.map(\.text) == [
        "\(scratch.path)/p is not tracked by git: its files are taken as they are, without those "
          + "that .gitignore names",
        "SOURCE_DATE_EPOCH is 1500000009, the time of the newest file (src/main.rs): there is no "
          + "commit to take it from",
      ])
    let given = try scratch.stage("p") { $0.epoch = 7 }
    #expect(given.source.epoch == 7)
    #expect(given.source.epochOrigin == .given)
    expectFailure(
      "exporting the commit: ~/p is not tracked by git",
      hint: "commit the project to git; a clean commit is required", exit: .policyRefused,
      in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") { $0.requireClean = true } }
  }

  @Test func anIgnoredFolderOfAnotherRepositoryIsNotInGit() throws {
    try scratch.write("work/\n", to: "repo/.gitignore")
    try scratch.commitAll(in: "repo")
    try scratch.package("p", in: "repo/work/p")
    let staged = try scratch.stage("repo/work/p")
    #expect(staged.sourceRoot == "\(scratch.path)/repo/work/p")
    #expect(try scratch.files(staged) == ["Cargo.lock", "Cargo.toml", "src/main.rs"])
  }

  @Test func stagesRepositoriesInsideAFolder() throws {
    try scratch.package("lib", in: "both/lib")
    try scratch.commitAll(in: "both/lib")
    try scratch.package("p", in: "both/p", more: "[dependencies]\nlib = { path = \"../lib\" }\n")
    let staged = try scratch.stage("both/p") { $0.root = "\(scratch.path)/both" }
    #expect(
      try scratch.files(staged) == [
        "lib/Cargo.lock", "lib/Cargo.toml", "lib/src/main.rs", "p/Cargo.lock", "p/Cargo.toml",
        "p/src/main.rs",
      ])
  }

  // MARK: What is refused

  private func refuses(
    _ script: String, _ message: String, hint: String, limit: Int64? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for folder in ["dirty", "plain"] {
      try scratch.package("p", in: folder)
      if folder == "dirty" { try scratch.commitAll(in: folder) }
      try scratch.shell(script, in: folder)
      expectFailure(
        message, hint: hint, exit: .inputRejected, in: scratch, sourceLocation: sourceLocation
      ) { () throws(StagingError) in
        _ = try scratch.stage(folder) {
          if let limit { $0.fileSizeLimit = limit }
          $0.allowDirty = true
        }
      }
    }
  }

  @Test func refusesFifos() throws {
    try refuses(
      "touch new && mkfifo src/pipe", "staging src/pipe, which is a fifo",
      hint: "remove it, or name it in .gitignore")
  }

  @Test func refusesSockets() throws {
    try refuses(
      "touch new && python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('s')\"",
      "staging s, which is a socket", hint: "remove it, or name it in .gitignore")
  }

  @Test func toleratesAnIgnoredFifo() throws {
    try scratch.package("p", in: "p")
    try scratch.write("pipes/\n", to: "p/.gitignore")
    try scratch.shell("mkdir pipes && mkfifo pipes/one", in: "p")
    #expect(try scratch.files(scratch.stage("p")).count == 4)
  }

  @Test func refusesNamesThatAreNotText() throws {
    try refuses(
      "touch \"src/$(printf 'bad\\377name')\"",
      "staging src/bad\u{FFFD}name, whose name is not UTF-8", hint: "rename it")
  }

  @Test func refusesLargeFiles() throws {
    try refuses(
      "head -c 3000 /dev/zero >blob",
      "staging blob, whose 3000 bytes are more than the limit of 2000",
      hint: "remove it, or name it in .gitignore",
      limit: 2000)
  }

  @Test(arguments: [
    ("ln -s /etc/shadow x", "x", "/etc/shadow"),
    ("ln -s ../../etc/shadow src/x", "src/x", "../../etc/shadow"),
    ("mkdir -p a/b c && ln -s ../.. a/b/up && ln -s a/b/up/../.. x", "x", "a/b/up/../.."),
    ("ln -s src/../.. x", "x", "src/../.."),
  ])
  func refusesSymlinksThatLeadOut(script: String, path: String, target: String) throws {
    try refuses(
      script, "staging the symlink \(path), which leads out of the source to \(target)",
      hint: "let it point to a file of the source, relative to its own folder")
  }

  @Test func refusesSymlinksOfACommitThatLeadOut() throws {
    try scratch.package("p", in: "p")
    try FileSystem.makeSymlink("\(scratch.path)/p/x", to: "/etc/shadow")
    try scratch.commitAll(in: "p")
    expectFailure(
      "staging the symlink x, which leads out of the source to /etc/shadow",
      hint: "let it point to a file of the source, relative to its own folder",
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
    expectFailure(
      "staging Cargo.lock, whose 54 bytes are more than the limit of 50",
      hint: "remove it, or name it in .gitignore",
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in
      try scratch.stageCommitOnly("p", limit: 50)
    }
  }

  @Test func keepsSymlinksInside() throws {
    try scratch.package("p", in: "p")
    try scratch.shell(
      "ln -s nowhere dangling && ln -s two one && ln -s one two && ln -s ../src src/self", in: "p")
    let tree = try scratch.store.tree(scratch.stage("p").source.digest)
    #expect(tree.symlinks.map(\.name) == ["dangling", "one", "two"])
    try scratch.commitAll(in: "p")
    #expect(try scratch.stage("p").source.digest == tree.digest)
  }
}

extension Scratch {
  fileprivate func stageCommitOnly(_ project: String, limit: Int64) throws(StagingError) {
    _ = try stage(project) { $0.fileSizeLimit = limit }
  }
}
