import Attesting
import Hashing
import Listing
import Reading
import Signing
import Testing

/// A valid SBOM, changed in one place. No statement lists its digest, so that only what it says can
/// betray it.
@Suite struct BillMutationTests {
  struct Mutation: Sendable {
    let path: String
    let value: JSON?
    let code: String

    init(_ path: String, _ value: JSON?, _ code: String) {
      self.path = path
      self.value = value
      self.code = "sbom-\(code)"
    }
  }

  private static let zeros = JSON.string(String(repeating: "0", count: 64))
  private static let capitals = JSON.string(String(repeating: "A", count: 64))

  private static func component(_ name: String, _ version: String, _ url: String) -> JSON {
    .object([
      ("type", "library"), ("bom-ref", "more"), ("name", .string(name)),
      ("version", .string(version)), ("purl", .string(url)),
    ])
  }

  static let cycloneDX: [Mutation] = [
    Mutation("bomFormat", nil, "unknown-form"),
    Mutation("bomFormat", "SPDX", "unknown-form"),
    Mutation("specVersion", nil, "unknown-form"),
    Mutation("specVersion", "1.4", "unknown-form"),
    Mutation("specVersion", "1.8", "unknown-form"),
    Mutation("specVersion", 1.6, "unknown-form"),
    Mutation("metadata", nil, "malformed"),
    Mutation("metadata/component", nil, "malformed"),
    Mutation("metadata/component", [], "malformed"),
    Mutation("metadata/component/type", nil, "malformed"),
    Mutation("metadata/component/name", nil, "malformed"),
    Mutation("metadata/component/name", 7, "malformed"),
    Mutation("metadata/component/version", "0.1.1", "malformed"),
    Mutation("metadata/component/purl", "pkg:cargo/apt@0.1.0", "malformed"),
    Mutation("metadata/component/purl", "pkg:cargo/app@0.1.1", "malformed"),
    Mutation("metadata/component/purl", "pkg:npm/app@0.1.0", "unknown"),
    Mutation("metadata/component/purl", "app", "unknown"),
    Mutation("metadata/component/bom-ref", "artifact:apt", "dangling"),
    Mutation("metadata/component/bom-ref", "crate:app@0.1.0", "twice"),
    Mutation("metadata/component/hashes", nil, "without-digest"),
    Mutation("metadata/component/hashes", [], "without-digest"),
    Mutation("metadata/component/hashes", "x", "malformed"),
    Mutation("metadata/component/hashes/0/alg", "SHA-1", "weak-digest"),
    Mutation("metadata/component/hashes/0/alg", "MD5", "weak-digest"),
    Mutation("metadata/component/hashes/0/alg", "SHA-512", "weak-digest"),
    Mutation("metadata/component/hashes/0/alg", nil, "malformed"),
    Mutation("metadata/component/hashes/0/content", zeros, "other-artifact"),
    Mutation("metadata/component/hashes/0/content", capitals, "malformed"),
    Mutation("metadata/component/hashes/0/content", "00", "malformed"),
    Mutation("metadata/component/hashes/0/content", nil, "malformed"),
    Mutation(
      "metadata/component/hashes/1", .object([("alg", "SHA-256"), ("content", zeros)]), "malformed"),
    Mutation("components", nil, "dangling"),
    Mutation("components", "x", "malformed"),
    Mutation("components/0", "x", "malformed"),
    Mutation("components/0/type", nil, "malformed"),
    Mutation("components/@ahash", nil, "dangling"),
    Mutation("components/@ahash/name", "ahasj", "malformed"),
    Mutation("components/@ahash/name", nil, "malformed"),
    Mutation("components/@ahash/version", "0.7.7", "malformed"),
    Mutation("components/@ahash/version", nil, "malformed"),
    Mutation("components/@ahash/version", 7, "malformed"),
    Mutation("components/@ahash/purl", "pkg:cargo/ahash@0.7.7", "malformed"),
    Mutation("components/@ahash/purl", "pkg:cargo/ahash@0.7.66", "malformed"),
    Mutation("components/@ahash/purl", "pkg:npm/ahash@0.7.6", "unknown"),
    Mutation(
      "components/@ahash/purl", "pkg:cargo/ahash@0.7.6?repository_url=https://example.org/i",
      "unknown"),
    Mutation("components/@ahash/purl", "pkg:cargo/ahash@0.7.6#src", "missing"),
    Mutation("components/@ahash/purl", nil, "missing"),
    Mutation("components/@ahash/hashes", nil, "digest"),
    Mutation("components/@ahash/hashes/0/content", zeros, "digest"),
    Mutation("components/@ahash/hashes/0/content", "", "malformed"),
    Mutation("components/@ahash/hashes/0/alg", "SHA-1", "digest"),
    Mutation("components/@ahash/scope", "excluded", "role"),
    Mutation("components/@ahash/scope", "no", "malformed"),
    Mutation("components/@ahash/scope", 1, "malformed"),
    Mutation("components/@ahash/bom-ref", nil, "dangling"),
    Mutation("components/@ahash/bom-ref", "ahash", "dangling"),
    Mutation("components/@ahash/bom-ref", "crate:tool@2.0.0", "twice"),
    Mutation("components/@aho-corasick/scope", "required", "role"),
    Mutation("components/@aho-corasick/scope", "optional", "role"),
    Mutation("components/@aho-corasick/scope", nil, "role"),
    Mutation("components/@aho-corasick/hashes/0/content", zeros, "digest"),
    Mutation("components/@aho-corasick/hashes", nil, "digest"),
    Mutation("components/@tool/scope", "required", "role"),
    Mutation("components/@tool/purl", "pkg:cargo/tool@2.0.0", "unknown"),
    Mutation(
      "components/@tool/purl",
      .string(
        "pkg:cargo/tool@2.0.0?vcs_url=git%2Bhttps://example.org/tool%40"
          + "0000000000000000000000000000000000000002"), "unknown"),
    Mutation(
      "components/@tool/hashes", [.object([("alg", "SHA-256"), ("content", zeros)])], "digest"),
    Mutation("components/@base64/purl", "pkg:cargo/base64@0.13.0", "unknown"),
    Mutation("components/@base64/hashes/0/content", zeros, "digest"),
    Mutation(
      "components/@app/hashes", [.object([("alg", "SHA-256"), ("content", zeros)])], "digest"),
    Mutation("components/@app/scope", "excluded", "role"),
    Mutation("components/@base-files/version", "12.4", "malformed"),
    Mutation("components/@base-files/name", "base", "malformed"),
    Mutation("components/@base-files/hashes", nil, "digest"),
    Mutation("components/@base-files/hashes/0/content", zeros, "digest"),
    Mutation(
      "components/@base-files/purl", "pkg:deb/debian/base-files@12.4?arch=amd64", "unknown"),
    Mutation("components/@rust-std/version", "1.95.0", "malformed"),
    Mutation("components/@rust-std/purl", "pkg:generic/rust-std@1.95.0", "unknown"),
    Mutation("components/@rust-std/purl", "pkg:generic/libc@1", "unknown"),
    Mutation("components/@libz.so.1.2.13/name", "libz.so.2", "library"),
    Mutation("components/@libc.so.6/name", "libc.so.66", "library"),
    Mutation("components/99", component("evil", "1.0.0", "pkg:cargo/evil@1.0.0"), "unknown"),
    Mutation("components/99", component("tool", "3.0.0", "pkg:cargo/tool@3.0.0"), "unknown"),
    Mutation("components/99", component("helper", "0.1.0", "pkg:cargo/helper@0.1.0"), "not-built"),
    Mutation("components/99", component("ahash", "0.7.6", "pkg:cargo/ahash@0.7.6"), "twice"),
    Mutation("components/99", component("left-pad", "1.0.0", "pkg:npm/left-pad@1.0.0"), "unknown"),
    Mutation("components/99", .object([("name", "x")]), "malformed"),
    Mutation(
      "components/0/components", [component("evil", "1.0.0", "pkg:cargo/evil@1.0.0")], "unknown"),
    Mutation("components/0/components", .object([]), "malformed"),
    Mutation(
      "metadata/component/components", [component("evil", "1.0.0", "pkg:cargo/evil@1.0.0")],
      "unknown"),
    Mutation("dependencies", "x", "malformed"),
    Mutation("dependencies/0/ref", "nobody", "dangling"),
    Mutation("dependencies/0/ref", "crate:ahash@0.7.6", "malformed"),
    Mutation("dependencies/0/ref", nil, "malformed"),
    Mutation("dependencies/0/dependsOn", ["nobody"], "dangling"),
    Mutation("dependencies/0/dependsOn", "crate:app@0.1.0", "malformed"),
    Mutation("dependencies/@crate:ahash@0.7.6/dependsOn", ["crate:ahash@0.7.6"], "loop"),
    Mutation("dependencies/@crate:ahash@0.7.6/dependsOn", ["crate:app@0.1.0"], "loop"),
    Mutation("dependencies/@crate:ahash@0.7.6/dependsOn", ["artifact:app"], "loop"),
    Mutation("compositions", .object([]), "malformed"),
    Mutation("compositions/0/aggregate", nil, "malformed"),
  ]

  static let spdx: [Mutation] = [
    Mutation("spdxVersion", nil, "unknown-form"),
    Mutation("spdxVersion", "SPDX-2.2", "unknown-form"),
    Mutation("spdxVersion", "SPDX-3.0", "unknown-form"),
    Mutation("SPDXID", nil, "malformed"),
    Mutation("SPDXID", "SPDXRef-OTHER", "malformed"),
    Mutation("packages", nil, "malformed"),
    Mutation("packages", [], "malformed"),
    Mutation("packages/0", nil, "malformed"),
    Mutation("packages/0", "x", "malformed"),
    Mutation("packages/0/SPDXID", nil, "malformed"),
    Mutation("packages/0/SPDXID", "SPDXRef-apt", "malformed"),
    Mutation("packages/0/name", nil, "malformed"),
    Mutation("packages/0/versionInfo", "0.1.1", "malformed"),
    Mutation("packages/0/checksums", nil, "without-digest"),
    Mutation("packages/0/checksums/0/algorithm", "SHA1", "weak-digest"),
    Mutation("packages/0/checksums/0/algorithm", nil, "malformed"),
    Mutation("packages/0/checksums/0/checksumValue", zeros, "other-artifact"),
    Mutation("packages/0/checksums/0/checksumValue", capitals, "malformed"),
    Mutation("packages/0/externalRefs/0/referenceLocator", "pkg:cargo/apt@0.1.0", "malformed"),
    Mutation("packages/@ahash", nil, "dangling"),
    Mutation("packages/@ahash/name", "ahasj", "malformed"),
    Mutation("packages/@ahash/versionInfo", "0.7.7", "malformed"),
    Mutation("packages/@ahash/versionInfo", nil, "malformed"),
    Mutation("packages/@ahash/checksums", nil, "digest"),
    Mutation("packages/@ahash/checksums/0/checksumValue", zeros, "digest"),
    Mutation("packages/@ahash/checksums/0/algorithm", "SHA1", "digest"),
    Mutation("packages/@ahash/externalRefs", nil, "missing"),
    Mutation("packages/@ahash/externalRefs/0/referenceType", "cpe23Type", "missing"),
    Mutation(
      "packages/@ahash/externalRefs/0/referenceLocator", "pkg:cargo/ahash@0.7.7", "malformed"),
    Mutation(
      "packages/@ahash/externalRefs/1",
      .object([("referenceType", "purl"), ("referenceLocator", "pkg:cargo/ahash@0.7.6")]),
      "malformed"),
    Mutation("packages/@base-files/checksums/0/checksumValue", zeros, "digest"),
    Mutation("packages/@rust-std/versionInfo", "1.95.0", "malformed"),
    Mutation("packages/@libz.so.1.2.13/name", "libz.so.2", "library"),
    Mutation("relationships", nil, "malformed"),
    Mutation("relationships", [], "malformed"),
    Mutation("relationships/0/relationshipType", "OTHER", "malformed"),
    Mutation("relationships/0/relationshipType", nil, "malformed"),
    Mutation("relationships/0/relatedSpdxElement", "SPDXRef-nobody", "malformed"),
    Mutation("relationships/1/relatedSpdxElement", "SPDXRef-nobody", "dangling"),
    Mutation("relationships/1/spdxElementId", "SPDXRef-nobody", "dangling"),
    Mutation("documentDescribes", ["SPDXRef-other"], "malformed"),
  ]

  @Test(arguments: [(ContentsScene.Form.cycloneDX16, cycloneDX), (.spdx, spdx)])
  func aChangedSBOMIsRefused(_ form: ContentsScene.Form, _ mutations: [Mutation]) throws {
    let scene = try ContentsScene()
    let valid = try scene.bill(form)
    #expect(try scene.codes(bills: [valid.compactBytes()], list: scene.list) == [])
    for mutation in mutations {
      var bill = valid
      bill.set(valid.resolve(mutation.path), mutation.value)
      #expect(bill != valid, "\(mutation.path)")
      let codes = try scene.codes(bills: [bill.compactBytes()], list: scene.list)
      #expect(
        codes == [mutation.code], "\(mutation.path) \(mutation.value.map { "\($0)" } ?? "absent")")
    }
  }

  /// Roles and relations of SPDX, which has no scope.
  @Test func relationsOfSPDXAreRead() throws {
    let scene = try ContentsScene()
    let valid = try scene.bill(.spdx)
    let relations = valid["relationships"]?.arrayValue ?? []
    var codes: Set<String> = []
    for (index, relation) in relations.enumerated()
    where relation["relationshipType"] == "BUILD_DEPENDENCY_OF" {
      var bill = valid
      // The macro and what it needs are then linked.
      bill.set(["relationships", "\(index)", "relationshipType"], "DEPENDENCY_OF")
      codes.formUnion(try scene.codes(bills: [bill.compactBytes()], list: scene.list))
      bill.set(
        ["relationships", "\(index)", "relatedSpdxElement"],
        relation["spdxElementId"])
      #expect(try scene.codes(bills: [bill.compactBytes()], list: scene.list) == ["sbom-loop"])
    }
    #expect(codes == ["sbom-role"])
  }

  static let texts: [(String, String, @Sendable (String) -> [UInt8])] = [
    ("nothing", "sbom-unreadable", { _ in [] }),
    ("half", "sbom-unreadable", { Array($0.utf8.prefix($0.utf8.count / 2)) }),
    ("two", "sbom-unreadable", { Array(($0 + $0).utf8) }),
    ("byte order mark", "sbom-unreadable", { Array("\u{FEFF}\($0)".utf8) }),
    (
      "not UTF-8", "sbom-unreadable",
      {
        Array($0.replacing("ahash", with: "\u{7f}").utf8).map {
          $0 == 0x7f ? 0xff : $0
        }
      }
    ),
    (
      "duplicate key", "sbom-unreadable",
      { Array("{\"bomFormat\":\"CycloneDX\",\($0.dropFirst())".utf8) }
    ),
    ("deep", "sbom-unreadable", { _ in [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000) }),
    (
      "deep components", "sbom-unreadable",
      { text in
        let open = String(repeating: "{\"components\":[", count: 200)
        return Array("\(open)\(String(repeating: "]}", count: 200))".utf8)
      }
    ),
    ("lone surrogate", "sbom-unreadable", { Array($0.replacing("ahash", with: "\\ud800").utf8) }),
    (
      "endless number", "sbom-unreadable",
      { Array($0.replacing("\"version\":1,", with: "\"version\":1e999,").utf8) }
    ),
    ("comment", "sbom-unreadable", { Array("// x\n\($0)".utf8) }),
    ("array", "sbom-unknown-form", { Array("[\($0)]".utf8) }),
    ("null", "sbom-unknown-form", { _ in Array("null".utf8) }),
    ("XML", "sbom-unreadable", { _ in Array("<bom/>".utf8) }),
    (
      "too many components", "sbom-malformed",
      { text in
        let more = String(repeating: "{\"type\":\"file\",\"name\":\"x\"},", count: 100_001)
        return Array(
          text.replacing(
            "\"components\":[{\"type\":\"library\",\"bom-ref\":\"crate:ahash",
            with: "\"components\":[\(more){\"type\":\"library\",\"bom-ref\":\"crate:ahash"
          ).utf8)
      }
    ),
    (
      "too large", "sbom-unreadable",
      { _ in
        [UInt8](repeating: 0x20, count: PublishedBill.sizeLimit + 1)
      }
    ),
  ]

  @Test func aHostileTextIsRefused() throws {
    let scene = try ContentsScene()
    let text = String(decoding: try scene.bill().compactBytes(), as: UTF8.self)
    for (name, code, make) in Self.texts {
      let changed = make(text)
      #expect(changed != Array(text.utf8), "\(name)")
      #expect(try scene.codes(bills: [changed], list: scene.list) == [code], "\(name)")
    }
  }

  /// Where provenance lists the SBOM, every byte of it counts.
  @Test func noChangedByteOfAListedSBOMIsAccepted() throws {
    let scene = try ContentsScene()
    let bill = try scene.bill().prettyBytes()
    let materials = try scene.materials(listing: bill)
    #expect(try scene.codes(bills: [bill], list: scene.list, materials: materials) == [])
    for offset in stride(from: 0, to: bill.count, by: 41) {
      var changed = bill
      changed[offset] ^= 1
      let codes = try scene.codes(bills: [changed], list: scene.list, materials: materials)
      #expect(!codes.isEmpty, "byte \(offset)")
    }
  }

  /// What no check claims, by the name of the member. None of it names a package, a digest of one, what
  /// is linked, or a library that is needed.
  private static let unclaimed: Set<String> = [
    // About the document: it is not signed, and nothing is concluded from who wrote it, and when.
    "$schema", "serialNumber", "version of the document", "timestamp", "tools",
    // About packages, from their own manifests or from the plan, not from what was resolved.
    "licenses", "properties",
    // Where the linker found what, and how sure it is: paths of the builder's machine.
    "evidence", "hashes of a file", "name of a file",
    // The artifact's name in words; it is known by its digest.
    "name of the artifact",
    // What a component is called inside the document, and kinds of components.
    "type", "dependencies", "bom-ref", "compositions",
    // A component without a scope is required; one without a URL is no package of the rootfs; an
    // artifact need not say which crate it is of.
    "scope is absent", "purl is absent",
    // The same, where a whole member is no longer what it was called.
    "$schema is absent", "serialNumber is absent", "version is absent", "timestamp is absent",
    "tools is absent", "licenses is absent", "properties is absent", "evidence is absent",
    "hashes of a file is absent", "dependencies is absent", "compositions is absent",
  ]

  @Test func whatAnUnlistedSBOMMaySayOtherwiseIsKnown() throws {
    let scene = try ContentsScene()
    let bill = try scene.bill()
    let bytes = bill.prettyBytes()
    var accepted: Set<String> = []
    var refused = 0
    for offset in stride(from: 0, to: bytes.count, by: 17) {
      var changed = bytes
      changed[offset] ^= 1
      if try !scene.codes(bills: [changed], list: scene.list).isEmpty {
        refused += 1
        continue
      }
      let other = try JSON(parsing: changed, file: "changed")
      accepted.formUnion(Self.differences(bill, other).map { Self.member($0, bill) })
    }
    #expect(refused > 120)
    #expect(accepted.subtracting(Self.unclaimed) == [])
  }

  /// Paths of values that differ.
  private static func differences(_ a: JSON, _ b: JSON, _ path: [String] = []) -> [[String]] {
    if a == b { return [] }
    if let left = a.arrayValue, let right = b.arrayValue, left.count == right.count {
      return zip(left, right).enumerated().flatMap {
        differences($0.element.0, $0.element.1, path + ["\($0.offset)"])
      }
    }
    if let left = a.objectValue?.members, let right = b.objectValue?.members,
      left.count == right.count
    {
      return zip(left, right).flatMap {
        $0.key == $1.key
          ? differences($0.value, $1.value, path + [$0.key]) : [path + [$0.key, "is absent"]]
      }
    }
    return [path]
  }

  private static func member(_ path: [String], _ bill: JSON) -> String {
    if path.count == 1 { return path[0] == "version" ? "version of the document" : path[0] }
    var member = path[0]
    var depth = 1
    if path[0] == "metadata" {
      let isComponent = path[1] == "component" && path.count > 2
      (member, depth) = isComponent ? (path[2], 3) : (path[1], 2)
      if isComponent, member == "name" { member = "name of the artifact" }
    } else if path[0] == "components", path.count > 2, let index = Int(path[1]) {
      (member, depth) = (path[2], 3)
      let isFile = bill["components"]?[index]?["type"] == "file"
      if isFile, ["hashes", "name"].contains(member) { member += " of a file" }
    }
    return path.count == depth + 1 && path[depth] == "is absent" ? "\(member) is absent" : member
  }
}
