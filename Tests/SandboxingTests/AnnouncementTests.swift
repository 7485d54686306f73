import Linux
import Sandboxing
import Testing

/// Who is listened to when it announces itself.
@Suite struct AnnouncementTests {
  /// prctl(2) as `Machine.announce` calls it.
  private static let call = "import ctypes; ctypes.CDLL(None).prctl(0x43555045, 0, 0, 0, 0)"

  private static func announcements(
    _ script: String, announcer: String?
  ) throws -> [Announcement] {
    let run = try Run.shell(script) { sandbox in
      sandbox.announcer = announcer
      sandbox.interest.environment = ["NAME"]
      sandbox.environment.append(("NAME", "value"))
      sandbox.environment.append(("OTHER", "secret"))
    }
    try #require(run.outcome.ending == .exited(0), "\(run.error)")
    #expect(run.denials.isEmpty)
    return run.announcements
  }

  private static let python = try? FileSystem.realPath("/usr/bin/python3")

  @Test func theAnnouncerIsHeardWithWhatItWasStartedWith() throws {
    let found = try Self.announcements(
      "NAME=own /usr/bin/python3 -c '\(Self.call)' first 'sec ond' ''; exit 0",
      announcer: Self.python)
    #expect(
      found == [
        Announcement(
          arguments: ["/usr/bin/python3", "-c", Self.call, "first", "sec ond", ""],
          environment: ["NAME": "own"])
      ])
  }

  /// The same program, started by another process than the first one.
  @Test func whoeverElseStartsTheAnnouncerIsNotHeard() throws {
    let found = try Self.announcements(
      """
      /usr/bin/python3 -c '\(Self.call)' one; (/usr/bin/python3 -c '\(Self.call)' two; true)
      /usr/bin/python3 -c 'import subprocess, sys; subprocess.run(sys.argv[1:])' \
        /usr/bin/python3 -c '\(Self.call)' three
      setsid -f /usr/bin/python3 -c '\(Self.call)' four; sleep 0.3
      /usr/bin/python3 -c '\(Self.call)' five; exit 0
      """, announcer: Self.python)
    #expect(found.map(\.arguments.last) == ["one", "five"])
  }

  @Test func anotherProgramIsNotHeard() throws {
    let script = "/usr/bin/python3 -c '\(Self.call)'; exit 0"
    #expect(try Self.announcements(script, announcer: "/bin/sh").isEmpty)
    #expect(try Self.announcements(script, announcer: nil).isEmpty)
  }
}
