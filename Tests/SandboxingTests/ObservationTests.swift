import Linux
import Reading
import Sandboxing
import Testing

/// What a profile with `[observe]` writes down.
@Suite struct ObservationTests {
  private static func observe(
    _ arguments: [String], change: (inout Sandbox) -> Void = { _ in }
  ) throws -> (run: Run, observations: [Observation]) {
    var sandbox = try Sandbox.ofHost(arguments)
    sandbox.profile = try Profile.cargoBuild(
      adding: "[observe]\nopens = true\nprograms = true\nreason = \"a test\"\n")
    change(&sandbox)
    let run = try Run(sandbox)
    try #require(run.outcome.ending == .exited(0), "\(run.error)")
    return (run, run.observations)
  }

  @Test func whatIsOpenedAndExecutedIsTold() throws {
    let (run, observations) = try Self.observe([
      "/bin/sh", "-c",
      """
      cd /tmp
      echo text > made
      cat made /etc/passwd made > /dev/null
      cat /nothing made 2> /dev/null
      cd /usr && /bin/cat lib/../bin/cat > /dev/null
      true
      """,
    ])
    func find(_ kind: Observation.Kind, _ path: String) -> [Observation] {
      observations.filter { $0.kind == kind && $0.path == path }
    }
    #expect(find(.write, "/tmp/made").map(\.exists) == [false])
    // Once for each of two processes.
    #expect(find(.read, "/tmp/made").map(\.exists) == [true, true])
    #expect(find(.read, "/etc/passwd").map(\.exists) == [true])
    #expect(find(.read, "/nothing").map(\.exists) == [false])
    #expect(find(.read, "/usr/lib/../bin/cat").map(\.exists) == [true])
    #expect(find(.write, "/dev/null").allSatisfy { $0.exists })
    let programs = observations.filter { $0.kind == .exec && $0.exists }
    #expect(programs.first?.arguments == ["cat", "made", "/etc/passwd", "made"])
    #expect(programs.first?.caller?.processes.last?.arguments.prefix(2) == ["/bin/sh", "-c"])
    #expect(run.denials.isEmpty)
  }

  @Test func aProcessIsToldOnceForEachProgram() throws {
    let (_, observations) = try Self.observe([
      "/usr/bin/python3", "-c",
      """
      import os, threading
      def read(name):
        for i in range(3): open(name).close()
      threads = [threading.Thread(target=read, args=(n,)) for n in ["/etc/passwd", "/etc/group"]]
      [t.start() for t in threads]; [t.join() for t in threads]
      os.execv("/bin/cat", ["cat", "/etc/hosts"])
      """,
    ])
    #expect(Set(observations.map(\.pid)).count == 1)
    let told = observations.filter { $0.kind != .exec && $0.caller != nil }
    try #require(told.count == 2)
    #expect(told[0].caller?.processes.first?.executable.hasPrefix("/usr/bin/python3") == true)
    #expect(told[1].caller?.processes.first?.executable == "/usr/bin/cat")
    for name in ["/etc/passwd", "/etc/group", "/etc/hosts"] {
      #expect(observations.count { $0.path == name } == 1, "\(name)")
    }
    let exec = try #require(observations.last { $0.kind == .exec })
    #expect(exec.path == "/bin/cat")
    #expect(exec.caller?.processes.first?.executable.hasPrefix("/usr/bin/python3") == true)
  }

  @Test func socketsAndRefusalsAreTold() throws {
    let (run, observations) = try Self.observe([
      "/usr/bin/python3", "-c",
      """
      import socket
      s = socket.socket(socket.AF_UNIX); s.bind("/tmp/s")
      for i in range(3):
        try: socket.socket().connect(("127.0.0.1", 9))
        except PermissionError: pass
      try: open("/usr/x", "w")
      except OSError: pass
      """,
    ])
    func paths(_ kind: Observation.Kind) -> [String] {
      observations.filter { $0.kind == kind }.map(\.path)
    }
    #expect(paths(.network).contains("bind(AF_UNIX, \"/tmp/s\")"))
    let denied = run.denials.map(\.denial.call)
    #expect(denied.count == 2)
    #expect(paths(.denied) == denied)
  }

  @Test func nothingIsObservedUnasked() throws {
    #expect(try Run.shell("cat /etc/passwd").observations.isEmpty)
  }
}
