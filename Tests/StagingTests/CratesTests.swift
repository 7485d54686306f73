import Failing
import Hashing
import Linux
import Planning
import Storing
import Testing

@testable import Staging

@Suite struct CratesTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func stage() throws(StagingError) -> StagedProject {
    try scratch.stage("p") { $0.crates = "\(scratch.path)/crates" }
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
    #expect(staged.vendors[0].level == .archive)
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
    let ours = try scratch.stage("p").vendors[0]
    #expect(ours.level == .archive)
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
    #expect(try stage().vendors[0].level == .archive)
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
      "verifying the archive of a 1.0.0: Cargo.lock has no checksum for it",
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
      "staging \"a-1.0.0/.cargo-checksum.json\", which is not a name that a tree can hold once",
      hint: "rename it", exit: .inputRejected, in: scratch
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
    try replace(bytes + bytes)
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: reading the archive's entry at byte 2048: there is data "
        + "after the end",
      hint: hint, exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
    try replace(Array(bytes.dropLast(10)))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: gzip: stdin: unexpected end of file", hint: hint,
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  @Test func refusesBombs() throws {
    try project(try scratch.archive("a", "1.0.0", more: "add('zeros', bytes(40 << 20))"))
    expectFailure(
      "unpacking ~/crates/a-1.0.0.crate: its contents are larger than 33554432 bytes",
      hint: "get the archive again from its registry", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  // MARK: A committed vendor folder

  @Test func comparesACommittedFolder() throws {
    let sum = try scratch.archive("a", "1.0.0", more: "add('x.orig', b'o'); add('y', b'y')")
    try project(sum, config: VendorTests.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a", more: [("y", "y")])
    let staged = try stage()
    #expect(staged.vendors.count == 1)
    #expect(staged.vendors[0].level == .archive)
    #expect(
      staged.notices.map(\.text).contains(
        "\(scratch.path)/vendor holds exactly what the archives of 1 crate hold"))
    // Tampered with, checksums and all: cargo would accept it.
    try scratch.vendored(
      "a", "1.0.0", checksum: sum, in: "vendor/a", more: [("y", "z"), ("build.rs", "evil")])
    try FileSystem.remove("\(scratch.path)/vendor/a/src/lib.rs")
    expectFailure(
      "verifying the vendored crates in ~/vendor: \n  the file build.rs of a 1.0.0 is not in the "
        + "archive\n  a 1.0.0 lacks the archive's file src/lib.rs\n  the file y of a 1.0.0 is not the "
        + "one in the archive",
      hint: "run `cargo vendor` again and look at what changes", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try stage() }
  }

  @Test func takesGitPackagesFromTheVendorFolder() throws {
    let sum = try scratch.archive("a", "1.0.0")
    let git = "git+https://example.com/g.git"
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(
          name: "g", version: "0.2.0", source: "\(git)#0123456789012345678901234567890123456789"),
      ])
    try scratch.vendored("g", "0.2.0", checksum: nil, in: "vendor/g")
    let staged = try scratch.stage("p") {
      $0.crates = "\(scratch.path)/crates"
      $0.vendor = "\(scratch.path)/vendor"
    }
    #expect(staged.vendors.map(\.level) == [.archive, .vendored])
    #expect(
      staged.vendors[1].cargoSettings == [
        "source.cupel-vendor-2.directory=\"/build/vendor-2\"",
        "source.\"\(git)\".git=\"https://example.com/g.git\"",
        "source.\"\(git)\".replace-with=\"cupel-vendor-2\"",
      ])
  }
}
