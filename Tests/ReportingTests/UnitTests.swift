import Building
import Explaining
import Hashing
import Reading
import Testing

@testable import Reporting

/// What a report says of units and of blame.
@Suite struct UnitTests {
  private static func record(_ text: String, files: Int = 1, units: Int = 1) -> UnitRecord {
    UnitRecord(
      units: (0..<units).map { index in
        RecordedUnit(
          package: CargoPackage(name: "gen", version: "0.2.1"), kind: .buildScriptRun,
          crate: "build-script", hash: "gen-\(index)", features: ["std"],
          arguments: ["--cfg", "feature=\"std\"", "it's"],
          environment: [.init(name: "CC", value: nil)],
          outputs: (0..<files).map { file in
            RecordedUnit.Output(
              name: "release/build/gen-\(index)/out/\(file).rs",
              content: .file(size: 1, digest: .hashing(text)))
          })
      })
  }

  @Test func aUnitStandsInTheRecord() throws {
    let bench = try Bench()
    let report = try bench.report([("app", "x")], nil, units: Self.record("a"))
    let unit = try #require(report.record["units"]?["list"]?[0])
    #expect(unit["package"] == "gen" && unit["kind"] == "build-script-run")
    #expect(unit["arguments"]?.stringValue == #"--cfg 'feature="std"' 'it'\''s'"#)
    #expect(unit["environment"]?[0]?["value"]?.isNull == true)
    #expect(unit["outputs"]?[0]?["digest"]?.stringValue == Digest.hashing("a").description)
    #expect(unit["outputCount"]?.integerValue == 1)
  }

  @Test func listsAreBounded() throws {
    let bench = try Bench()
    let report = try bench.report(
      [("app", "x")], nil, units: Self.record("a", files: 70, units: 3000))
    let units = try #require(report.record["units"])
    let list = try #require(units["list"]?.arrayValue)
    #expect(list[0]["outputs"]?.arrayValue?.count == 64)
    #expect(list[0]["outputCount"]?.integerValue == 70)
    #expect(list.count < 3000)
    #expect(units["unlisted"]?.integerValue == Int64(3000 - list.count))
    #expect(units.compactBytes().count < 17 << 20)
  }

  @Test func latentDifferencesHaveAVerdictOfTheirOwn() throws {
    let bench = try Bench()
    let blame = Blame(Self.record("a"), Self.record("b"))
    let report = try bench.report([("app", "x")], [("app", "x")], blame: blame)
    let words = report.words(output: "out")
    #expect(words.hasPrefix("identical, latent differences: 1 artifact, byte for byte, "))
    #expect(
      words.contains(
        "\nfirst unit that differs: build script of gen 0.2.1 (run): OUT_DIR/0.rs differs\n"))
    #expect(report.record["verdict"]?["kind"] == "identical-latent")
    #expect(report.record["blame"]?["findings"]?[0]?["root"] == "build-script-run")
  }

  @Test func equalUnitsChangeNoWord() throws {
    let blame = Blame(Self.record("a"), Self.record("a"))
    let texts = try [blame, nil].map { blame in
      let bench = try Bench()
      return try bench.report([("app", "x")], [("app", "x")], blame: blame).words(output: "out")
    }
    #expect(texts[0] == texts[1])
  }

  /// Not to have looked is not the same as nothing.
  @Test func whatIsNotKnownIsSaid() throws {
    let bench = try Bench()
    let words = try bench.report([("app", "x")], [("app", "y")]).words(output: "out")
    #expect(words.contains("which unit differs first is not known: this kernel"))
    let other = try Bench()
    let agreeing = try other.report(
      [("app", "x")], [("app", "y")], blame: Blame(Self.record("a"), Self.record("a")))
    #expect(agreeing.words(output: "out").contains("the units' own files agree: "))
  }
}
