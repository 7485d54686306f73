import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

/// Kits that somebody damaged or forged. Each is refused with status 3 and words of its own, and
/// leaves nothing in the store.
@Suite struct BadKitTests {
  let bench: KitBench
  let store: Store

  init() throws {
    bench = try KitBench()
    store = try bench.emptyStore()
  }

  /// Requires that the archive is refused, with these words among others.
  private func expectRefusal(
    _ bytes: [UInt8], _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try FileSystem.write(bytes, to: "\(bench.scratch.path)/bad")
    try expectRefusal("bad", words, sourceLocation: sourceLocation)
  }

  private func expectRefusal(
    _ name: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    do throws(StagingError) {
      try bench.take(name, into: store)
      Issue.record("it was accepted; wanted: \(words)", sourceLocation: sourceLocation)
    } catch {
      #expect(error.chain.contains(words), sourceLocation: sourceLocation)
      #expect(error.exitCode == .inputRejected, "\(error.chain)", sourceLocation: sourceLocation)
    }
    #expect(try store.digests().isEmpty, sourceLocation: sourceLocation)
    #expect(try store.roots().isEmpty, sourceLocation: sourceLocation)
    let drafts = try Directory("\(store.path)/drafts").entries()
    #expect(drafts.isEmpty, sourceLocation: sourceLocation)
  }

  /// The honest members with some changed, added or, as nil, left out; the manifest is right.
  private func forged(_ changes: [String: [UInt8]?]) -> [UInt8] {
    var members = bench.members
    for (name, bytes) in changes { members[name] = bytes }
    return KitBench.archive(members)
  }

  private var honest: [(String, [UInt8])] {
    let names = bench.members.keys.filter { $0 != KitManifest.name }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return ([KitManifest.name] + names).map { ($0, bench.members[$0] ?? []) }
  }

  private func text(_ name: String) -> String {
    String(decoding: bench.members[name] ?? [], as: UTF8.self)
  }

  // MARK: The archive

  @Test func archivesThatAreCutOrContinued() throws {
    let kit = KitBench.archive(honest)
    try expectRefusal([], "this is no kit")
    try expectRefusal(Array("hello".utf8), "cut off")
    try expectRefusal([UInt8](repeating: 7, count: 2048), "this is no kit")
    try expectRefusal(Array(kit.dropLast()), "cut off")
    try expectRefusal(Array(kit.dropLast(1024)), "cut off")
    for end in stride(from: 512, to: kit.count, by: 512) {
      try expectRefusal(Array(kit[..<end]), "cut off")
    }
    try expectRefusal(kit + [0], "there is data after it")
    try expectRefusal(kit + kit, "there is data after it")
  }

  @Test func membersThatAreNotListed() throws {
    func with(_ name: String) -> [UInt8] {
      KitBench.archive(honest + [(name, Array("x".utf8))])
    }
    try expectRefusal(with("zeta"), "\"zeta\", which no kit has")
    try expectRefusal(with("../zeta"), "\"../zeta\", whose name leads out of the kit")
    try expectRefusal(with("/etc/zeta"), "\"/etc/zeta\", whose name leads out of the kit")
    try expectRefusal(with("trees/../zeta"), "whose name leads out of the kit")
    try expectRefusal(with("trees/toolchain"), "trees/toolchain, which manifest.json does not list")
    try expectRefusal(with("trees/vendor-1"), "trees/vendor-1, which comes twice")
    try expectRefusal(with("manifest.json"), "manifest.json, which comes twice")
    try expectRefusal(
      with("manifest.sig/sigstore.json"),
      "manifest.sig/sigstore.json: the place of signatures is reserved")
    try expectRefusal(
      forged(["../x": Array("x".utf8)]), "\"../x\", whose name leads out of the kit")
    try expectRefusal(forged(["README": Array("x".utf8)]), "\"README\", which no kit has")
    try expectRefusal(
      forged(["manifest.sig/minisign": []]), "manifest.sig/minisign: the place of signatures")
    try expectRefusal(
      KitBench.archive(honest.filter { $0.0 != "cupel.lock" }),
      "looking for cupel.lock, which manifest.json lists")
    try expectRefusal(
      KitBench.archive(Array(honest.dropLast())),
      "looking for trees/vendor-1, which manifest.json lists")
  }

  @Test func headersThatSaySomethingElse() throws {
    func changed(_ name: String, _ change: (inout [UInt8]) -> Void) -> [UInt8] {
      honest.flatMap { member, bytes in
        var entry = KitBench.entry(member, bytes)
        if member == name {
          var header = Array(entry[..<512])
          change(&header)
          header.replaceSubrange(148..<156, with: Array("        ".utf8))
          let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
          header.replaceSubrange(148..<156, with: Array("0\(sum)\0 ".utf8))
          entry.replaceSubrange(..<512, with: header)
        }
        return entry
      } + KitHeader.end
    }
    for (kind, what) in [
      ("1", "a hard link"), ("2", "a symlink"), ("3", "a device"), ("5", "a folder"),
      ("6", "a fifo"), ("x", "of an unknown kind"), ("S", "of an unknown kind"),
    ] {
      try expectRefusal(
        changed("plan.json") { $0[156] = Array(kind.utf8)[0] }, "\"plan.json\", which is \(what)")
    }
    try expectRefusal(changed("plan.json") { $0[102] = UInt8(ascii: "4") }, "it is not the one")
    try expectRefusal(
      changed("plan.json") { $0[134] ^= 1 }, "reading plan.json: manifest.json says")
    try expectRefusal(
      changed("manifest.json") { $0[124] = UInt8(ascii: "7") }, "manifest.json: it is larger than")
    var padded = KitBench.archive(honest)
    padded[512 + (bench.members["manifest.json"] ?? []).count] = 1
    try expectRefusal(padded, "reading the padding: it is not zero")
  }

  // MARK: manifest.json

  @Test func manifestsThatAreNotTheOneForm() throws {
    func with(_ manifest: String) -> [UInt8] {
      KitBench.archive([(KitManifest.name, Array(manifest.utf8))] + honest.dropFirst())
    }
    let manifest = text(KitManifest.name)
    try expectRefusal(with("{"), "reading manifest.json")
    try expectRefusal(with("{}"), "its schema is not cupel-kit/1")
    try expectRefusal(with("{\"schema\":\"cupel-kit/2\"}"), "its schema is not cupel-kit/1")
    try expectRefusal(with("{\"schema\":\"cupel-kit/1\"}"), "it has no list of members")
    try expectRefusal(with(manifest + "\n"), "it is not in its one canonical form")
    try expectRefusal(
      with(manifest.dropLast() + ",\"x\":1}"), "it has more than a schema and a list of members")
    try expectRefusal(with("{\"members\":[],\"schema\":\"cupel-kit/1\"}"), "it lists no plan.json")
    func member(_ name: String, size: String = "1", digest: Digest = .hashing("x")) -> String {
      "{\"digest\":\"\(digest)\",\"name\":\"\(name)\",\"size\":\(size)}"
    }
    func list(_ members: [String]) -> String {
      "{\"members\":[\(members.joined(separator: ","))],\"schema\":\"cupel-kit/1\"}"
    }
    try expectRefusal(
      with(list([member("plan.json"), member("plan.json")])), "plan.json, which comes twice")
    try expectRefusal(
      with(list([member("plan.json"), member("cupel.lock")])),
      "cupel.lock stands after plan.json")
    try expectRefusal(
      with(list([member("plan.json", size: "99999999")])), "plan.json: it is larger than")
    try expectRefusal(with(list([member("plan.json", size: "-1")])), "plan.json does not have")
    try expectRefusal(with(list([member("plan.json", size: "1.5")])), "plan.json does not have")
    let hex = Digest.hashing("y").hex
    try expectRefusal(
      with(list([member("crates/\(hex).crate")])), "named after another digest than its own")
    try expectRefusal(
      with(list((0...KitManifest.memberLimit).map { _ in member("plan.json") })),
      "more than \(KitManifest.memberLimit) members")
    try expectRefusal(
      with(String(repeating: " ", count: Int(KitManifest.sizeLimit) + 1)), "larger than")
  }

  @Test func membersThatAreMissingOrNeedless() throws {
    for name in ["plan.json", "cupel.lock", "profile/1.toml", "trees/source", "trees/rootfs"] {
      try expectRefusal(forged([name: nil]), "it lists no \(name)")
    }
    try expectRefusal(forged(["contents/source.zst": nil]), "it lists no contents/source.zst")
    try expectRefusal(
      forged(["trees/vendor-1": nil]), "nothing in the kit needs contents/vendor-1.zst")
    try expectRefusal(
      forged(["trees/vendor-1": nil, "contents/vendor-1.zst": nil]),
      "it lists no trees/vendor-1")
    try expectRefusal(
      forged(["trees/vendor-2": bench.members["trees/vendor-1"]]),
      "nothing in the kit needs trees/vendor-2")
    try expectRefusal(
      forged(["trees/vendor-3": bench.members["trees/vendor-1"]]), "it lists no trees/vendor-2")
    try expectRefusal(
      forged(["trees/toolchain": bench.members["trees/vendor-1"]]),
      "nothing in the kit needs trees/toolchain")
    let deb = Array("deb".utf8)
    let package = "packages/\(Digest.hashing(deb).hex).deb"
    try expectRefusal(forged([package: deb]), "nothing in the kit needs \(package)")
    let noRootfs: [String: [UInt8]?] = [
      "trees/rootfs": nil, "contents/rootfs.zst": nil,
    ]
    let other = Array("another deb".utf8)
    let otherName = "packages/\(Digest.hashing(other).hex).deb"
    try expectRefusal(
      forged(noRootfs.merging([otherName: other]) { $1 }), "which cupel.lock does not name")
    let crate = Array("no crate".utf8)
    try expectRefusal(
      forged(["crates/\(Digest.hashing(crate).hex).crate": crate]),
      "which Cargo.lock does not name")
  }

  // MARK: Compressed members

  @Test func framesThatAreNotOneFrame() throws {
    let name = "contents/source.zst"
    let good = try #require(bench.members[name])
    let plain = try bench.expanded(name)
    try expectRefusal(forged([name: Array(good.dropLast())]), "its zstd frame is cut off")
    try expectRefusal(forged([name: good + good]), "something follows its zstd frame")
    try expectRefusal(forged([name: good + [0]]), "something follows its zstd frame")
    try expectRefusal(
      forged([name: [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0] + good]), "this is no zstd frame")
    try expectRefusal(forged([name: plain]), "this is no zstd frame")
    try expectRefusal(
      forged([name: try bench.compressed(plain, ["--no-check"])]), "has no checksum")
    try expectRefusal(
      forged([name: try bench.compressed(plain, ["--check", "--no-content-size"])]),
      "does not say its size")
    let more = try bench.compressed(plain + [1])
    try expectRefusal(forged([name: more]), "it has \(plain.count + 1) bytes, the trees need")
    // Well-formed, but its checksum is wrong.
    var corrupt = good
    corrupt[corrupt.count - 1] ^= 1
    try expectRefusal(forged([name: corrupt]), "expanding contents/source.zst: ")
    var other = plain
    other[0] ^= 1
    try expectRefusal(
      forged([name: try bench.compressed(other)]), "the tree says sha256:")
  }

  @Test func bombs() throws {
    // What a frame says is compared with what the trees need before it is expanded.
    let zeros = try bench.compressed([UInt8](repeating: 0, count: 100 << 20))
    #expect(zeros.count < 20_000)
    try expectRefusal(forged(["contents/source.zst": zeros]), "the trees need")
    // The trees agree, but nobody's file shrinks so much.
    let file = TreeForge.file("zero", .hashing([UInt8](repeating: 0, count: 100 << 20)), 100 << 20)
    try expectRefusal(
      forged(["trees/source": TreeForge.index([file]), "contents/source.zst": zeros]),
      "the plan says")
    let plan = text("plan.json").replacing(
      bench.export.plan.inputs.source.digest.hex, with: Digest.hashing(file).hex)
    try expectRefusal(
      forged([
        "plan.json": Array(plan.utf8), "record.json": nil,
        "trees/source": TreeForge.index([file]), "contents/source.zst": zeros,
      ]), "of which at most")
  }

  // MARK: Trees

  @Test func listingsThatNoTreeHas() throws {
    func expect(_ index: [UInt8], _ words: String, _ line: Int = #line) throws {
      try expectRefusal(forged(["trees/source": index]), words)
    }
    let empty = Digest.hashing("")
    for name in ["..", ".", "", "a/b", "/etc", "a\0b"] {
      try expect(TreeForge.index([TreeForge.file(name, empty, 0)]), "is not a name that a tree")
    }
    let file = TreeForge.file("a", empty, 0)
    try expect(TreeForge.index([file + file]), "\"a\" comes twice in one folder")
    try expect(
      TreeForge.index([file + TreeForge.symlink("a", "b")]), "\"a\" comes twice in one folder")
    try expect(TreeForge.index([TreeForge.symlink("a", "")]), "the symlink \"a\" leads to a name")
    try expect(TreeForge.index([TreeForge.folder("d", .hashing("x"), 3)]), "is missing")
    try expect(TreeForge.index([file, file]), "comes twice")
    try expect(TreeForge.index([file, TreeForge.file("b", empty, 0)]), "1 folders are in no other")
    try expect(TreeForge.index([TreeForge.file("b", empty, 0) + file]), "not in the one form")
    try expect([0x0a, 0xff], "not in the one form")
    try expect(TreeForge.index([TreeForge.file("a", empty, 1 << 60)]), "it says more than")
    // A few folders, each twice in the one above, are more entries than there are atoms.
    var messages: [[UInt8]] = [[]]
    for _ in 0..<200 {
      let below = Digest.hashing(messages[0])
      let size = Int64(messages[0].count)
      messages.insert(
        TreeForge.folder("l", below, size) + TreeForge.folder("r", below, size), at: 0)
    }
    try expect(TreeForge.index(messages), "it says more than")
    var deep: [[UInt8]] = [[]]
    for _ in 0..<300 {
      deep.insert(TreeForge.folder("d", Digest.hashing(deep[0]), Int64(deep[0].count)), at: 0)
    }
    try expect(TreeForge.index(deep), "nested deeper")
  }

  @Test func symlinksOutOfTheSource() throws {
    let cargo = Array("[package]\nname = \"p\"\nversion = \"0.1.0\"\n".utf8)
    let message =
      TreeForge.file("Cargo.toml", .hashing(cargo), Int64(cargo.count))
      + TreeForge.symlink("Cargo.lock", "/etc/shadow")
    let plan = text("plan.json").replacing(
      bench.export.plan.inputs.source.digest.hex, with: Digest.hashing(message).hex)
    try expectRefusal(
      forged([
        "plan.json": Array(plan.utf8), "record.json": nil,
        "trees/source": TreeForge.index([message]),
        "contents/source.zst": try bench.compressed(cargo),
      ]), "trees/source/Cargo.lock, which leads out of the source to /etc/shadow")
  }

  @Test func oneDigestWithTwoSizes() throws {
    let one = try #require(bench.members["contents/source.zst"])
    let digest = Digest.hashing("x")
    let message = TreeForge.file("a", digest, 1) + TreeForge.file("b", digest, 2)
    let plan = text("plan.json").replacing(
      bench.export.plan.inputs.source.digest.hex, with: Digest.hashing(message).hex)
    try expectRefusal(
      forged([
        "plan.json": Array(plan.utf8), "record.json": nil,
        "trees/source": TreeForge.index([message]), "contents/source.zst": one,
      ]), "they say two sizes of the file")
  }

  // MARK: Parts that disagree

  @Test func partsThatDisagree() throws {
    let plan = text("plan.json")
    func planned(_ old: String, _ new: String) -> [UInt8] {
      #expect(plan.contains(old), "\(old) is not in \(plan)")
      return forged([
        "plan.json": Array(plan.replacing(old, with: new).utf8), "record.json": nil,
      ])
    }
    let other = Digest.hashing("another").hex
    let inputs = bench.export.plan.inputs
    try expectRefusal(
      forged([
        "record.json": Array(
          text("record.json").replacing(
            bench.export.plan.digest.hex, with: other
          ).utf8)
      ]),
      "the record is of the plan sha256:\(other)")
    try expectRefusal(forged(["record.json": Array("{}".utf8)]), "reading record.json")
    try expectRefusal(forged(["plan.json": Array("{}".utf8)]), "reading plan.json")
    try expectRefusal(
      forged(["plan.json": bench.export.plan.json.prettyBytes()]),
      "plan.json: it is not in its one canonical form")
    try expectRefusal(
      forged(["cupel.lock": Array((text("cupel.lock") + "\n").utf8)]),
      "cupel.lock: it is not in its one canonical form")
    try expectRefusal(
      forged(["cupel.toml": Array("schema = 9\n".utf8)]), "reading cupel.toml")
    try expectRefusal(
      planned(inputs.rootfs.digest.hex, other), "comparing cupel.lock with plan.json")
    try expectRefusal(
      planned(inputs.source.digest.hex, other), "comparing plan.json with trees/source")
    try expectRefusal(planned(inputs.cargoLock.hex, other), "inputs.cargoLock comes out as")
    try expectRefusal(planned(inputs.rootfs.lock.hex, other), "inputs.rootfs.lock comes out as")
    try expectRefusal(
      planned("\"recipe\":\"small\"", "\"recipe\":\"large\""), "inputs.rootfs.recipe comes out as")
    try expectRefusal(
      planned("\"version\":\"1.96.0\"", "\"version\":\"1.95.0\""),
      "inputs.toolchain.version comes out as \"1.96.0\"")
    try expectRefusal(
      forged(["profile/1.toml": Array("schema = 1\n".utf8)]), "sandboxProfile.digest comes out as")
    try expectRefusal(
      planned("\"hostname\":\"localhost\"", "\"hostname\":\"remotehost\""),
      "legs[0].conditions.hostname comes out as \"localhost\"")
    try expectRefusal(
      planned("\"--locked\"", "\"--config\""), "legs[0].command[2] comes out as \"--locked\"")
    try expectRefusal(
      planned("\"/build/vendor\"", "\"/build/target\""),
      "inputs.vendors[0].mountPath comes out as \"/build/vendor\"")
    try expectRefusal(
      planned("source.crates-io.replace-with", "build.rustc"), "inputs.vendors[0].cargoSettings")
    try expectRefusal(planned("\"jobs\":3", "\"jobs\":0"), "reading plan.json")
    try expectRefusal(
      planned("\"jobs\":3", "\"jobs\":9007199254740991"), "reading plan.json")
    try expectRefusal(
      planned("\"projectPath\":\"\"", "\"projectPath\":\"../p\""), "reading plan.json")
    try expectRefusal(
      planned("\"projectPath\":\"\"", "\"projectPath\":\"q\""), "the source has no q/Cargo.toml")
  }

  // MARK: Folders

  @Test func foldersWithSomethingElse() throws {
    func expect(_ script: String, _ words: String) throws {
      try bench.scratch.shell("rm -rf bad; cp -R honest bad; cd bad; \(script)")
      try expectRefusal("bad", words)
    }
    try expect("rm manifest.json", "this is no kit")
    try expect("rm plan.json", "looking for plan.json")
    try expect("rm plan.json; mkdir plan.json", "\"plan.json\", which is no file")
    try expect(
      "rm plan.json; ln -s ../honest/plan.json plan.json", "\"plan.json\", which is a symlink")
    try expect("mv trees elsewhere; ln -s elsewhere trees", "\"elsewhere/")
    try expect("rm plan.json; mkfifo plan.json", "\"plan.json\", which is a fifo")
    try expect("touch trees/toolchain", "which manifest.json does not list")
    try expect("touch .hidden", "\".hidden\", which no kit has")
    try expect("mkdir manifest.sig; touch manifest.sig/x", "the place of signatures is reserved")
    try expect("mkdir -p trees/x; touch trees/x/y", "\"trees/x\", which is a folder")
    try expect("printf x >> plan.json", "reading plan.json: manifest.json says")
    try expect("truncate -s -1 plan.json", "reading plan.json: manifest.json says")
    try expect(
      "sed -i s/cargo-build/cargo-bold/ profile/1.toml; sed -i s/tight/light/ profile/1.toml",
      "verifying profile/1.toml: manifest.json says")
  }

  // MARK: Random damage

  /// Every single byte of a kit is vouched for.
  @Test func everyFlippedByteIsCaught() throws {
    let kit = KitBench.archive(honest)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<4000 {
      let index = Int.random(in: kit.indices, using: &random)
      var bad = kit
      bad[index] ^= UInt8.random(in: 1...255, using: &random)
      try FileSystem.write(bad, to: "\(bench.scratch.path)/bad")
      var refusal: StagingError?
      do throws(StagingError) {
        try bench.take("bad", into: store)
      } catch {
        refusal = error
      }
      #expect(
        refusal?.exitCode == .inputRejected,
        "byte \(index), \(kit[index]) to \(bad[index]): \(refusal?.chain ?? "accepted")")
    }
    #expect(try store.digests().isEmpty)
  }
}

/// `Directory` and `Tree` messages, written by hand.
enum TreeForge {
  private static func varint(_ value: Int64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func field(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
    [number << 3 | 2] + varint(Int64(value.count)) + value
  }

  private static func digest(_ digest: Digest, _ size: Int64) -> [UInt8] {
    field(1, Array(digest.hex.utf8)) + (size > 0 ? [0x10] + varint(size) : [])
  }

  static func file(_ name: String, _ digest: Digest, _ size: Int64) -> [UInt8] {
    field(1, (name.isEmpty ? [] : field(1, Array(name.utf8))) + field(2, self.digest(digest, size)))
  }

  static func folder(_ name: String, _ digest: Digest, _ size: Int64) -> [UInt8] {
    field(2, field(1, Array(name.utf8)) + field(2, self.digest(digest, size)))
  }

  static func symlink(_ name: String, _ target: String) -> [UInt8] {
    field(
      3, field(1, Array(name.utf8)) + (target.isEmpty ? [] : field(2, Array(target.utf8))))
  }

  static func index(_ messages: [[UInt8]]) -> [UInt8] {
    messages.enumerated().flatMap { field($0.offset == 0 ? 1 : 2, $0.element) }
  }
}
