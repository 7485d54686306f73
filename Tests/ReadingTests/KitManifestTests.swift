import Hashing
import Testing

@testable import Reading

@Suite struct KitManifestTests {
  private static let members = [
    KitManifest.Member(.plan, digest: .hashing("plan"), size: 1),
    KitManifest.Member(.lock, digest: .hashing("lock"), size: 2),
    KitManifest.Member(.profile(1), digest: .hashing("profile"), size: 3),
    KitManifest.Member(.tree(.source), digest: .hashing("source"), size: 4),
    KitManifest.Member(.tree(.rootfs), digest: .hashing("rootfs"), size: 5),
    KitManifest.Member(.contents(.source), digest: .hashing("x"), size: 6),
  ]

  @Test func itIsReadAsItWasWritten() throws {
    let manifest = try KitManifest(Self.members)
    #expect(try KitManifest(parsing: manifest.bytes) == manifest)
    #expect(try KitManifest(Self.members.reversed()).bytes == manifest.bytes)
    #expect(
      manifest.members.map(\.name) == [
        "contents/source.zst", "cupel.lock", "plan.json", "profile/1.toml", "trees/rootfs",
        "trees/source",
      ])
    #expect(manifest.trees == [.source, .rootfs])
  }

  @Test func namesAreReadAsTheyAreWritten() {
    let trees: [KitTree] = [.source, .vendor(1), .vendor(64), .toolchain, .rootfs]
    let parts: [KitPart] =
      [
        .plan, .lock, .manifest, .record, .profile(1), .profile(2), .crate(.hashing("c")),
        .package(.hashing("p")),
      ] + trees.flatMap { [.tree($0), .contents($0)] }
    for part in parts { #expect(KitPart(name: part.name) == part) }
    #expect(Set(parts.map(\.name)).count == parts.count)
    for name in [
      "", "plan.json ", "Plan.json", "profile/0.toml", "profile/3.toml", "profile/01.toml",
      "trees/", "trees/vendor-0", "trees/vendor-65", "trees/vendor-01", "trees/source/",
      "contents/source", "crates/x.crate", "crates/.crate", "manifest.json",
      "crates/\(Digest.hashing("c").hex.uppercased()).crate", "trees/source\u{301}",
    ] {
      #expect(KitPart(name: name) == nil, "\(name)")
    }
  }

  /// Whatever the pieces in which a kit comes, it is read alike.
  @Test(arguments: [1, 7, 511, 512, 513, 100_000]) func piecesDoNotMatter(_ step: Int) throws {
    let contents = Self.members.map { [UInt8](repeating: 7, count: Int($0.size) * 100) }
    let members = zip(Self.members, contents).filter { $0.0.part != .contents(.source) }.map {
      ($0.0.part, $0.1)
    }
    let manifest = try KitManifest(
      members.map { KitManifest.Member($0.0, digest: .hashing($0.1), size: Int64($0.1.count)) })
    var kit: [UInt8] = []
    func add(_ name: String, _ bytes: [UInt8]) {
      let size = Int64(bytes.count)
      kit += KitHeader.block(name: name, size: size) + bytes
      kit += [UInt8](repeating: 0, count: KitHeader.padding(after: size))
    }
    add(KitManifest.name, manifest.bytes)
    for member in manifest.members {
      let bytes = try #require(members.first { $0.0 == member.part }?.1)
      add(member.name, bytes)
    }
    kit += KitHeader.end
    var parser = KitParser()
    var found: [KitPart: Int] = [:]
    var verified: [KitPart] = []
    var rest = kit[...]
    while !rest.isEmpty {
      var piece = rest.prefix(step)
      rest = rest.dropFirst(step)
      while let next = try parser.next(&piece) {
        switch next {
        case .manifest(let read): #expect(read == manifest)
        case .bytes(let member, let bytes): found[member.part, default: 0] += bytes.count
        case .verified(let member, _): verified.append(member.part)
        }
      }
    }
    try parser.finish()
    #expect(verified == manifest.members.map(\.part))
    for member in manifest.members { #expect(found[member.part] == Int(member.size)) }
  }
}
