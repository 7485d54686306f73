import Linux
import Reading
import Testing

extension Integration {
  /// `cupel run`: what passes into the sandbox, what comes out of it, and how it ends.
  @Suite struct RunTests {
    @Test(arguments: Person.all) func passesEveryExitStatusOn(_ person: Person) throws {
      let scene = try Scene(person)
      for status in Int32(0)...255 {
        let output = try scene.run(["sh", "-c", "exit \(status)"])
        #expect(output.status == status, "\(output.errorText)")
      }
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func turnsSignalsIntoStatuses(_ person: Person) throws {
      let scene = try Scene(person)
      let numbers: [Int32] = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 31, 34, 64]
      for number in numbers {
        let output = try scene.run(["sh", "-c", "kill -\(number) $$"])
        #expect(output.status == 128 + number, "\(output.errorText)")
      }
    }

    @Test(arguments: Person.all) func forwardsSignalsToTheProgram(_ person: Person) throws {
      let scene = try Scene(person)
      for name in ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2"] {
        let script =
          "trap 'echo caught \(name); exit 7' \(name); echo ready; while :; do sleep 0.05; done"
        let end = try scene.harness(
          ["signal", name, "ready", "20"],
          try scene.commandLine(scene.runArguments(["sh", "-c", script])))
        #expect(end["sawWord"] == true)
        #expect(end["output"]?.stringValue?.contains("caught \(name)") == true)
        #expect(end["status"] == 7)
      }
    }

    @Test(arguments: Person.all, ["INT", "TERM", "HUP", "QUIT"])
    func endsWithTheWholeTreeOnASignal(_ person: Person, _ name: String) throws {
      let scene = try Scene(person)
      let script =
        "(trap '' TERM INT HUP QUIT; sleep 900 &); sleep 900 & echo ready; exec sleep 900"
      let end = try scene.harness(
        ["signal", name, "ready", "20"],
        try scene.commandLine(scene.runArguments(["sh", "-c", script])))
      let numbers = ["INT": 2, "TERM": 15, "HUP": 1, "QUIT": 3]
      #expect(end["status"] == .integer(Int64(128 + (numbers[name] ?? 0))))
      #expect(try #require(end["milliseconds"]?.integerValue) < 5000)
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func leavesNothingWhenTheRunnerIsKilled(_ person: Person) throws {
      let scene = try Scene(person)
      let script = """
        trap '' TERM INT HUP; echo x > /build/file
        (trap '' TERM INT HUP; sleep 900 &); echo ready; sleep 900
        """
      let end = try scene.harness(
        ["signal", "KILL", "ready", "20"],
        try scene.commandLine(
          scene.runArguments(["sh", "-c", script], options: ["--memory", "1G"])))
      #expect(end["status"] == 137)
      #expect(end["sawWord"] == true)
      try scene.expectNothingLeft()
    }

    /// The search that other tests rely on finds a sandbox while it runs.
    @Test(arguments: Person.all) func aRunningSandboxIsSeen(_ person: Person) throws {
      let scene = try Scene(person)
      try scene.shell(
        "\"$@\" > /dev/null 2>&1 & sleep 0.5",
        [try person.executable]
          + scene.runArguments(["sh", "-c", "(sleep 2.5 &); sleep 2"]))
      let seen = try scene.processes()
      for name in ["cupel-init", "sleep 2 ", "sleep 2.5 "] {
        #expect(seen.contains { $0.hasPrefix(name) }, "\(seen)")
      }
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func survivesAKillWhileItStarts(_ person: Person) throws {
      let scene = try Scene(person)
      for milliseconds in 0...12 {
        let seconds = "0.0" + (milliseconds < 10 ? "0" : "") + "\(milliseconds)"
        let end = try scene.harness(
          ["signal", "KILL", "", seconds],
          try scene.commandLine(scene.runArguments(["sleep", "900"])))
        #expect(end["status"] == 137)
      }
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func passesStandardInputAndOutput(_ person: Person) throws {
      let scene = try Scene(person)
      let text = String(repeating: "a line of input\n", count: 20000)
      let output = try scene.run(["sh", "-c", "cat; echo talk >&2"], input: text)
      #expect(output.text == text)
      #expect(output.errorText == "talk\n")
    }

    @Test(arguments: Person.all) func passesNothingOfTheEnvironment(_ person: Person) throws {
      let scene = try Scene(person)
      let lines = try scene.run(["env"], options: ["--env", "GIVEN=a b"]).text
        .split(separator: "\n").map(String.init).sorted()
      #expect(
        lines.map { String($0.prefix { $0 != "=" }) }
          == ["GIVEN", "HOME", "LANG", "MARK", "PATH", "TMPDIR", "USER"])
      #expect(lines.contains("GIVEN=a b"))
      #expect(lines.contains("HOME=/build/home"))
    }

    @Test(arguments: Person.all) func closesDescriptors(_ person: Person) throws {
      let scene = try Scene(person)
      let line = try scene.commandLine(scene.runArguments(["ls", "/proc/self/fd"]))
      let output = try Command(
        ["bash", "-c", "exec 10</etc/passwd 11</ 77>\(scene.path)/open; exec \"$@\"", "bash"]
          + line,
        environment: try scene.environment, directory: scene.path, timeout: 60
      ).runChecked()
      // The fourth is the folder that ls itself reads.
      #expect(output.text == "0\n1\n2\n3\n")
    }

    @Test(arguments: Person.all) func killsEverythingAtTheTimeout(_ person: Person) throws {
      let scene = try Scene(person)
      let start = Machine.monotonicSeconds
      let bomb = "trap '' TERM INT HUP; bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done"
      let output = try scene.run(
        ["bash", "-c", bomb], options: ["--timeout", "2s", "--pids", "60"], timeout: 60)
      #expect(output.status == 7)
      #expect(output.errorText.contains("error: running the command: not finished within 2s"))
      #expect(output.errorText.contains("hint: give more time with --timeout"))
      #expect(Machine.monotonicSeconds - start < 15)
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func limitsMemory(_ person: Person) throws {
      let scene = try Scene(person)
      let start = Machine.monotonicSeconds
      let output = try scene.run(["tail", "/dev/zero"], options: ["--memory", "200M"])
      // A user who can make no control group has each process limited; the program then sees it.
      #expect(output.status == (person == .root ? 7 : 1), "\(output.errorText)")
      #expect(output.errorText.contains("memory"))
      #expect(Machine.monotonicSeconds - start < 30)
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func limitsTheSizeOfWritableFolders(_ person: Person) throws {
      let scene = try Scene(person)
      let output = try scene.run(
        ["sh", "-c", "head -c 20M /dev/zero > /build/file; ls -s --block-size=1M /build/file"],
        options: ["--target-size", "10M"])
      #expect(output.text == "10 /build/file\n")
      #expect(output.errorText.contains("No space left on device"))
    }

    @Test(arguments: Person.all) func limitsProcesses(_ person: Person) throws {
      let scene = try Scene(person)
      let script = "for i in $(seq 100); do sleep 900 & done; echo started"
      let output = try scene.run(
        ["sh", "-c", script], options: ["--pids", "20", "--timeout", "60s"])
      #expect(output.status == 2, "\(output.errorText)")
      #expect(output.errorText.contains("Cannot fork"))
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func endsWithItsProgramAndNotItsDaemons(_ person: Person) throws {
      let scene = try Scene(person)
      let start = Machine.monotonicSeconds
      let output = try scene.run(
        ["sh", "-c", "(exec > /dev/null 2>&1; sleep 900 &); exit 3"])
      #expect(output.status == 3)
      #expect(Machine.monotonicSeconds - start < 10)
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func reapsOrphans(_ person: Person) throws {
      let scene = try Scene(person)
      let script = """
        for i in 1 2 3 4 5; do (true & ) ; done; sleep 0.2
        grep -l '^State:.Z' /proc/[0-9]*/status | wc -l
        """
      #expect(try scene.run(["sh", "-c", script]).text == "0\n")
    }

    @Test(arguments: Person.all) func opensAShellOnATerminalOfItsOwn(_ person: Person) throws {
      let scene = try Scene(person)
      let line = try scene.commandLine(["shell", "--env", "MARK=\(scene.mark)"])
        .map { "'\($0)'" }.joined(separator: " ")
      let output = try Command(
        ["script", "-qec", line, "/dev/null"], environment: try scene.environment,
        directory: scene.path, input: Array("tty; id -u; exit 5\n".utf8), timeout: 60
      ).run()
      #expect(output.text.contains("1000"), "\(output.text)")
      #expect(output.status == 5)
      try scene.expectNothingLeft()
    }

    @Test(
      arguments: Person.all,
      [
        (["run"], 2, "running nothing"),
        (["run", "--", "no-such-program"], 2, "no-such-program"),
        (["run", "--", "/etc/hosts"], 2, "permission denied"),
        (["run", "--chdir", "/nowhere", "--", "true"], 2, "/nowhere"),
        (["run", "--rootfs", "none-of-this-name", "--", "true"], 2, "not in the store"),
        (["run", "--rootfs", "sha256:12", "--", "true"], 2, "sha256:12"),
        (["run", "--bind", "/no/such:/x", "--", "true"], 2, "/no/such"),
        (["run", "--bind", "/usr:../x", "--", "true"], 2, "absolute"),
        (["run", "--env", "NAME", "--", "true"], 2, "NAME=VALUE"),
        (["run", "--timeout", "soon", "--", "true"], 2, "soon"),
        (["run", "--memory", "much", "--", "true"], 2, "much"),
        (["run", "--sandbox-profile", "none", "--", "true"], 2, "none"),
        (["run", "--no-such-option", "--", "true"], 2, "--no-such-option"),
        (["frobnicate"], 2, "frobnicate"),
      ] as [([String], Int32, String)])
    func saysWhatIsWrong(_ person: Person, _ call: ([String], Int32, String)) throws {
      let scene = try Scene(person)
      let output = try scene.cupel(call.0)
      #expect(output.status == call.1, "\(output.errorText)")
      #expect(
        output.errorText.lowercased().contains(call.2.lowercased()), "\(output.errorText)")
      #expect(output.text == "")
      try scene.expectNothingLeft()
    }
  }
}
