import Linux
import Reading
import Testing

@testable import Sandboxing

@Suite struct HostSurveyTests {
  @Test func aHostThatRunsTheseTestsCanBuild() throws {
    let scratch = try Scratch()
    let survey = HostSurvey.take(
      profile: try .cargoBuild(), store: "\(scratch.path)/not/yet/there")
    #expect(survey.canBuild, "\(survey.table)")
    #expect(Set(survey.findings.map(\.name)).count == survey.findings.count)
    for finding in survey.findings where finding.status != .ok {
      #expect(!finding.fact.isEmpty)
    }
    // Nothing of the attempts is left.
    #expect(try Directory(scratch.path).entries().isEmpty)
  }

  @Test func aStoreThatCannotBeWrittenIsMissing() throws {
    for store in ["/dev/null/store", "/proc/cupel/store"] {
      let finding = HostSurvey.storeFinding(store)
      #expect(finding.status == .missing, "\(finding.fact)")
      #expect(finding.isRequired)
      #expect(finding.remedy != nil)
    }
    #expect(HostSurvey.storeFinding(nil).status == .missing)
  }

  @Test func onlyWhatIsRequiredDecides() {
    func survey(_ status: HostSurvey.Finding.Status, isRequired: Bool) -> HostSurvey {
      HostSurvey(findings: [HostSurvey.Finding("x", status, "y", isRequired: isRequired)])
    }
    #expect(survey(.ok, isRequired: true).canBuild)
    #expect(survey(.degraded, isRequired: true).canBuild)
    #expect(survey(.missing, isRequired: false).canBuild)
    #expect(!survey(.missing, isRequired: true).canBuild)
  }

  @Test func aProfileThatForbidsProgramsIsNotOk() throws {
    let profile = try Profile(
      parsing: Array(
        """
        schema = 1
        name = "nothing"
        [syscalls]
        default = "allow"
        newest = 452
        unknown = "ENOSYS"
        [[syscalls.rule]]
        names = ["execve"]
        action = "EPERM"
        reason = "to see it fail"
        """.utf8), file: "nothing.toml")
    let findings = HostSurvey.findings(.gather(profile), profile: profile)
    #expect(findings.contains { $0.name == "sandbox" && $0.status == .missing })
    #expect(!HostSurvey(findings: findings).canBuild)
  }

  @Test func theTableAndTheRemediesAreReadable() {
    let survey = HostSurvey(findings: [
      .init("a", .ok, "fine"),
      .init("long-name", .missing, "two\nlines", remedy: "do it", isRequired: true),
      .init("b", .degraded, "so so", remedy: "do it"),
    ])
    #expect(
      survey.table == """
        ok        a          fine
        missing   long-name  two lines
        degraded  b          so so

        """)
    #expect(survey.remedies == "long-name, b: do it\n")
  }

  @Test func theJSONHasItsSchema() throws {
    let survey = HostSurvey(findings: [
      .init("a", .ok, "fine"), .init("b", .missing, "gone", remedy: "do it", isRequired: true),
    ])
    #expect(
      String(decoding: survey.json.compactBytes(), as: UTF8.self)
        == #"{"schema":1,"can_build":false,"findings":["#
        + #"{"name":"a","status":"ok","required":false,"fact":"fine","remedy":null},"#
        + #"{"name":"b","status":"missing","required":true,"fact":"gone","remedy":"do it"}]}"#)
  }

  @Test func mountsAreReadWithTheirEscapes() throws {
    let mount = try #require(
      HostSurvey.MountPoint(
        #"36 35 98:0 /mnt1 /mnt/a\040b\134c rw,noatime master:1 - ext3 /dev/root rw"#))
    #expect(mount.point == #"/mnt/a b\c"#)
    #expect(mount.fileSystem == "ext3")
    #expect(mount.options == ["rw", "noatime"])
    #expect(HostSurvey.MountPoint("36 35 98:0 / /x rw") == nil)
    #expect(HostSurvey.mount(of: "/proc/self")?.fileSystem == "proc")
  }
}
