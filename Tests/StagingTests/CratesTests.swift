import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

@Suite struct CratesTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func stage() throws(StagingError) -> StagedProject {
    try scratch.stage("p") { $0.crates = ["\(scratch.path)/crates"] }
  }

  private func project(_ sum: Digest, config: String? = nil) throws {
    try scratch.project("p", [.init(name: "a", version: "1.0.0", checksum: sum)], config: config)
  }

  @Test func unpacksLikeCargoVendor() throws {
    let sum = try scratch.archive(
      "a", "1.0.0",
      more: """
        add('.gitignore', b'x'); add('sub/.gitattributes', b'x'); add('.cargo-ok', b'x')
        add('run.sh', b'#!/bin/sh\\n', mode=0o755); add('sp ace"\u{E9}', b'q')
        add('link', link='run.sh'); add('Cargo.toml.orig', b'o')
        """)
    try project(sum)
    let staged = try stage()
    #expect(staged.crates[1].level == .archive)
    #expect(
      staged.vendors[0].cargoSettings == [
        "source.cupel-vendor.directory=\"/build/vendor\"",
        "source.crates-io.replace-with=\"cupel-vendor\"",
      ])
    let tree = try scratch.store.tree(staged.vendors[0].digest)
    #expect(
      Set(tree.allFiles().map(\.path)) == [
        "a-1.0.0/.cargo-checksum.json", "a-1.0.0/Cargo.toml", "a-1.0.0/Cargo.toml.orig",
        "a-1.0.0/run.sh", "a-1.0.0/sp ace\"\u{E9}", "a-1.0.0/src/lib.rs",
      ])
    #expect(tree.subtrees[0].tree.symlinks.map(\.name) == ["link"])
    let script = Digest.hashing("#!/bin/sh\n").hex
    let manifest = Digest.hashing("[package]\nname = \"a\"\nversion = \"1.0.0\"\n").hex
    let file = "\(scratch.store.path(of: tree.digest))/a-1.0.0/.cargo-checksum.json"
    #expect(
      String(decoding: try FileSystem.read(file), as: UTF8.self)
        == "{\"files\":{\"Cargo.toml\":\"\(manifest)\",\"Cargo.toml.orig\":\"\(Digest.hashing("o").hex)\","
        + "\"link\":\"\(script)\",\"run.sh\":\"\(script)\",\"sp ace\\\"\u{E9}\":"
        + "\"\(Digest.hashing("q").hex)\",\"src/lib.rs\":\"\(Digest.hashing("pub fn f() {}\n").hex)\"},"
        + "\"package\":\"\(sum.hex)\"}")
  }

  /// The real cargo makes the same folder from the same archive.
  @Test func agreesWithCargo() throws {
    let sum = try scratch.archive(
      "a", "1.0.0",
      more: "add('.gitignore', b'x'); add('run.sh', b'#!', mode=0o755); add('b.orig', b'o')",
      folder: "registry")
    try scratch.write(
      "{\"name\":\"a\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"\(sum.hex)\",\"features\":{},"
        + "\"yanked\":false}\n",
      to: "registry/index/1/a")
    try project(
      sum,
      config: "[source.crates-io]\nreplace-with = \"local\"\n[source.local]\n"
        + "local-registry = \"../registry\"\n")
    // A local registry needs no --crates.
    let staged = try scratch.stage("p")
    let ours = staged.vendors[0]
    #expect(staged.crates.map(\.level) == [.path, .archive])
    let isThere = try scratch.cargo(
      [
        "vendor", "--quiet", "--respect-source-config", "--offline", "--locked",
        "--versioned-dirs", "\(scratch.path)/theirs",
      ], in: "\(scratch.path)/p")
    guard isThere else { return }
    #expect(try Tree(reading: "\(scratch.path)/theirs").digest == ours.digest)
  }

  @Test func findsArchivesInCargosCache() throws {
    let sum = try scratch.archive("a", "1.0.0", folder: "crates/index.crates.io-0")
    try project(sum)
    #expect(try stage().crates[1].level == .archive)
  }

  @Test func refusesArchivesThatTheLockDoesNotName() throws {
    let sum = Digest.hashing("another")
    let found = try scratch.archive("a", "1.0.0")
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "b", version: "1.0.0", checksum: sum),
      ])
    expectFailure(
      "verifying the crate archives in ~/crates: \n  the archive of a 1.0.0 is \(found), Cargo.lock "
        + "wants \(sum)\n  b 1.0.0 has no archive",
      hint: "get the archives again from their registry", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  @Test func refusesLocksWithoutChecksums() throws {
    try scratch.archive("a", "1.0.0")
    try scratch.project("p", [.init(name: "a", version: "1.0.0", checksum: nil)])
    expectFailure(
      "staging the project: reading ~/p/Cargo.lock:8:1: a 1.0.0 comes from a registry and has no "
        + "checksum",
      hint: "run `cargo generate-lockfile` with a current cargo", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  @Test func namesAMissingFolder() throws {
    try project(Digest.hashing("x"))
    expectFailure(
      "reading the crate archives in ~/crates: there is no such folder",
      hint: "name a folder of .crate files or a cargo local registry", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  @Test func refusesHostileArchives() throws {
    try project(try scratch.archive("a", "1.0.0", more: "add('../../evil')"))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: reading the archive's entry at byte 2048: "
        + "\"a-1.0.0/../../evil\" is not a name that a tree can hold",
      hint: "get the archive again from its registry", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
    try project(try scratch.archive("a", "1.0.0", more: "add('.cargo-checksum.json', b'{}')"))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: it holds a .cargo-checksum.json of its own",
      hint: "get the archive again from its registry", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  @Test func refusesWhatIsNoGzip() throws {
    func replace(_ bytes: [UInt8]) throws {
      try scratch.archive("a", "1.0.0")
      try FileSystem.write(bytes, to: "\(scratch.path)/crates/a-1.0.0.crate")
      try project(Digest.hashing(bytes))
    }
    let good = try scratch.archive("a", "1.0.0")
    let bytes = try FileSystem.read("\(scratch.path)/crates/a-1.0.0.crate")
    #expect(Digest.hashing(bytes) == good)
    let hint = "get the archive again from its registry"
    try replace(Array("no gzip".utf8))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: gzip: stdin: not in gzip format", hint: hint,
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
    try replace(bytes + [1, 2, 3, 4])
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: gzip: stdin: decompression OK, trailing garbage ignored",
      hint: hint, exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
    // An empty stream (gzip(1) of nothing) before the real one, which cargo would not see.
    let empty: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    try replace(empty + bytes)
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: it is more than one gzip stream", hint: hint,
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
    try replace(bytes + bytes)
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: it is more than one gzip stream", hint: hint,
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
    try replace(Array(bytes.dropLast(10)))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: gzip: stdin: unexpected end of file", hint: hint,
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  /// Stored as it is, a crate's own gzip file looks like the border between two streams.
  @Test func acceptsCratesThatHoldGzipFiles() throws {
    try scratch.archive("a", "1.0.0", more: "add('x.gz', gzip.compress(b'x'))")
    let file = "\(scratch.path)/crates/a-1.0.0.crate"
    try scratch.shell("gzip -dc a-1.0.0.crate > tar; python3 -Ic '\(Self.store)'", in: "crates")
    try project(Digest.hashing(try FileSystem.read(file)))
    #expect(try stage().crates[1].level == .archive)
  }

  private static let store = """
    import gzip; open("a-1.0.0.crate", "wb").write(gzip.compress(open("tar", "rb").read(), 0))
    """

  @Test func refusesBombs() throws {
    try project(try scratch.archive("a", "1.0.0", more: "add('zeros', bytes(40 << 20))"))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: its contents are larger than 33554432 bytes",
      hint: "get the archive again from its registry", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  // MARK: A committed vendor folder

  /// What is committed is what is built, and the archives vouch for it.
  @Test func comparesACommittedFolder() throws {
    let sum = try scratch.archive("a", "1.0.0", more: "add('x.orig', b'o'); add('y', b'y')")
    try project(sum, config: VendorTests.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a", more: [("y", "y")])
    let staged = try stage()
    #expect(staged.vendors.map(\.digest) == [try Tree(reading: "\(scratch.path)/vendor").digest])
    #expect(staged.crates.map(\.level) == [.path, .archive])
    #expect(staged.crates[1].tree == (try Tree(reading: "\(scratch.path)/vendor/a").digest))
    #expect(staged.crates.weakestLevel == .archive)
    #expect(
      staged.notices.map(\.text).contains(
        "\(scratch.path)/vendor holds exactly what the archives of 1 crate hold"))
    // Tampered with, checksums and all: cargo would accept it.
    try scratch.vendored(
      "a", "1.0.0", checksum: sum, in: "vendor/a", more: [("y", "z"), ("build.rs", "evil")])
    try FileSystem.remove("\(scratch.path)/vendor/a/src/lib.rs")
    expectFailure(
      "verifying the vendored crates in ~/vendor: \n  the file build.rs of a 1.0.0 is "
        + "\(Digest.hashing("evil")) and not in the archive\n  a 1.0.0 lacks the archive's file "
        + "src/lib.rs, \(Digest.hashing("pub fn f() {}\n"))\n  the file y of a 1.0.0 is "
        + "\(Digest.hashing("z")), in the archive it is \(Digest.hashing("y"))\n    @ line 1"
        + "\n    - y\n    + z",
      hint: "run `cupel vendor` to restore it, or declare the difference in cupel.toml as "
        + "[[source.patched]] (`cupel verify-sources` prints the lines)",
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  /// Cargo's own cache is found without being named; an archive of another registry that has the
  /// same name is none of ours.
  @Test func usesCargosOwnCache() throws {
    let cache = "home/registry/cache"
    let sum = try scratch.archive("a", "1.0.0", folder: "\(cache)/index.crates.io-0")
    let other = try scratch.archive(
      "a", "1.0.0", more: "add('x')", folder: "\(cache)/example.org-0")
    try scratch.write("secret", to: "home/credentials.toml", permissions: 0o000)
    try project(sum)
    func stage() throws -> StagedProject {
      try scratch.stage("p") { $0.cargoHome = "\(scratch.path)/home" }
    }
    let unpacked = try stage()
    #expect(unpacked.crates[1].level == .archive)
    #expect(
      unpacked.notices.contains(
        .archiveIgnored(
          path: "\(scratch.path)/\(cache)/example.org-0/a-1.0.0.crate", found: other, locked: sum)))
    // A vendored copy stays what is built, so that a full cache changes no plan.
    try project(sum, config: VendorTests.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a")
    let anchored = try stage()
    let loose = try scratch.stage("p")
    #expect([anchored, loose].map { $0.crates[1].level } == [.archive, .vendored])
    #expect(anchored.vendors == loose.vendors)
    try scratch.write("pub fn g() {}\n", to: "vendor/a/src/lib.rs")
    #expect(throws: StagingError.self) { try stage() }
  }

  /// What is not vendored comes from archives, the rest as it is.
  @Test func fillsAVendorFolderUp() throws {
    let sum = try scratch.archive("a", "1.0.0")
    let git = "git+https://example.com/g.git"
    let commit = "0123456789012345678901234567890123456789"
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "g", version: "0.2.0", source: "\(git)#\(commit)"),
      ])
    try scratch.vendored("g", "0.2.0", checksum: nil, in: "vendor/g")
    let staged = try scratch.stage("p") {
      $0.crates = ["\(scratch.path)/crates"]
      $0.vendor = "\(scratch.path)/vendor"
    }
    #expect(staged.crates.map(\.level) == [.path, .archive, .git])
    #expect(staged.crates.map(\.commit) == [nil, nil, commit])
    #expect(staged.crates.weakestLevel == .git)
    let tree = try scratch.store.tree(staged.vendors[0].digest)
    #expect(tree.subtrees.map(\.name) == ["a-1.0.0", "g"])
    #expect(staged.crates.map(\.tree) == [nil] + tree.subtrees.map { $0.tree.digest })
    #expect(
      staged.vendors.map(\.cargoSettings) == [
        [
          "source.cupel-vendor.directory=\"/build/vendor\"",
          "source.crates-io.replace-with=\"cupel-vendor\"",
          "source.\"\(git)\".git=\"https://example.com/g.git\"",
          "source.\"\(git)\".replace-with=\"cupel-vendor\"",
        ]
      ])
  }

  // MARK: Patches and what is required

  @Test func acceptsADeclaredPatch() throws {
    let sum = try scratch.archive("a", "1.0.0")
    try project(sum, config: VendorTests.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a", more: [("fix", "1")])
    let tree = try Tree(reading: "\(scratch.path)/vendor/a").digest
    func stage(_ tree: Digest, archives: Bool = true) throws(StagingError) -> StagedProject {
      try scratch.stage("p") {
        if archives { $0.crates = ["\(scratch.path)/crates"] }
        $0.patches = [
          .init(name: "a", version: "1.0.0", reason: "a fix", tree: tree),
          .init(name: "b", version: "1.0.0", reason: "gone", tree: tree),
        ]
        $0.required = .patched
      }
    }
    let staged = try stage(tree)
    #expect(staged.crates[1].level == .patched)
    #expect(
      staged.crates[1].patch
        == CrateInput.Patch(
          reason: "a fix",
          difference: .hashing(
            "[{\"archive\":null,\"path\":\"fix\",\"vendor\":\"\(Digest.hashing("1"))\"}]")))
    #expect(staged.notices.contains(.patched(crate: "a 1.0.0", reason: "a fix")))
    #expect(staged.notices.contains(.patchNotNeeded(crate: "b 1.0.0")))
    #expect(
      try stage(tree, archives: false).crates[1].patch
        == CrateInput.Patch(reason: "a fix", difference: nil))
    expectFailure(
      "verifying the vendored crates in ~/vendor: \n  a 1.0.0 is the tree \(tree), cupel.toml "
        + "declares \(sum) as its patched state",
      hint: "look at what changed, and declare the tree anew in cupel.toml", exit: .inputRejected,
      in: scratch
    ) { () throws(StagingError) in _ = try stage(sum, archives: false) }
  }

  @Test func refusesWhatIsBelowTheRequiredLevel() throws {
    let sum = try scratch.archive("a", "1.0.0")
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "b", version: "2.0.0", checksum: sum),
      ], config: VendorTests.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a")
    try scratch.vendored("b", "2.0.0", checksum: sum, in: "vendor/b")
    func stage(_ required: SourceLevel) throws(StagingError) -> StagedProject {
      try scratch.stage("p") {
        $0.crates = ["\(scratch.path)/crates"]
        $0.required = required
      }
    }
    #expect(try stage(.vendored).crates.weakestLevel == .vendored)
    expectFailure(
      "verifying the crates: `archive` is required, and not reached: \n  b 2.0.0 is vendored",
      hint: "run `cupel fetch --anchor`, or give the archives with `--crates DIR`",
      exit: .policyRefused, in: scratch
    ) { () throws(StagingError) in _ = try stage(.archive) }
  }
}
