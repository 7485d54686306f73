import Building
import Comparing
import Failing
import Hashing
import Linux
import Reading
import Testing

@testable import Explaining
@testable import Reporting

/// `cupel compare` of two records or output folders.
@Suite struct RecordComparisonTests {
  /// The record of a build with one leg, which has the given units.
  private static func record(_ units: UnitRecord, _ text: String) throws -> JSON {
    let bench = try Bench()
    return try bench.report([("server", text), ("client", "c")], nil, units: units).record
  }

  private static func records() throws -> (JSON, JSON, UnitRecord, UnitRecord) {
    let bench = try Bench()
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    return (try record(first, "a"), try record(second, "b"), first, second)
  }

  private static func write(_ bench: borrowing Bench, _ name: String, _ bytes: [UInt8]) throws
    -> String
  {
    try FileSystem.makeDirectories("\(bench.path)/\(name)")
    try FileSystem.write(bytes, to: "\(bench.path)/\(name)/record.json")
    return "\(bench.path)/\(name)/record.json"
  }

  @Test func whatIsWrittenIsRead() throws {
    let (json, other, first, second) = try Self.records()
    let read = try ["a": json, "b": other].mapValues {
      try UnitRecord(recorded: try #require($0["units"]), file: "record.json")
    }
    let a = try #require(read["a"])
    let b = try #require(read["b"])
    #expect(a.units.map(\.key) == first.units.map(\.key))
    #expect(a.units.map(\.outputs) == first.units.map(\.outputs))
    #expect(a.units.map(\.dependencies) == first.units.map(\.dependencies))
    let (blame, known) = (Blame(a, b), Blame(first, second))
    #expect(blame.findings.map(\.state) == known.findings.map(\.state))
    #expect(blame.beginnings == known.beginnings)
    #expect(blame.beginnings.map(blame.headline) == known.beginnings.map(known.headline))
  }

  @Test func theFirstUnitIsNamedFromRecordsAlone() throws {
    let (json, other, _, _) = try Self.records()
    let bench = try Bench()
    let a = try Self.write(bench, "a", json.prettyBytes())
    let b = try Self.write(bench, "b", other.prettyBytes())
    let records = try #require(try RecordComparison(a, b))
    let report = RecordComparisonReport(records, first: a, second: b, files: nil)
    #expect(!report.isIdentical && records.isSamePlan)
    #expect(report.words.hasPrefix("different: 1 of 2 artifacts, by digest; A /tmp/"))
    #expect(
      report.words.contains(
        "\nfirst unit that differs: build script of gen 0.2.1 (run): OUT_DIR/trees.rs differs\n"))
    #expect(report.words.contains("\nadvice: in the code, let what the build script writes "))
    #expect(report.json["records"]?["blame"]?["findings"]?[0]?["root"] == "build-script-run")
    let same = try #require(try RecordComparison(a, a))
    let words = RecordComparisonReport(same, first: a, second: a, files: nil).words
    #expect(words == "identical: 2 artifacts, by digest\n")
  }

  @Test func recordsAreKnownByNameOrContents() throws {
    let (json, _, _, _) = try Self.records()
    let bench = try Bench()
    let record = try Self.write(bench, "a", json.prettyBytes())
    try FileSystem.write(json.prettyBytes(), to: "\(bench.path)/other.name")
    try FileSystem.write(Array("{}".utf8), to: "\(bench.path)/plain.json")
    #expect(try RecordComparison(record, "\(bench.path)/other.name") != nil)
    #expect(try RecordComparison(record, "\(bench.path)/plain.json") == nil)
    #expect(try RecordComparison("\(bench.path)/a", "\(bench.path)/a") == nil)
    try FileSystem.write([], to: "\(bench.path)/a/plan.json")
    #expect(try RecordComparison("\(bench.path)/a", record) != nil)
    #expect(try RecordComparison("/dev/null", record) == nil)
  }

  @Test func theRecordOfAKernelWithoutUnitsIsCompared() throws {
    let bench = try Bench()
    let json = try Bench().report([("app", "x")], nil).record
    let a = try Self.write(bench, "a", json.prettyBytes())
    let records = try #require(try RecordComparison(a, a))
    #expect(records.blame == nil)
    #expect(
      RecordComparisonReport(records, first: a, second: a, files: nil).words.contains(
        "is not known: a record lists no units"))
  }

  // MARK: Hostile records

  /// What is changed in the first unit, and what the message says.
  static let defects: [(key: String, value: JSON, words: String)] = [
    ("kind", "binary", "units.list[0].kind"), ("kind", 3, "units.list[0].kind"),
    ("evidence", "sworn", "units.list[0].evidence"),
    ("dependencies", [99], "units.list[0].dependencies"),
    ("dependencies", [-1], "units.list[0].dependencies"),
    ("dependencies", [2, 1], "units.list[0].dependencies"),
    ("dependencies", [1, 1], "units.list[0].dependencies"),
    ("dependencies", [1], "it depends on itself"), ("dependencies", [0], "it depends on itself"),
    ("package", "a b\n", "units.list[0].package"), ("outputs", 1, "units.list[0].outputs"),
    (
      "outputs", [["name": "x", "size": 1, "digest": "sha256:12"]],
      "units.list[0].outputs[0].digest"
    ),
    (
      "outputs", [["name": "x", "size": -1, "digest": .string("\(Digest.hashing(""))")]],
      "outputs[0].size"
    ),
    ("outputs", [["name": "x", "symlink": 1]], "outputs[0].symlink"),
    ("outputCount", 0, "units.list[0].outputCount"),
    ("argumentsDigest", .null, "units.list[0].argumentsDigest"),
    ("environment", [["name": 1, "value": "x"]], "environment[0].name"),
    ("crate", .string(String(repeating: "x", count: 70_000)), "units.list[0].crate"),
    ("sources", [], "units.list[0].sources"),
  ]

  @Test(arguments: defects.indices) func eachBadnessIsNamed(_ index: Int) throws {
    let defect = Self.defects[index]
    let (json, _, _, _) = try Self.records()
    guard case .object(var record) = json, case .object(var units) = json["units"],
      var list = json["units"]?["list"]?.arrayValue, case .object(var unit) = list[0]
    else { return }
    unit[defect.key] = defect.value
    list[0] = .object(unit)
    units["list"] = .array(list)
    record["units"] = .object(units)
    let bench = try Bench()
    let path = try Self.write(bench, "a", JSON.object(record).prettyBytes())
    let error = #expect(throws: ExplainingError.self) { _ = try RecordComparison(path, path) }
    #expect(error?.chain.contains(defect.words) == true, "\(error?.chain ?? "")")
    #expect(error?.chain.contains("\(path)") == true)
    #expect(error?.exitCode == .inputRejected)
    #expect((error?.chain.utf8.count ?? 0) < 1000)
  }

  @Test func truncatedAndForeignRecordsAreRefused() throws {
    let (json, _, _, _) = try Self.records()
    let bytes = json.prettyBytes()
    let bench = try Bench()
    for contents in [Array(bytes.prefix(bytes.count / 2)), [], Array("{}".utf8), [0xff, 0xfe]] {
      let path = try Self.write(bench, "a", contents)
      let error = #expect(throws: ExplainingError.self) { _ = try RecordComparison(path, path) }
      #expect(error?.exitCode == .inputRejected)
    }
  }

  @Test func tooManyUnitsAreRefused() throws {
    let (json, _, _, _) = try Self.records()
    guard case .object(var units) = json["units"], let unit = units["list"]?[0] else { return }
    units["list"] = .array([JSON](repeating: unit, count: UnitRecord.unitLimit + 1))
    #expect(throws: ReadingError.self) {
      _ = try UnitRecord(recorded: .object(units), file: "record.json")
    }
  }

  /// Bytes of a record changed at random: read or refused, never a crash.
  @Test func changedRecordsAreReadOrRefused() throws {
    let (json, other, _, _) = try Self.records()
    let bytes = json.compactBytes()
    let whole = try UnitRecord(recorded: try #require(other["units"]), file: "b")
    var state: UInt64 = 7
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    var read = 0
    for _ in 0..<1500 {
      var changed = bytes
      for _ in 0...random(3) { changed[random(changed.count)] = UInt8(0x20 + random(0x5f)) }
      guard let json = try? JSON(parsing: changed, file: "a"), let units = json["units"],
        let record = try? UnitRecord(recorded: units, file: "a")
      else { continue }
      read += 1
      #expect(Blame(record, whole).words.count < 100)
    }
    #expect(read > 50)
  }
}
