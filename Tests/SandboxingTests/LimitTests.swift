import Linux
import Testing

@testable import Sandboxing

@Suite struct LimitTests {
  /// A kernel that is out of memory takes the program, and the first process lives to tell.
  @Test func theProgramIsTheFirstToGoWhenMemoryRunsOut() throws {
    func score(_ process: String) throws -> Int? {
      let text = try FileSystem.read("/proc/\(process)/oom_score_adj", limit: 64)
      return Int(String(decoding: text.dropLast(), as: UTF8.self))
    }
    let own = try #require(try score("self"))
    let expected = own < 0 || own >= 800 ? own : own + 200
    let inside = try Run.shell("cat /proc/self/oom_score_adj")
    #expect(inside.lines == ["\(expected)"])
    #expect(try Run.shell("echo 0 >/proc/self/oom_score_adj").outcome.shellStatus != 0)
  }

  @Test func processesAreLimited() throws {
    let run = try Run.shell("i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i+1)); done; exit 99") {
      $0.limits.pids = 12
    }
    #expect(run.outcome.ending != .exited(99))
    #expect(run.error.contains("fork"))
    // Enough for what it needs.
    #expect(
      try Run.shell("sleep 0 & sleep 0 & wait; exit 9") { $0.limits.pids = 12 }
        .outcome.ending == .exited(9))
  }

  @Test func processesOfOneSandboxDoNotCountInAnother() throws {
    var crowd = try Sandbox.ofHost([
      "/bin/sh", "-c", "i=0; while [ $i -lt 20 ]; do sleep 60 & i=$((i+1)); done; wait",
    ])
    crowd.limits.pids = 30
    let running = try RunningSandbox.start(crowd, streams: .init(output: -1, error: -1))
    #expect(ProcessHandle.exists(running.pid))
    for _ in 0..<5 {
      #expect(
        try Run.shell("(exit 7); exit $?") { $0.limits.pids = 6 }.outcome.ending == .exited(7))
    }
  }

  @Test func memoryIsLimited() throws {
    var sandbox = try Sandbox.ofHost([
      "/usr/bin/python3", "-c", "x = bytearray(400 << 20)\nprint(len(x))",
    ])
    sandbox.limits.memory = 128 << 20
    var enforcement: MemoryEnforcement?
    let run = try Run(sandbox, started: { enforcement = $0.memoryEnforcement })
    #expect(run.output.isEmpty)
    switch enforcement {
    case .cgroupV1, .cgroupV2: #expect(run.outcome.ending == .outOfMemory)
    case .perProcess: #expect(run.error.contains("MemoryError"))
    case nil: Issue.record("nothing holds the limit")
    }
  }

  @Test func filesInMemoryCountWhereACgroupHoldsTheLimit() throws {
    var sandbox = try Sandbox.ofHost(["/bin/sh", "-c", "head -c 200000000 /dev/zero >/tmp/f"])
    sandbox.limits.memory = 64 << 20
    var enforcement: MemoryEnforcement?
    let run = try Run(sandbox, started: { enforcement = $0.memoryEnforcement })
    if enforcement != .perProcess { #expect(run.outcome.ending == .outOfMemory) }
  }

  /// A group whose maker died has no lock; that of a sandbox that is being made has no process yet,
  /// but a lock.
  @Test func groupsOfTheDeadAreRemovedAndThoseOfTheLivingAreNot() throws {
    guard let living = MemoryCgroup.make(limit: 1 << 30) else { return }  // this user can make none
    let parent = FileSystem.split(living.path).parent
    let dead = "\(parent)/cupel-dead42"
    try FileSystem.makeDirectory(dead)
    let other = MemoryCgroup.make(limit: 1 << 30)
    #expect(!FileSystem.exists(dead))
    #expect(FileSystem.exists(living.path))
    _ = consume other
  }

  @Test func withoutALimitNothingHoldsIt() throws {
    var enforcement: MemoryEnforcement? = .perProcess
    _ = try Run(try .ofHost(["/bin/true"]), started: { enforcement = $0.memoryEnforcement })
    #expect(enforcement == nil)
  }

  @Test func openFilesAreLimited() throws {
    let run = try Run.shell("ulimit -n") { $0.limits.openFiles = 77 }
    #expect(run.lines == ["77"])
  }

  /// Root in a container may lack CAP_SYS_RESOURCE.
  @Test func limitsAreOnlyEverLowered() throws {
    let run = try Run.shell("ulimit -Hn") { $0.limits.openFiles = 1 << 40 }
    #expect(run.outcome.ending == .exited(0))
  }
}
