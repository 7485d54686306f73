import Linux
import Sandboxing
import Testing

/// What is told of the programs that the announcers' starter starts.
@Suite struct LaunchTests {
  private static let call = "import ctypes; ctypes.CDLL(None).prctl(0x43555045, 0, 0, 0, 0)"
  private static let python = try? FileSystem.realPath("/usr/bin/python3")

  private static func launches(_ script: String, announcer: String? = python) throws -> [Launch] {
    let run = try Run.shell("/usr/bin/python3 -c '\(call)'\n\(script)\nexit 0") { sandbox in
      sandbox.announcer = announcer
    }
    try #require(run.outcome.ending == .exited(0), "\(run.error)")
    #expect(run.denials.isEmpty)
    return run.launches
  }

  @Test func aProgramIsToldWithAllThatItIsGiven() throws {
    let long = String(repeating: "x", count: 9000)
    let found = try Self.launches(
      "cd /usr; NAME='own value' LONG=\(long) /usr/bin/env -u LONG 'sec ond' '' || true")
    let launch = try #require(found.first)
    #expect(found.count == 1)
    #expect(launch.program == "/usr/bin/env")
    #expect(launch.arguments == ["/usr/bin/env", "-u", "LONG", "sec ond", ""])
    #expect(launch.directory == "/usr")
    #expect(launch.environment.contains("NAME=own value"))
    #expect(launch.environment.contains("LONG=\(long)"))
  }

  @Test func whatOthersStartIsNotTold() throws {
    let found = try Self.launches(
      """
      /usr/bin/env /bin/true one; (/bin/true two; true)
      /usr/bin/python3 -c 'import subprocess; subprocess.run(["/bin/true", "three"])'
      """)
    #expect(found.map(\.program) == ["/usr/bin/env", "/usr/bin/python3"])
  }

  @Test func nothingIsToldBeforeTheFirstAnnouncement() throws {
    #expect(try Self.launches("/bin/true; true", announcer: "/bin/cat").isEmpty)
    #expect(try Self.launches("/bin/true; true", announcer: nil).isEmpty)
  }

  /// What the runner puts into a prepared folder is there, belongs to the user and can be changed.
  @Test func aPreparedFolderIsFilledAndWritable() throws {
    var sandbox = try Sandbox.ofHost([
      "/bin/sh", "-c", "cat /data/in/given; echo more >> /data/in/given; ls -ln /data/in | tail -1",
    ])
    sandbox.mounts += [
      .directory("/data"),
      .memory(MemoryMount("/data", size: 1 << 20, isCollected: true, isPrepared: true)),
    ]
    var output = try DescriptorPair.pipe()
    let end = output.takeSecond()
    var running = try RunningSandbox.start(sandbox, streams: .init(output: end.raw, error: -1)) {
      path, folder throws(SystemError) in
      try folder.makeDirectory("in")
      try folder.create("in/given").write("given to \(path)\n")
    }
    _ = consume end
    let read = output.takeFirst()
    var text: [UInt8] = []
    let outcome = try running.wait(reading: [.output(read.raw) { text += $0 }])
    #expect(outcome.ending == .exited(0))
    let lines = String(decoding: text, as: UTF8.self)
    #expect(lines.hasPrefix("given to /data\n-rw-r--r-- 1 1000 1000 "), "\(lines)")
    let changed = try running.collected("/data").openBeneath("in/given").readToEnd()
    #expect(String(decoding: changed, as: UTF8.self) == "given to /data\nmore\n")
  }
}
