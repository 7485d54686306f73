import Building
import Explaining
import Failing
import Hashing
import Linux
import Planning
import Reading
import Testing

@testable import Reporting

/// What is read back from an output folder to build it again, and what is said of that.
@Suite struct ReplayTests {
  /// An output folder with a record that blames `gen`'s build script, and the plan beside it.
  private static func folder(
    _ bench: borrowing Bench, record: (JSON) -> JSON = { $0 }, plan: (JSON) -> JSON = { $0 }
  ) throws -> String {
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    let report = try bench.report(
      [("server", "a")], [("server", "b")], units: first, blame: Blame(first, second))
    let folder = "\(bench.path)/out"
    try FileSystem.makeDirectories(folder)
    try FileSystem.write(record(report.record).prettyBytes(), to: "\(folder)/record.json")
    try FileSystem.write(plan(report.plan.json).prettyBytes(), to: "\(folder)/plan.json")
    return folder
  }

  private static func changed(_ json: JSON, _ key: String, _ value: JSON) -> JSON {
    guard case .object(var object) = json else { return json }
    object[key] = value
    return .object(object)
  }

  @Test func aBuildIsReadBack() throws {
    let bench = try Bench()
    let folder = try Self.folder(bench)
    for path in [folder, "\(folder)/record.json"] {
      let build = try RecordedBuild(path)
      #expect(build.file == "\(folder)/record.json")
      #expect(build.plan.legs.count == 2 && build.once.legs == [build.plan.legs[0]])
      #expect(build.variedLeg == build.plan.legs[1])
      #expect(build.units?.units.isEmpty == false)
    }
  }

  @Test func aUnitHasSeveralNames() throws {
    let bench = try Bench()
    let build = try RecordedBuild(try Self.folder(bench))
    let units = try #require(build.units?.units)
    // Of the package's several units the one at which the difference began.
    for name in ["gen", "gen 0.2.1", "gen@0.2.1", "build script of gen 0.2.1 (run)"] {
      #expect(try build.unit(named: name).words == "build script of gen 0.2.1 (run)")
    }
    for unit in units {
      #expect(try build.unit(named: unit.words).key == unit.key)
      #expect(try build.unit(named: unit.hash).key == unit.key)
    }
    do throws(RecordedBuildError) {
      _ = try build.unit(named: "ge")
      Issue.record("`ge` is a unit")
    } catch {
      #expect(error.message.contains("no unit `ge`") && error.exitCode == .usage)
      #expect(error.hint?.contains("build script of gen 0.2.1 (run)") == true)
    }
  }

  /// Reports print commands that name one unit.
  @Test func whereSeveralUnitsOfAPackageBeganTheWordsNameThem() throws {
    func leg(_ text: String) -> UnitRecord {
      UnitRecord(
        units: ["one", "two"].map { name in
          RecordedUnit(
            package: Workspace.package("app"), kind: .program, crate: name, hash: "-\(name)",
            outputs: [Workspace.file("release/deps/\(name)", text)])
        })
    }
    let bench = try Bench()
    let report = try bench.report(
      [("one", "a")], [("one", "b")], units: leg("a"), blame: Blame(leg("a"), leg("b")))
    let beginnings = report.explanation(output: "out")["beginnings"]?.arrayValue ?? []
    #expect(
      beginnings.map { $0["replay"]?.stringValue } == [
        "cupel replay out --unit 'app 1.0.0 (program one)'",
        "cupel replay out --unit 'app 1.0.0 (program two)'",
      ])
  }

  @Test func amongUnitsThatAgreeNoneIsMeant() throws {
    let bench = try Bench()
    let build = try RecordedBuild(
      try Self.folder(bench, record: { Self.changed($0, "blame", .null) }))
    do throws(RecordedBuildError) {
      _ = try build.unit(named: "gen")
      Issue.record("one of several was taken")
    } catch {
      #expect(error.message.contains("units can be meant by `gen`") && error.exitCode == .usage)
    }
  }

  @Test func whatIsNoBuildIsRefused() throws {
    func error(
      record: (JSON) -> JSON = { $0 }, plan: (JSON) -> JSON = { $0 }
    ) throws -> RecordedBuildError? {
      let bench = try Bench()
      let folder = try Self.folder(bench, record: record, plan: plan)
      do throws(RecordedBuildError) {
        _ = try RecordedBuild(folder)
        return nil
      } catch {
        #expect(error.exitCode == .inputRejected && error.hint != nil)
        return error
      }
    }
    #expect(try error() == nil)
    let foreign = try error(plan: { Self.changed($0, "more", 1) })
    #expect(foreign?.message.contains("is not the plan that it is the record of") == true)
    #expect(try error(record: { Self.changed($0, "schema", "other/1") }) != nil)
    #expect(try error(record: { Self.changed($0, "units", ["x"]) }) != nil)
    #expect(try error(plan: { _ in [] }) != nil)
  }

  /// One that fits its record, but is not made here.
  @Test func anotherCupelsPlanIsRefused() throws {
    let bench = try Bench()
    let folder = try Self.folder(bench, plan: { Self.changed($0, "more", 1) })
    let plan = try JSON(parsing: FileSystem.read("\(folder)/plan.json"), file: "plan.json")
    let record = try JSON(parsing: FileSystem.read("\(folder)/record.json"), file: "record.json")
    let digest = Digest.hashing(try plan.canonicalBytes()).description
    try FileSystem.write(
      Self.changed(record, "plan", .string(digest)).prettyBytes(), to: "\(folder)/record.json")
    do throws(RecordedBuildError) {
      _ = try RecordedBuild(folder)
      Issue.record("it is taken for a plan of this cupel")
    } catch {
      #expect(error.message.contains("more is 1 there"), "\(error.message)")
      #expect(error.exitCode == .inputRejected)
    }
  }

  @Test func theWholeBuildIsTold() throws {
    let bench = try Bench()
    let build = try RecordedBuild(try Self.folder(bench))
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    let same = try ReplayReport(build, rebuilt: first, units: [])
    #expect(same.isSame)
    #expect(same.words.hasPrefix("as recorded: leg A of "))
    let other = try ReplayReport(build, rebuilt: second, units: [])
    #expect(!other.isSame)
    #expect(
      other.words.contains(
        "first unit that is not as recorded: build script of gen 0.2.1 (run): OUT_DIR/"),
      "\(other.words)")
    #expect(other.json["result"] == "different")
  }

  @Test func aUnitsRunsAreTold() throws {
    let bench = try Bench()
    let build = try RecordedBuild(try Self.folder(bench))
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    let unit = try #require(first.units.first { $0.kind == .buildScriptRun })
    let varied = try #require(second.units.first { $0.kind == .buildScriptRun })
    let control = (trial: UnitTrial.made(unit.outputs), copies: first)
    #expect(TrialDifference(unit, control, control) == nil)
    let difference = try #require(
      TrialDifference(unit, control, (.made(varied.outputs), second)))
    let failure = try #require(TrialDifference(unit, control, (.failed(status: 3), second)))
    #expect(failure.words == "it fails, with status 3")
    let report = try ReplayReport(
      build, rebuilt: first,
      units: [
        .init(
          unit, isAsRecorded: true,
          runs: [
            .init([], nil), .init([.umask], nil), .init([.readdir], difference),
            .init([.user, .cpus], failure),
          ])
      ])
    #expect(!report.isSame)
    let lines = report.words.split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(4) == [
        "build script of gen 0.2.1 (run)", "  leg A, built again: as recorded",
        "  alone, nothing varied: same", "  umask: same",
      ])
    #expect(lines[4] == "  readdir: differs: OUT_DIR/trees.rs differs")
    #expect(lines.contains { $0.hasPrefix("    - ") })
    #expect(lines.last == "  user, cpus: differs: it fails, with status 3")
  }
}
