import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

@Suite struct VendorUpdateTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func update(
    isTrial: Bool = false, _ change: (inout StagingRequest) -> Void = { _ in }
  ) throws(StagingError) -> VendorUpdate {
    var request = scratch.request("p")
    request.crates = ["\(scratch.path)/crates"]
    change(&request)
    return try VendorUpdate.run(request, isTrial: isTrial) { _ in }
  }

  private func names() throws -> [String] {
    try Directory("\(scratch.path)/p/vendor").entries().map(\.name)
  }

  private func text(_ update: VendorUpdate) -> [String] { update.changes.map(\.text) }

  @Test func writesWhatCargoWould() throws {
    let one = try scratch.archive("a", "2.0.0", more: "add('run.sh', b'#!', mode=0o755)")
    let two = try scratch.archive("a", "10.0.0", more: "add('.gitignore')")
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "2.0.0", checksum: one),
        .init(name: "a", version: "10.0.0", checksum: two),
      ])
    let trial = try update(isTrial: true)
    #expect(text(trial) == ["+ a 2.0.0", "+ a 10.0.0"])
    #expect(!FileSystem.exists("\(scratch.path)/p/vendor"))
    let first = try update()
    #expect(first.folder == "\(scratch.path)/p/vendor" && first.count == 2 && !first.isConfigured)
    #expect(try names() == ["a", "a-2.0.0"])
    let digest = try Tree(reading: "\(scratch.path)/p/vendor").digest
    #expect(text(try update()) == [])
    #expect(try Tree(reading: "\(scratch.path)/p/vendor").digest == digest)
    #expect(
      try scratch.stage("p") {
        $0.vendor = "\(scratch.path)/p/vendor"
        $0.crates = ["\(scratch.path)/crates"]
      }.crates.weakestLevel == .archive)
    // The real cargo, from the same archives.
    for (version, sum) in [("2.0.0", one), ("10.0.0", two)] {
      try scratch.shell(
        """
        mkdir -p registry/index/1; cp crates/*.crate registry
        echo '{"name":"a","vers":"\(version)","deps":[],"cksum":"\(sum.hex)","features":{},\
        "yanked":false}' >> registry/index/1/a
        """)
    }
    try scratch.write(
      "[source.crates-io]\nreplace-with = \"local\"\n[source.local]\n"
        + "local-registry = \"../registry\"\n", to: "p/.cargo/config.toml")
    let isThere = try scratch.cargo(
      [
        "vendor", "--quiet", "--respect-source-config", "--offline", "--locked",
        "\(scratch.path)/theirs",
      ], in: "\(scratch.path)/p")
    if isThere { #expect(try Tree(reading: "\(scratch.path)/theirs").digest == digest) }
  }

  @Test func bringsAFolderUpToDateAndKeepsWhatIsNotItsOwn() throws {
    let sum = try scratch.archive("a", "1.0.0")
    let old = Digest.hashing("an old archive")
    let config = VendorTests.config.replacing("../vendor", with: "vendor")
    let git = "git+https://example.com/g.git#0123456789012345678901234567890123456789"
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "g", version: "0.2.0", source: git),
      ], config: config)
    try scratch.vendored("a", "0.9.0", checksum: old, in: "p/vendor/a")
    try scratch.vendored("stale", "1.0.0", checksum: old, in: "p/vendor/stale")
    try scratch.vendored("mine", "1.0.0", checksum: old, in: "p/vendor/mine")
    try scratch.write("a note", to: "p/vendor/mine/NOTES")
    try scratch.vendored("g", "0.2.0", checksum: nil, in: "p/vendor/g")
    try scratch.write("read me", to: "p/vendor/README")
    try scratch.write("left by a run that was killed", to: "p/.vendor.new-999999999/x")
    let update = try update()
    #expect(text(update) == ["~ a 0.9.0 -> a 1.0.0", "- stale 1.0.0"])
    #expect(update.kept == ["README", "g", "mine"])
    #expect(update.isConfigured)
    #expect(try names() == ["README", "a", "g", "mine"])
    #expect(FileSystem.exists("\(scratch.path)/p/vendor/mine/NOTES"))
    let rest = try Directory("\(scratch.path)/p").entries().map(\.name)
    #expect(!rest.contains { $0.hasPrefix(".vendor") })
  }

  @Test func restoresWhatWasTamperedWith() throws {
    let sum = try scratch.archive("a", "1.0.0")
    try scratch.project(
      "p", [.init(name: "a", version: "1.0.0", checksum: sum)],
      config: VendorTests.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a", more: [("build.rs", "evil")])
    let tampered = try Tree(reading: "\(scratch.path)/vendor/a").digest
    // A patch that somebody declared stays.
    let patch = Manifest.Patch(name: "a", version: "1.0.0", reason: "r", tree: tampered)
    #expect(text(try update { $0.patches = [patch] }) == [])
    #expect(
      text(try update()) == [
        "! a 1.0.0 was not what its archive holds\n  the file build.rs of a 1.0.0 is "
          + "\(Digest.hashing("evil")) and not in the archive"
      ])
    #expect(!FileSystem.exists("\(scratch.path)/vendor/a/build.rs"))
    // Edited by hand, so that even its own checksum file disagrees: somebody's work.
    try scratch.write("pub fn g() {}\n", to: "vendor/a/src/lib.rs")
    expectFailure(
      "replacing ~/vendor/a: it holds files that its .cargo-checksum.json does not account for",
      hint: "move it away if the changes are not wanted, or declare them in cupel.toml as "
        + "[[source.patched]]", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try update() }
    #expect(
      try FileSystem.read("\(scratch.path)/vendor/a/src/lib.rs") == Array("pub fn g() {}\n".utf8))
  }

  @Test func namesWhatIsMissing() throws {
    let sum = try scratch.archive("a", "1.0.0")
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: Digest.hashing("x")),
        .init(name: "b", version: "1.0.0", checksum: sum),
      ])
    expectFailure(
      "verifying the crate archives in ~/crates: \n  the archive of a 1.0.0 is \(sum), Cargo.lock "
        + "wants \(Digest.hashing("x"))\n  b 1.0.0 has no archive",
      hint: "get the archives again from their registry", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try update() }
    #expect(!FileSystem.exists("\(scratch.path)/p/vendor"))
  }
}
