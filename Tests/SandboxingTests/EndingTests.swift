import Failing
import Linux
import Sandboxing
import Testing

/// How programs end, and what is said when they cannot begin.
@Suite struct EndingTests {
  @Test(arguments: [0, 1, 42, 125, 126, 127, 255])
  func exitStatusesPassUnchanged(status: Int32) throws {
    let run = try Run.shell("exit \(status)")
    #expect(run.outcome.ending == .exited(status))
    #expect(run.outcome.shellStatus == status)
  }

  /// SIGTERM and SIGINT too, which would vanish if the program were PID 1.
  @Test(arguments: [1, 2, 3, 6, 9, 11, 13, 15])
  func signalsPassUnchanged(number: Int32) throws {
    let run = try Run.shell("kill -\(number) $$")
    #expect(run.outcome.ending == .signalled(Signal(rawValue: number)))
    #expect(run.outcome.shellStatus == 128 + number)
  }

  @Test func whatIsLeftBehindIsKilled() throws {
    let start = Machine.monotonicSeconds
    let run = try Run.shell("trap '' TERM HUP; setsid sleep 60 & sleep 60 & exit 3")
    #expect(run.outcome.ending == .exited(3))
    #expect(Machine.monotonicSeconds - start < 20)
  }

  @Test func orphansAreReaped() throws {
    let run = try Run.shell(
      "for i in 1 2 3; do (sleep 0.05 &) ; done; sleep 0.3; cat /proc/[0-9]*/stat | grep -c ' Z '")
    #expect(run.lines == ["0"])
  }

  @Test func usageIsMeasured() throws {
    let run = try Run.python("x = bytearray(50 << 20)\nfor i in range(2000000): pass")
    #expect(run.outcome.userSeconds > 0)
    #expect(run.outcome.peakProcessMemory > 50 << 20)
    #expect(run.outcome.elapsed > 0)
  }

  @Test func aMissingProgramIsNamed() throws {
    let error = try #require(try failure(try .ofHost(["/usr/bin/cupel-no-such-program"])))
    guard case .program("/usr/bin/cupel-no-such-program", let cause) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(cause.isNotFound)
  }

  @Test func aProgramThatIsNoneIsNamed() throws {
    let error = try #require(try failure(try .ofHost(["/etc/passwd"])))
    guard case .program("/etc/passwd", let cause) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(cause.isPermission)
  }

  @Test func aMissingBindSourceIsNamed() throws {
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.mounts += [
      .directory("/data"), .bind(source: "/cupel-no-such-folder", target: "/data"),
    ]
    let error = try #require(try failure(sandbox))
    guard case .setup(_, let cause, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(cause.isNotFound)
    #expect(error.chain.contains("/cupel-no-such-folder"))
    #expect(error.chain.contains("/data"))
    #expect(error.exitCode == .hostUnsuitable)
  }

  @Test func aMissingWorkingFolderIsNamed() throws {
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.directory = "/no/such/folder"
    let error = try #require(try failure(sandbox))
    guard case .directory("/no/such/folder", let cause) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(cause.isNotFound)
  }

  @Test func aHostNameThatIsTooLongIsRefused() throws {
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.hostname = String(repeating: "x", count: 65)
    let error = try #require(try failure(sandbox))
    #expect(error.chain.contains("setting the host name"))
  }

  @Test func theTimeoutKillsEverything() throws {
    let start = Machine.monotonicSeconds
    let run = try Run.shell("trap '' TERM INT; sleep 60 & while :; do sleep 60; done") {
      $0.limits.timeout = 0.3
    }
    #expect(run.outcome.ending == .timedOut)
    #expect(Machine.monotonicSeconds - start < 20)
  }

  @Test func aStopDescriptorKillsEverything() throws {
    var pipe = try DescriptorPair.pipe()
    let stop = pipe.takeFirst()
    try pipe.takeSecond().write([1])
    let start = Machine.monotonicSeconds
    let run = try Run(try .ofHost(["/bin/sleep", "60"]), stops: [stop.raw])
    #expect(run.outcome.ending == .interrupted(.interrupt))
    #expect(Machine.monotonicSeconds - start < 20)
  }

  @Test func aSignalIsPassedOn() throws {
    // A shell does not look at its signals before the read has begun: keep sending.
    let sandbox = try Sandbox.ofHost([
      "/usr/bin/python3", "-c",
      "import signal, time, sys\nsignal.sigwait([signal.SIGUSR1])\nsys.exit(7)",
    ])
    var running = try RunningSandbox.start(sandbox, streams: .init(output: -1, error: -1))
    running.send(.continue)
    running.send(.user1)
    let outcome = try running.wait()
    // SIGUSR1 before sigwait ends the program by default: passed on in any case.
    #expect([.exited(7), .signalled(.user1)].contains(outcome.ending))
  }

  /// A packet that init never reads resets the connection; its last message must still arrive.
  @Test func aSignalAtTheEndLosesNothing() throws {
    for _ in 0..<40 {
      let run = try Run(
        try .ofHost(["/bin/true"]),
        started: { running in
          for _ in 0..<20 { running.send(.continue) }
        })
      #expect(run.outcome.ending == .exited(0))
    }
  }

  @Test func aSandboxThatIsGivenUpDies() throws {
    let pid: Int32
    do {
      let running = try RunningSandbox.start(
        try .ofHost(["/bin/sleep", "60"]), streams: .init(output: -1, error: -1))
      pid = running.pid
    }
    #expect(!ProcessHandle.exists(pid))
  }

  @Test func aFirstProcessThatIsNeverDescribedDies() throws {
    let pid: Int32
    do {
      let first = try SandboxInit.start(.init(output: -1, error: -1))
      pid = first.pid
      #expect(ProcessHandle.exists(pid))
    }
    #expect(!ProcessHandle.exists(pid))
  }

  @Test func aFirstProcessTakesWhatIsDecidedLater() throws {
    let first = try SandboxInit.start(.init(output: -1, error: -1))
    var running = try RunningSandbox.start(
      try .ofHost(["/bin/sh", "-c", "exit 7"]), in: first)
    #expect(try running.wait().ending == .exited(7))
  }

  /// More than the memory for the description holds: an error, and no process is left.
  @Test func aDescriptionThatIsTooLongIsRefused() throws {
    let long = String(repeating: "x", count: 17 << 20)
    let failure = try failure(.ofHost(["/bin/true", long]))
    #expect(failure?.message == "describing the sandbox to its first process")
  }
}
