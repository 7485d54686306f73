import Linux
import Testing

@Suite struct CommandTests {
  @Test func carriesInputOutputAndStatus() throws {
    let output = try Command(
      ["sh", "-c", "cat; echo oops >&2; exit 3"], input: Array("hello".utf8), timeout: 10
    ).run()
    #expect(output.text == "hello")
    #expect(output.errorText == "oops\n")
    #expect(output.status == 3)
  }

  @Test func reportsTheSignalAsAStatus() throws {
    #expect(try Command(["sh", "-c", "kill -TERM $$"], timeout: 10).run().status == 143)
  }

  @Test func killsTheWholeGroupAtTheTimeout() throws {
    let start = Machine.monotonicSeconds
    do {
      _ = try Command(["sh", "-c", "sleep 60 & sleep 60"], timeout: 0.3).run()
      Issue.record("a sleep of a minute ended")
    } catch CommandError.timedOut(_, let seconds) {
      #expect(seconds == 0.3)
    }
    #expect(Machine.monotonicSeconds - start < 30)
  }

  @Test func namesAMissingProgram() throws {
    do {
      _ = try Command(["cupel-no-such-program"]).run()
      Issue.record("a missing program ran")
    } catch CommandError.notFound(let name) {
      #expect(name == "cupel-no-such-program")
    }
  }

  @Test func failsWithTheLastWords() throws {
    do {
      try Command(["sh", "-c", "echo why >&2; exit 7"], timeout: 10).runChecked()
      Issue.record("status 7 was accepted")
    } catch {
      #expect(error.message == "running `sh -c echo why >&2; exit 7`: exit status 7: why")
    }
  }

  @Test func largeInputAndOutputDoNotDeadlock() throws {
    let megabytes = [UInt8](repeating: 65, count: 3 << 20)
    let output = try Command(["cat"], input: megabytes, timeout: 20).run()
    #expect(output.standardOutput == megabytes)
  }

  @Test func passesOnlyTheGivenEnvironmentAndDirectory() throws {
    let output = try Command(
      ["/usr/bin/env", "sh", "-c", "pwd; env | grep -c ONLY"],
      environment: [("ONLY", "1"), ("PATH", "/usr/bin:/bin")], directory: "/usr", timeout: 10
    ).run()
    #expect(output.text == "/usr\n1\n")
  }
}
