import Comparing
import Hashing
import Linux
import Planning
import Reading
import Reporting
import Staging
import Testing

/// Records as they are written, in Golden/, with PLAN for the plan's digest.
@Suite struct RecordTests {
  private static func golden(_ name: String, _ report: BuildReport) throws -> String {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = try FileSystem.read("/\(folder)/Golden/\(name).json")
    return String(decoding: text, as: UTF8.self)
      .replacing("\"PLAN\"", with: "\"\(report.plan.digest)\"")
  }

  private static func text(_ json: JSON) -> String {
    String(decoding: json.prettyBytes(), as: UTF8.self)
  }

  @Test func identical() throws {
    let report = try Bench().report(
      [("app", "abc"), ("lib.so", "def")], [("app", "abc"), ("lib.so", "def")],
      variations: [.umask, .readdir], notices: [.rustSourceInToolchain])
    #expect(report.verdict == .identical(variations: ["umask", "readdir"]))
    #expect(try Self.text(report.record) == Self.golden("identical", report))
  }

  @Test func different() throws {
    let report = try Bench().report(
      [("app", "abcdef"), ("gone", ""), ("same", "x")],
      [("app", "abXdefg"), ("new", "n"), ("same", "x")])
    #expect(report.verdict == .different)
    #expect(try Self.text(report.record) == Self.golden("different", report))
  }

  @Test func once() throws {
    let report = try Bench().report([("app", "abc")], nil, revision: Bench.revision)
    #expect(report.verdict == .notCompared(.builtOnce))
    #expect(
      report.words(output: "out").contains(
        "source commit 0123 and 2 changes (\(Digest.hashing("changes"))), tag v1 (good ssh "
          + "signature of me@example.org, SHA256:abc), tag light (not signed)\n"))
    #expect(try Self.text(report.record) == Self.golden("once", report))
  }

  @Test func noArtifacts() throws {
    let report = try Bench().report([], [])
    #expect(report.verdict == .notCompared(.noArtifacts))
    #expect(report.record["verdict"]?["reason"]?.stringValue == "no artifacts")
    #expect(report.record["artifacts"]?.arrayValue == [])
  }

  /// The record is whole numbers and texts only, so that it has a canonical form.
  @Test func recordsHaveACanonicalForm() throws {
    let record = try Bench().report([("app", "a")], [("app", "b")]).record
    let canonical = try record.canonicalBytes()
    #expect(try JSON(parsing: canonical, file: "record").canonicalBytes() == canonical)
  }

  @Test func thePlanIsNamedByItsDigest() throws {
    let report = try Bench().report([("app", "a")], [("app", "a")])
    #expect(report.record["plan"]?.stringValue == report.plan.digest.description)
  }
}
