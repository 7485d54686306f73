import Failing
import Linux
import Reading
import Sandboxing
import Testing

/// Denied calls are seen, answered and told with the process that made them.
@Suite struct DenialTests {
  private static let prelude = """
    import ctypes, os, socket, sys, threading, time
    libc = ctypes.CDLL(None, use_errno=True)
    def call(number, *arguments):
      ctypes.set_errno(0)
      result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
      return -ctypes.get_errno() if result == -1 else result

    """

  private static func python(
    _ program: String, change: (inout Sandbox) -> Void = { _ in }
  ) throws -> Run {
    let run = try Run.python(prelude + program, change: change)
    try #require(run.outcome.ending == .exited(0), "\(run.error)")
    return run
  }

  private static func calls(_ run: Run) -> [String] { run.denials.map(\.denial.call) }

  #if arch(x86_64)
    @Test func everyCategoryIsTold() throws {
      let run = try Self.python(
        """
        assert call(272, 0x10020000) == -1
        path = ctypes.create_string_buffer(b"/tmp")
        kind = ctypes.create_string_buffer(b"tmpfs")
        p = ctypes.addressof(path)
        assert call(165, ctypes.addressof(kind), p, ctypes.addressof(kind), 0, 0) == -1
        assert call(101, 16, 1) == -1
        assert call(321, 5, 0, 0) == -1
        assert call(227, 0, 0) == -1
        assert call(16, 0, 0x5412, 0) == -1
        assert call(16, 0, 0x5412 | 1 << 33, 0) == -1
        assert call(90, p, 0o4755) == -1
        assert call(41, 17, 3, 768) == -1
        assert call(41, 2 | 1 << 32, 3, 6) == -1
        assert call(53, 2, 1, 0, 0) == -1
        """)
      #expect(
        Self.calls(run) == [
          "unshare(CLONE_NEWNS|CLONE_NEWUSER)", "mount(\"tmpfs\", \"/tmp\", \"tmpfs\", 0x0)",
          "ptrace(PTRACE_ATTACH, 1)", "bpf(BPF_PROG_LOAD)", "clock_settime(0)", "ioctl(TIOCSTI)",
          "chmod(\"/tmp\", 04755)", "socket(AF_PACKET, SOCK_RAW, 768)",
          "socket(AF_INET, SOCK_RAW, 6)", "socketpair(AF_INET, SOCK_STREAM, 0)",
        ])
      #expect(
        run.denials.map(\.denial.category) == [
          .mount, .mount, .process, .kernel, .clock, .terminal, .write, .network, .network,
          .network,
        ])
      #expect(run.denials.allSatisfy { $0.denial.error == .EPERM })
      #expect(run.denials.map(\.count) == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1])
      #expect(run.announced == run.denials.map(\.denial))
      #expect(run.unlistedDenials == 0)
    }

    @Test func silentRulesStaySilent() throws {
      let run = try Self.python(
        """
        assert call(435, 0, 0) == -38
        assert call(425, 1, 0) == -38
        assert call(437, -100, 0, 0, 24) == -38
        assert call(188, 0, 0, 0, 0, 0) == -95
        assert call(9999) == -38
        """)
      #expect(Self.calls(run) == [])
    }
  #endif

  /// The host's own listener would see what came through.
  @Test(arguments: ["127.0.0.1", "::1"])
  func aConnectionIsNamedAndNeverMade(address: String) throws {
    let (run, sawSomething) = try HostListener.watch(address) { port in
      try Self.python(Self.attack(address, port))
    }
    #expect(
      run.lines
        == Array(
          repeating: ["refused", "refused", "refused", "send OSError"], count: 2
        ).flatMap { $0 })
    #expect(!sawSomething)
    let shown = address == "::1" ? "AF_INET6, [::1]" : "AF_INET, 127.0.0.1"
    let calls = Self.calls(run)
    try #require(calls.count == 3)
    #expect(calls[0].hasPrefix("connect(\(shown):"))
    #expect(calls[1] == "bind(\(shown):0)")
    #expect(calls[2] == "sendto" + calls[0].dropFirst(7))
    #expect(run.denials.map(\.count) == [2, 2, 2])
    #expect(run.denials.allSatisfy { $0.denial.category == .network })
  }

  private static func attack(_ address: String, _ port: Int) -> String {
    """
    for kind in [socket.SOCK_STREAM, socket.SOCK_DGRAM]:
      s = socket.socket(\(address == "::1" ? "socket.AF_INET6" : "socket.AF_INET"), kind)
      for attempt in [lambda: s.connect(("\(address)", \(port))),
                      lambda: s.bind(("\(address)", 0)),
                      lambda: s.sendto(b"hello", ("\(address)", \(port)))]:
        try:
          attempt()
          print("worked")
        except PermissionError:
          print("refused")
      try:
        s.send(b"hello")
      except OSError as error:
        print("send", type(error).__name__)
      assert os.read(s.fileno(), 10) == b""
      for change in [lambda: os.write(s.fileno(), b"x"), lambda: os.ftruncate(s.fileno(), 10)]:
        try:
          change()
          print("changed")
        except OSError: pass
      again = os.open("/proc/self/fd/%d" % s.fileno(), os.O_RDONLY)
      assert os.fstat(again).st_size == 0
      try:
        os.write(os.open("/proc/self/fd/%d" % s.fileno(), os.O_RDWR), b"x")
        print("written")
      except OSError: pass
      s.close()
    """
  }

  /// Servers set SO_REUSEADDR before they bind.
  @Test func optionsOfADecoySeemToBeSet() throws {
    let run = try Self.python(
      """
      s = socket.socket()
      s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      try:
        s.bind(("127.0.0.1", 0))
      except PermissionError:
        print("refused")
      a, b = socket.socketpair()
      a.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
      print(a.getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED))
      for file in [os.open("/dev/null", os.O_RDONLY), 999]:
        libc.setsockopt(file, 1, 2, None, 4)
        print(ctypes.get_errno())
      """)
    #expect(run.lines == ["refused", "1", "88", "9"])  // ENOTSOCK, EBADF
    #expect(Self.calls(run) == ["bind(AF_INET, 127.0.0.1:0)"])
  }

  @Test func localSocketsWork() throws {
    let run = try Self.python(
      """
      a, b = socket.socketpair(); a.send(b"pair"); print(b.recv(9).decode())
      for name in ["/tmp/s", "\\0abstract"]:
        s = socket.socket(socket.AF_UNIX); s.bind(name); s.listen()
        c = socket.socket(socket.AF_UNIX); c.connect(name); c.send(b"stream")
        print(s.accept()[0].recv(9).decode())
      d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind("/tmp/d")
      socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"datagram", "/tmp/d")
      print(d.recv(9).decode())
      """)
    #expect(run.lines == ["pair", "stream", "stream", "datagram"])
    #expect(Self.calls(run) == [])
  }

  @Test func anAddressThatCannotBeReadIsRefused() throws {
    let run = try Self.python(
      """
      s = socket.socket(socket.AF_INET)
      u = socket.socket(socket.AF_UNIX)
      connect = libc.connect
      connect.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint]
      for pointer, length in [(0, 16), (1, 16), (0x7fffffffffff, 16), (0xffffffffffff0000, 16)]:
        for x in [s, u]:
          assert connect(x.fileno(), pointer, length) == -1 and ctypes.get_errno() == 1
      good = ctypes.create_string_buffer(b"\\2\\0\\0\\1" + bytes(12))
      assert connect(s.fileno(), ctypes.addressof(good), 0xffffffff) == -1
      assert connect(s.fileno(), ctypes.addressof(good), 1) == -1
      """)
    #expect(Self.calls(run) == ["connect(?)"])
    #expect(run.denials.map(\.count) == [10])
  }

  @Test func writesOutsideAreTold() throws {
    let run = try Self.python(
      """
      def attempt(path, flags, expected, folder=None):
        try:
          os.close(os.open(path, flags, 0o644, dir_fd=folder)); got = 0
        except OSError as error:
          got = error.errno
        assert got == expected, (path, flags, got)
      attempt("/usr/new", os.O_WRONLY | os.O_CREAT, 30)
      attempt("/new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 30)
      attempt("/tmp/../etc/passwd", os.O_RDWR, 13 if os.getuid() else 30)
      os.chdir("/usr")
      attempt("lib/new", os.O_WRONLY | os.O_CREAT, 30)
      attempt("new2", os.O_WRONLY | os.O_CREAT, 30, os.open("/usr/bin", os.O_RDONLY))
      attempt("/usr", os.O_TMPFILE | os.O_RDWR, 30)
      # Nothing of these was a write that the sandbox refused.
      attempt("/tmp/fine", os.O_WRONLY | os.O_CREAT, 0)
      attempt("/dev/null", os.O_WRONLY | os.O_TRUNC, 0)
      attempt("/usr/none", os.O_WRONLY, 2)
      attempt("/usr/none/none", os.O_WRONLY | os.O_CREAT, 2)
      attempt("/usr", os.O_WRONLY, 21)
      attempt("/usr/bin/python3", os.O_RDONLY, 0)
      attempt("/etc/passwd", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 17)
      # Landlock refuses it, on a mount that is not read-only.
      attempt("/proc/self/comm", os.O_WRONLY, 13)
      """)
    #expect(
      Self.calls(run) == [
        "openat(\"/usr/new\", O_WRONLY|O_CREAT)", "openat(\"/new\", O_WRONLY|O_CREAT|O_EXCL)",
        "openat(\"/tmp/../etc/passwd\", O_RDWR)", "openat(\"/usr/lib/new\", O_WRONLY|O_CREAT)",
        "openat(\"/usr/bin/new2\", O_WRONLY|O_CREAT)", "openat(\"/usr\", O_RDWR|O_TMPFILE)",
      ])
    #expect(run.denials.allSatisfy { $0.denial.category == .write })
  }

  @Test func theLineOfProcessesIsRead() throws {
    let run = try Run.shell(
      """
      export CRATE=inner OTHER=hidden
      /usr/bin/python3 -c 'import ctypes; ctypes.CDLL(None).unshare(0x10000000)' two
      exit 0
      """
    ) {
      $0.environment.append((name: "CRATE", value: "outer"))
      $0.interest = .init(environment: ["CRATE", "NONE"], libraryFolder: "/usr/lib")
    }
    let denial = try #require(run.denials.first?.denial)
    #expect(run.denials.count == 1)
    let line = denial.caller.processes
    try #require(line.count == 2)
    #expect(line[0].executable.hasPrefix("/usr/bin/python3"))
    #expect(line[0].arguments.first == "/usr/bin/python3")
    #expect(line[0].arguments.last == "two")
    #expect(line[0].environment == ["CRATE": "inner"])
    #expect(line[1].environment == ["CRATE": "outer"])
    #expect(line[1].arguments.prefix(2) == ["/bin/sh", "-c"])
    #expect(line[0].libraries.contains { $0.contains("libc") })
    #expect(line[0].pid > 1 && line[0].pid != line[1].pid)
  }

  @Test func threadsAreToldByTheirProcess() throws {
    let run = try Self.python(
      """
      def attempt():
        for i in range(50):
          assert call(272, 0x20000) == -1
      threads = [threading.Thread(target=attempt) for i in range(40)]
      [t.start() for t in threads]; [t.join() for t in threads]
      """)
    #expect(run.denials.count == 1)
    #expect(run.denials.first?.count == 2000)
    #expect(run.denials.first?.denial.caller.processes.count == 1)
  }

  @Test func aFloodStarvesNobody() throws {
    let started = Machine.monotonicSeconds
    let run = try Self.python(
      """
      pid = os.fork()
      if pid == 0:
        for i in range(30000): libc.unshare(0x20000)
        os._exit(0)
      for i in range(200):
        print("line", i, flush=True)
        time.sleep(0.001)
      os.waitpid(pid, 0)
      """)
    #expect(run.lines.count == 200)
    #expect(run.denials.first?.count == 30000)
    #expect(Machine.monotonicSeconds - started < 25)
  }

  @Test func differentDenialsAreKeptUpToALimit() throws {
    let run = try Self.python(
      """
      s = socket.socket(socket.AF_INET)
      for port in range(1, 1001):
        try: s.connect(("127.0.0.1", port))
        except PermissionError: pass
      """)
    #expect(run.denials.count == 256)
    #expect(run.denials.map(\.count).reduce(0, +) + run.unlistedDenials == 1000)
  }

  @Test func longAndHostileTextsAreCutAndEscaped() throws {
    let run = try Self.python(
      """
      import mmap
      long = ctypes.create_string_buffer(b"a" * (1 << 20))
      odd = ctypes.create_string_buffer(b"/usr/\\x1b[2J\\n\\xff\\"x")
      for p in [ctypes.addressof(long), ctypes.addressof(odd), 0, 1, 0x7ffffffff000]:
        libc.chroot(ctypes.c_void_p(p))
        libc.open(ctypes.c_void_p(p), os.O_WRONLY | os.O_CREAT, 0o644)
      # A text that ends with its page, the next one is not mapped.
      m = mmap.mmap(-1, 8192)
      address = ctypes.addressof(ctypes.c_char.from_buffer(m))
      libc.munmap(ctypes.c_void_p(address + 4096), ctypes.c_size_t(4096))
      m[4090:4096] = b"/usr/x"
      libc.chroot(ctypes.c_void_p(address + 4090))
      os._exit(0)
      """)
    let calls = Self.calls(run)
    #expect(calls.count == 6)
    #expect(calls.allSatisfy { $0.utf8.count < 600 })
    #expect(calls.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7e).contains($0) } })
    #expect(calls.contains("chroot(\"/usr/\\x1b[2J\\x0a\\xff\\\"x\")"))
    #expect(calls.contains("chroot(NULL)"))
    #expect(calls.contains("chroot(?)"))
    #expect(calls.contains("chroot(\"/usr/x\")"))
  }

  @Test func callersThatDieWhileTheyWaitHurtNobody() throws {
    let run = try Self.python(
      """
      import signal
      for i in range(60):
        pid = os.fork()
        if pid == 0:
          while True: libc.unshare(0x20000)
        time.sleep(0.002)
        if i % 3 == 0: os.kill(pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
      print("done")
      """)
    #expect(run.lines == ["done"])
    #expect(run.denials.count >= 1)
  }

  /// The end comes although somebody is in the middle of a call, or stopped in it.
  @Test func theEndDoesNotWaitForAnswers() throws {
    let started = Machine.monotonicSeconds
    let run = try Run.python(
      Self.prelude
        + """
        import signal
        for i in range(20):
          pid = os.fork()
          if pid == 0:
            while True: libc.unshare(0x20000)
          if i % 2: os.kill(pid, signal.SIGSTOP)
        time.sleep(60)
        """
    ) { $0.limits.timeout = 1 }
    #expect(run.outcome.ending == .timedOut)
    #expect(Machine.monotonicSeconds - started < 10)
  }

  /// A sandbox whose runner never looks at its calls, and goes away.
  @Test func aSandboxThatIsGivenUpInACallDies() throws {
    let pid: Int32
    do {
      let running = try RunningSandbox.start(
        try .ofHost([
          "/usr/bin/python3", "-c",
          "import ctypes\nwhile True: ctypes.CDLL(None).unshare(0x20000)",
        ]), streams: .init(output: -1, error: -1))
      pid = running.pid
      _ = try Poll.wait([], milliseconds: 300)
    }
    #expect(!ProcessHandle.exists(pid))
  }

  @Test func withoutAListenerTheSameIsRefusedInSilence() throws {
    let run = try Self.python(
      """
      for attempt in [lambda: socket.socket(socket.AF_INET), lambda: os.chmod("/tmp", 0o4755)]:
        try:
          attempt()
          print("worked")
        except PermissionError: pass
      assert libc.unshare(0x20000) == -1 and ctypes.get_errno() == 1
      open("/tmp/x", "w").close()
      s = socket.socket(socket.AF_UNIX); s.bind("/tmp/s")
      """
    ) { $0.reportsDenials = false }
    #expect(run.lines == [])
    #expect(Self.calls(run) == [])
  }

  @Test func nobodyInsideHoldsTheListener() throws {
    let run = try Self.python(
      """
      print(sorted(int(n) for n in os.listdir("/proc/self/fd"))[:4])
      for pid in ["1", "self"]:
        try:
          for name in os.listdir("/proc/%s/fd" % pid):
            try: print(os.readlink("/proc/%s/fd/%s" % (pid, name)))
            except OSError: pass
        except OSError: print("hidden")
      """)
    #expect(run.lines.contains("hidden"))
    #expect(!run.output.contains("seccomp"))
    #expect(run.lines.first == "[0, 1, 2, 3]")
  }

  @Test func aVforkedChildIsToldToo() throws {
    let run = try Run.shell(
      "/usr/bin/python3 -c 'import subprocess; subprocess.run([\"/usr/bin/unshare\", \"-m\"])'")
    #expect(run.denials.map(\.denial.call) == ["unshare(CLONE_NEWNS)"])
    let line = try #require(run.denials.first).denial.caller.processes.map(\.executable)
    #expect(line.first == "/usr/bin/unshare")
  }
}
