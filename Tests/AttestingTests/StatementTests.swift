import Attesting
import Failing
import Hashing
import Linux
import Reading
import Testing

/// Statements as they are written, in Golden/, with PLAN and RECORD for digests that others decide.
@Suite struct StatementTests {
  @Test(arguments: ["provenance", "reproducibility", "runtime-trace"])
  func statementsAreAsTheyWere(_ name: String) throws {
    let scene = try Scene()
    let index = try #require(
      ["provenance", "reproducibility", "runtime-trace"].firstIndex(of: name))
    let build = try scene.build()
    let record = try #require(build.documents.first { $0.name == "record.json" })
    let text = String(decoding: try scene.statements()[index].json.prettyBytes(), as: UTF8.self)
      .replacing(build.planDigest.description, with: "PLAN")
      .replacing(record.digest.hex, with: "RECORD")
    let golden = "\(Scene.home)/Golden/\(name).json"
    if Machine.environment("CUPEL_WRITE_GOLDEN") != nil {
      try FileSystem.write(Array(text.utf8), to: golden)
    }
    #expect(text == String(decoding: try FileSystem.read(golden), as: UTF8.self))
  }

  @Test func theSameFolderGivesTheSameBytes() throws {
    let scene = try Scene()
    let first = try scene.statements().map { try $0.bytes() }
    #expect(try scene.statements().map { try $0.bytes() } == first)
    for bytes in first {
      let json = try JSON(parsing: bytes, file: "statement")
      #expect(try json.canonicalBytes() == bytes)
    }
  }

  @Test func aStatementIsReadBackAsItWas() throws {
    let scene = try Scene()
    for statement in try scene.statements() {
      let again = try Statement(parsing: statement.bytes())
      #expect(again.subjects == statement.subjects)
      #expect(again.predicateType == statement.predicateType)
      #expect(try again.bytes() == statement.bytes())
    }
  }

  /// A vendored crate's checksum is what Cargo.lock says of an archive that nobody looked into.
  @Test func onlyArchivesThatWereReadAreNamedByTheirDigest() throws {
    let scene = try Scene()
    guard case .provenance(let claims) = try Claims(scene.statements()[0]) else {
      Issue.record("no provenance")
      return
    }
    let crates = claims.dependencies.filter { $0.uri?.hasPrefix("pkg:cargo/") == true }
    #expect(crates.map { $0.digest("sha256") != nil } == [true, false, false, false])
    #expect(crates.map { $0.annotations["locked"] != nil } == [false, true, false, true])
    #expect(claims.level == .git)
  }

  @Test func linesOfAFileAreStatementsOfTheirOwn() throws {
    let lines = try Material.split(Array("{}\n\n{}\n".utf8), file: "a.jsonl")
    #expect(lines.map(\.place) == ["a.jsonl:1", "a.jsonl:3"])
    #expect(try Material.split(Array("{}\n{}".utf8), file: "a.json").count == 1)
    #expect(throws: Objection.self) { _ = try Material.split([0x0a], file: "a.jsonl") }
    #expect(throws: Objection.self) {
      _ = try Material.split(
        Array(String(repeating: "{}\n", count: 2000).utf8), file: "a.jsonl")
    }
  }

  /// The first unit that gave something else, found from what was published.
  @Test func theFirstUnitThatDiffersIsNamed() throws {
    let scene = try Scene()
    guard case .reproducibility(let claims) = try Claims(scene.statements()[1]) else {
      Issue.record("no statement on reproducibility")
      return
    }
    let published = try #require(claims.units)
    var record = try Scene.data("record.json")
    func beginnings() throws -> [String] {
      let rebuilt = try PublishedUnits(record: record)
      return published.beginnings(of: try #require(rebuilt))
    }
    #expect(try beginnings() == [])
    for unit in ["1", "2", "4"] {
      record.set(
        ["units", "list", unit, "outputsDigest"], .string("\(Digest.hashing("other"))"))
    }
    let roots = try beginnings()
    let unit = try #require(record["units"]?["list"]?[1])
    #expect(roots.count == 1)
    #expect(roots[0].hasPrefix(unit["package"]?.stringValue ?? "?"))
    record.set(["units", "list", "5", "hash"], "-0123")
    #expect(
      try beginnings().last?.hasSuffix("which is missing") == true)
  }

  @Test func aRebuildIsComparedWithWhatWasPublished() throws {
    let scene = try Scene()
    let materials = try scene.materials()
    let artifact = try scene.artifact
    var verification = try scene.verify(materials)
    try verification.compare(with: scene.build())
    #expect(verification.isPassed && verification.levels.contains(VerificationSummary.rebuilt))

    try scene.write(
      artifact: "other bytes\n",
      record: { $0.set(["units", "list", "1", "outputsDigest"], "\(Digest.hashing("other"))") })
    try verification.compare(with: scene.build())
    #expect(verification.objections.map(\.code) == [.rebuildDifferent])
    let detail = try #require(verification.worst?.detail)
    #expect(detail.contains("it gives \(Digest.hashing("other bytes\n"))"))
    let package = try Scene.data("record.json")["units"]?["list"]?[1]?["package"]?.stringValue
    #expect(detail.contains("first other units: \(package ?? "?") "))
    #expect(verification.worst?.exitCode == .different)

    try scene.write(plan: { $0.set(["request", "profile"], "dev") })
    verification = try scene.verify(materials, artifacts: [artifact])
    try verification.compare(with: scene.build())
    #expect(verification.objections.map(\.code) == [.rebuildOtherPlan])
    #expect(!verification.levels.contains(VerificationSummary.rebuilt))
  }

  /// Of several targets, artifacts can have one name: what stands against one stands.
  @Test func artifactsOfOneNameAreRebuiltEach() throws {
    let scene = try Scene()
    let other = Verification.Artifact(name: "app", digest: Digest.hashing("other bytes\n"))
    for artifacts in [[try scene.artifact, other], [other, try scene.artifact]] {
      var verification = try scene.verify(try scene.materials(), artifacts: artifacts)
      try verification.compare(with: scene.build())
      #expect(verification.objections.map(\.code) == [.noProvenance, .rebuildOtherPlan])
      #expect(verification.checks.count { $0.question == .rebuild } == 2)
      #expect(!verification.levels.contains(VerificationSummary.rebuilt))
    }
  }

  @Test func everyRefusalIsDocumented() throws {
    let folder = Scene.home.split(separator: "/").dropLast(2).joined(separator: "/")
    let page = String(decoding: try FileSystem.read("/\(folder)/docs/verifying.md"), as: UTF8.self)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
      .map { $0.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } } }
    for code in Objection.Code.allCases {
      #expect(
        rows.contains { $0[0] == code.rawValue && $0[1] == "\(code.exitCode.rawValue)" },
        "docs/verifying.md does not say that \(code.rawValue) ends with \(code.exitCode.rawValue)")
    }
    for question in Check.Question.allCases {
      #expect(rows.contains { $0[0] == question.rawValue }, "\(question.rawValue) is not explained")
    }
  }

  @Test func theBuildTypeIsDocumented() throws {
    let folder = Scene.home.split(separator: "/").dropLast(2).joined(separator: "/")
    let page = String(decoding: try FileSystem.read("/\(folder)/docs/build-type.md"), as: UTF8.self)
    #expect(page.contains(Provenance.buildType) && page.contains(Provenance.unnamedBuilder))
    let scene = try Scene()
    let predicate = try scene.statements()[0].predicate
    let definition = try #require(predicate["buildDefinition"])
    for group in ["externalParameters", "internalParameters"] {
      for member in try #require(definition[group]?.objectValue).members {
        #expect(page.contains("`\(member.key)"), "\(group).\(member.key) is not explained")
        guard group == "externalParameters", case .object(let inner) = member.value else {
          continue
        }
        for key in inner.members.map(\.key) {
          #expect(page.contains("`\(member.key).\(key)`"), "\(member.key).\(key) is not explained")
        }
      }
    }
  }
}
