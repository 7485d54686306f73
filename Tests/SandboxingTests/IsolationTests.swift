import CLinux
import Linux
import Reading
import Sandboxing
import Testing

/// What programs cannot see or keep.
@Suite struct IsolationTests {
  @Test func nothingOfTheHostIsVisibleButUsr() throws {
    let run = try Run.shell("cd /; for i in * .[!.]*; do test -L $i || echo $i; done")
    let known: Set = [
      "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr",
      ".[!.]*",
    ]
    #expect(Set(run.lines).subtracting(known) == [])
    #expect(
      try Run.shell("ls /dev").lines.sorted() == [
        "fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero",
      ])
  }

  @Test func devicesWork() throws {
    let run = try Run.shell(
      "echo x >/dev/null && head -c 4 /dev/zero | wc -c && head -c 4 /dev/urandom | wc -c; "
        + "echo x >/dev/full")
    #expect(run.lines == ["4", "4"])
    #expect(run.outcome.ending != .exited(0))
  }

  @Test func theRunnersDescriptorsAreClosed() throws {
    let file = try MemoryFile.create(name: "secret")
    #expect(lx_fcntl_int(file.raw, 2 /* F_SETFD */, 0) == 0)
    // 3 is the folder that ls itself reads.
    #expect(try Run.shell("exec ls /proc/self/fd").lines == ["0", "1", "2", "3"])
  }

  /// openat(0, "..") would lead out of the sandbox.
  @Test func aFolderIsNoStandardStream() throws {
    let folder = try FileSystem.open("/etc")
    let sandbox = try Sandbox.ofHost(["/bin/ls", "/proc/self/fd/0/.."])
    do {
      _ = try RunningSandbox.start(
        sandbox, streams: .init(input: folder.raw, output: -1, error: -1))
      Issue.record("a folder was taken as standard input")
    } catch SandboxError.setup(let stage, let cause, _) {
      #expect(stage == "setting up standard streams")
      #expect(cause.reason == "is a directory")
    }
  }

  @Test func initHidesTheRunner() throws {
    // Not even listed; and where it is, under a name of its own.
    let hidden = try Run.shell("ls -d /proc/1 || cat /proc/1/cmdline")
    #expect(hidden.output.isEmpty)
    let run = try Run.shell("tr -d '\\0' </proc/1/cmdline; echo; cat /proc/1/comm") {
      $0.mounts = $0.mounts.map {
        $0 == .proc("/proc", visibility: .ptraceable) ? .proc("/proc") : $0
      }
    }
    #expect(run.lines == ["cupel-init", "cupel-init"])
    for name in ["environ", "maps", "mem", "fd", "exe", "cwd", "root"] {
      let run = try Run.shell("ls -L /proc/1/\(name)/ || cat /proc/1/\(name)")
      #expect(run.output.isEmpty, "/proc/1/\(name)")
      #expect(run.outcome.ending != .exited(0), "/proc/1/\(name)")
    }
  }

  @Test func noPrivilegeIsLeft() throws {
    let run = try Run.shell("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")
    let zero = "0000000000000000"
    #expect(
      run.lines == [
        "CapInh:\t\(zero)", "CapPrm:\t\(zero)", "CapEff:\t\(zero)", "CapBnd:\t\(zero)",
        "CapAmb:\t\(zero)", "NoNewPrivs:\t1", "Seccomp:\t2",
      ])
  }

  @Test func theProcessesOfTheHostAreNotThere() throws {
    let run = try Run.shell("cd /proc; for p in [0-9]*; do cat $p/comm; done")
    #expect(Set(run.lines).subtracting(["sh", "cat"]) == [])
  }

  @Test func onlyTheLoopbackInterfaceIsThere() throws {
    let run = try Run.shell("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
    #expect(run.lines == ["lo"])
  }

  /// Also where the runner has put it into a cgroup with its own process number in the name.
  @Test func theCgroupIsARoot() throws {
    let run = try Run.shell("cat /proc/self/cgroup") { $0.limits.memory = 256 << 20 }
    for line in run.lines { #expect(line.hasSuffix(":/"), "\(line)") }
  }

  @Test func theSandboxHasASessionOfItsOwn() throws {
    let run = try Run.python("import os\nprint(os.getsid(0) == os.getpid())")
    #expect(run.lines == ["True"])
  }

  /// 1 keeps even a core_pattern that is a pipe from running (core(5)).
  @Test func nothingIsDumped() throws {
    let run = try Run.python("import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))")
    #expect(run.lines == ["(1, 1)"])
  }

  @Test func theClocksSinceBootAreNotTheHosts() throws {
    let run = try Run.python(
      """
      import time
      print(int(float(open("/proc/uptime").read().split()[0])))
      print(int(time.clock_gettime(time.CLOCK_MONOTONIC)), int(time.clock_gettime(time.CLOCK_BOOTTIME)))
      """)
    let numbers = run.output.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
    #expect(numbers.count == 3)
    for number in numbers { #expect((86_399...86_460).contains(number), "\(run.output)") }
  }

  @Test func aProcessCannotRewriteItsDescription() throws {
    let run = try Run.python(
      """
      import ctypes
      libc = ctypes.CDLL(None, use_errno=True)
      print(libc.prctl(35, 8, 0, 0, 0), ctypes.get_errno())  # PR_SET_MM
      """)
    #expect(run.lines == ["-1 1"])
  }

  @Test func procIsMaskedAndReadOnly() throws {
    #expect(try Run.shell("cat /proc/keys /proc/timer_list 2>/dev/null").output.isEmpty)
    let run = try Run.shell("echo 1 >/proc/sys/kernel/core_pattern")
    #expect(run.outcome.ending != .exited(0))
    let mounts = try Run.shell("grep ' /proc/sys ' /proc/self/mountinfo | cut -d' ' -f6")
    #expect(mounts.lines.first?.hasPrefix("ro,") == true)
  }

  /// PID 1 of the namespace holds nothing that its program could kill.
  @Test func initCannotBeKilledFromInside() throws {
    let run = try Run.shell("kill -9 1; kill -TERM 1; kill -STOP 1; echo alive; exit 5")
    #expect(run.lines == ["alive"])
    #expect(run.outcome.ending == .exited(5))
  }
}
