import Attesting
import Failing
import Hashing
import Listing
import Reading
import Signing
import Testing

/// SBOMs and the list of packages in an artifact, against what is signed.
@Suite struct ContentsTests {
  @Test(arguments: ContentsScene.Form.allCases, [false, true])
  func whatWeWriteAgrees(_ form: ContentsScene.Form, _ isMerged: Bool) throws {
    let scene = try ContentsScene()
    let bill = try scene.bill(form, isMerged: isMerged).prettyBytes()
    let unlisted = try scene.verify(bills: [bill], list: scene.list)
    #expect(unlisted.objections.map(\.message) == [])
    for question in [Check.Question.sbom, .dependencyList] {
      let answers = unlisted.checks.filter { $0.question == question }.map(\.answer)
      #expect(answers == [.passed])
    }
    let listed = try scene.verify(
      bills: [bill], list: scene.list, materials: scene.materials(listing: bill))
    #expect(listed.objections.map(\.message) == [])
    // The project's own crates are vouched for by the units or by the artifact's own list.
    let alone = Array(scene.materials.prefix(1))
    #expect(try scene.codes(bills: [bill], list: scene.list, materials: alone) == [])
    #expect(
      try scene.codes(bills: [bill], list: nil, materials: alone) == ["sbom-unknown"])
  }

  @Test func whatIsNotThereIsNotAskedUnlessThePolicyWantsIt() throws {
    let scene = try ContentsScene()
    let bill = try scene.bill().prettyBytes()
    let none = try scene.verify(bills: [], list: nil)
    #expect(none.isPassed)
    for question in [Check.Question.sbom, .dependencyList] {
      #expect(none.checks.contains { $0.question == question && $0.answer == .notAsked })
    }
    let policy = "[contents]\nsbom = true\ndependency-list = true"
    #expect(
      try scene.codes(bills: [], list: nil, policy: policy) == ["no-dependency-list", "no-sbom"])
    #expect(try scene.codes(bills: [bill], list: scene.list, policy: policy) == [])
    let refused = try scene.verify(bills: [], list: nil, policy: policy)
    #expect(refused.worst?.exitCode == .policyRefused)
    // One that does not hold is none.
    #expect(
      try scene.codes(bills: [Array("{}".utf8)], list: scene.list, policy: policy)
        == ["sbom-unknown-form", "no-sbom"])
    for contents in [nil, ArtifactContents.unknown] {
      #expect(
        try scene.verify(bills: [bill], contents: contents, policy: policy).objections
          .map(\.code) == [.noDependencyList])
    }
  }

  @Test func brokenArtifactsAreRefused() throws {
    let scene = try ContentsScene()
    func codes(_ contents: ArtifactContents) throws -> [Objection.Code] {
      try scene.verify(bills: [], contents: contents).objections.map(\.code)
    }
    #expect(try codes(.broken("its tables")) == [.artifactUnreadable])
    #expect(try codes(.unreadableList("not JSON")) == [.dependencyListUnreadable])
  }

  @Test func onlyListedSBOMsCountWhereSomeAreListed() throws {
    let scene = try ContentsScene()
    let bill = try scene.bill()
    let materials = try scene.materials(listing: bill.prettyBytes())
    let same = bill.compactBytes()
    #expect(try scene.codes(bills: [same], list: scene.list) == [])
    #expect(
      try scene.codes(bills: [same], list: scene.list, materials: materials)
        == ["sbom-not-listed"])
  }

  @Test func withoutProvenanceNothingIsCompared() throws {
    let scene = try ContentsScene()
    let bill = try scene.bill().prettyBytes()
    let codes = try scene.codes(
      bills: [bill], list: scene.list, materials: Array(scene.materials.dropFirst()))
    #expect(Set(codes) == ["no-provenance", "statements-disagree"])
  }

  /// A list that the project put in itself can have more than was built, and no crate of nowhere.
  @Test func listsOfOthersMayHaveMore() throws {
    let scene = try ContentsScene(isAuditable: false)
    var list = scene.list
    list.packages.append(.init(name: "helper", version: "0.1.0", source: "local"))
    list.packages.append(.init(name: "old", version: "0.1.0", source: "local"))
    list.packages[0].isBuild.toggle()
    let bill = try scene.bill().prettyBytes()
    #expect(try scene.codes(bills: [bill], list: list) == [])
    list.packages.append(.init(name: "evil", version: "1.0.0", source: "crates.io"))
    #expect(try scene.codes(bills: [bill], list: list) == ["dependency-list-unknown"])
  }

  /// An SBOM without the linker's evidence says nothing of libraries.
  @Test func librariesAreNeededWhereTheLinkerWasAsked() throws {
    let scene = try ContentsScene()
    var bill = try scene.bill()
    let more = ContentsScene.needed + ["libm.so.6"]
    func codes() throws -> [String] {
      try scene.codes(bills: [bill.compactBytes()], list: scene.list, needed: more)
    }
    #expect(try codes() == ["sbom-library"])
    for (index, _) in (bill["components"]?.arrayValue ?? []).enumerated() {
      bill.set(["components", "\(index)", "evidence"], nil)
    }
    #expect(try codes() == ["sbom-library"])
    bill.set(["compositions", "0", "aggregate"], "incomplete")
    #expect(try codes() == [])
  }

  // MARK: The list in the artifact

  typealias Change = @Sendable (inout DependencyList) -> Void

  private static func position(_ name: String, _ list: DependencyList) -> Int {
    list.packages.firstIndex { $0.name == name } ?? 0
  }

  /// What is changed, the code with units, and the one of an SBOM where no units are known.
  static let lists: [(String, Change, String, String)] = [
    ("name", { $0.packages[position("ahash", $0)].name = "ahasj" }, "unknown", "unknown"),
    ("accent", { $0.packages[position("ahash", $0)].name = "ahas\u{301}h" }, "unknown", "unknown"),
    ("empty name", { $0.packages[position("ahash", $0)].name = "" }, "unknown", "unknown"),
    ("version", { $0.packages[position("ahash", $0)].version = "0.7.7" }, "unknown", "unknown"),
    ("git name", { $0.packages[position("tool", $0)].name = "toll" }, "unknown", "unknown"),
    ("git version", { $0.packages[position("tool", $0)].version = "2.0.1" }, "unknown", "unknown"),
    ("git as registry", { $0.packages[position("tool", $0)].source = "registry" }, "unknown", ""),
    ("git as local", { $0.packages[position("tool", $0)].source = "local" }, "unknown", ""),
    ("git as crates.io", { $0.packages[position("tool", $0)].source = "crates.io" }, "unknown", ""),
    ("as local", { $0.packages[position("ahash", $0)].source = "local" }, "unknown", ""),
    ("as git", { $0.packages[position("ahash", $0)].source = "git" }, "unknown", ""),
    ("as registry", { $0.packages[position("ahash", $0)].source = "registry" }, "unknown", ""),
    ("another word", { $0.packages[position("ahash", $0)].source = "CratesIo" }, "unknown", ""),
    ("registry", { $0.packages[position("base64", $0)].source = "crates.io" }, "unknown", ""),
    ("own as foreign", { $0.packages[position("app", $0)].source = "crates.io" }, "unknown", ""),
    ("own name", { $0.packages[position("app", $0)].name = "apt" }, "not-built", "own"),
    ("own version", { $0.packages[position("app", $0)].version = "0.1.1" }, "not-built", "own"),
    ("linked", { $0.packages[position("tool", $0)].isBuild = false }, "role", "sbom"),
    ("linked too", { $0.packages[position("aho-corasick", $0)].isBuild = false }, "role", "sbom"),
    ("built", { $0.packages[position("ahash", $0)].isBuild = true }, "role", "sbom"),
    ("built too", { $0.packages[position("base64", $0)].isBuild = true }, "role", "sbom"),
    ("own built", { $0.packages[position("app", $0)].isBuild = true }, "role", "sbom"),
    ("without", { $0.packages.remove(at: position("ahash", $0)) }, "missing", "sbom"),
    ("without a macro", { $0.packages.remove(at: position("tool", $0)) }, "missing", "sbom"),
    ("without itself", { $0.packages.remove(at: position("app", $0)) }, "missing", "own"),
    ("nothing", { $0.packages = [] }, "missing", "own"),
    ("twice", { $0.packages.append($0.packages[position("ahash", $0)]) }, "twice", "twice"),
    (
      "helper", { $0.packages.append(.init(name: "helper", version: "0.1.0", source: "local")) },
      "not-built", "sbom"
    ),
    (
      "ghost", { $0.packages.append(.init(name: "ghost", version: "0.1.0", source: "local")) },
      "not-built", "sbom"
    ),
    (
      "evil", { $0.packages.append(.init(name: "evil", version: "1.0.0", source: "crates.io")) },
      "unknown", "unknown"
    ),
    (
      "evil of git", { $0.packages.append(.init(name: "evil", version: "1.0.0", source: "git")) },
      "unknown", "unknown"
    ),
  ]

  @Test func aChangedListIsRefused() throws {
    let scene = try ContentsScene()
    let bill = try scene.bill().prettyBytes()
    let alone = Array(scene.materials.prefix(1))
    for (name, change, code, other) in Self.lists {
      var list = scene.list
      change(&list)
      #expect(list != scene.list, "\(name)")
      let codes = try scene.codes(bills: [], list: list)
      #expect(codes == ["dependency-list-\(code)"], "\(name)")
      let without = try scene.codes(bills: [bill], list: list, materials: alone)
      let expected =
        switch other {
        case "sbom": "sbom-dependency-list"
        case "own": "sbom-unknown"
        default: "dependency-list-\(other.isEmpty ? code : other)"
        }
      #expect(without.contains(expected), "\(name): \(without)")
    }
  }

  /// What no check claims: the order, who depends on whom, and which is the root. The list is part of
  /// the artifact, whose digest is signed.
  @Test func theListIsComparedAsASet() throws {
    let scene = try ContentsScene()
    var list = scene.list
    list.packages = list.packages.reversed().map {
      var package = $0
      package.dependencies = []
      package.isRoot = false
      return package
    }
    #expect(try scene.codes(bills: [scene.bill().prettyBytes()], list: list) == [])
  }
}
