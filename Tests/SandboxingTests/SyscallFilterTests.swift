import Failing
import Linux
import Reading
import Sandboxing
import Testing

/// profiles/cargo-build.toml as the kernel applies it.
@Suite struct SyscallFilterTests {
  /// Python that makes raw calls and prints `name errno` for each (0: it worked).
  private static let prelude = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    def call(name, number, *arguments):
      ctypes.set_errno(0)
      result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
      print(name, ctypes.get_errno() if result == -1 else 0, flush=True)

    """

  private static func errors(_ program: String) throws -> [String: Int32] {
    let run = try Run.python(prelude + program)
    try #require(run.outcome.ending == .exited(0), "\(run.error)")
    var errors: [String: Int32] = [:]
    for line in run.lines {
      let fields = line.split(separator: " ")
      errors[String(fields[0])] = Int32(fields[1])
    }
    return errors
  }

  #if arch(x86_64)
    @Test func everySocketFamilyButUnixIsRefused() throws {
      let errors = try Self.errors(
        """
        for family in range(0, 46):
          call(family, 41, family, 1, 0)
        call("datagram", 41, 1, 2, 0)
        call("packet", 41, 17, 3, 0x0300)
        pair = (ctypes.c_int * 2)()
        call("pair", 53, 1, 1, 0, ctypes.addressof(pair))
        call("pair-inet", 53, 2, 1, 0, ctypes.addressof(pair))
        call("evasion", 41, 16 | 1 << 32, 3, 0)
        call("masquerade", 41, 17 | 1 << 40, 3, 0)
        call("raw", 41, 2, 3, 1)
        call("raw-6", 41, 10, 3 | 0x80000, 1)
        """)
      // Those of decoys seem to work: DenialTests.
      for family in 0..<46 where ![1, 2, 10].contains(family) {
        #expect(errors["\(family)"] == 1, "family \(family)")
      }
      #expect(errors["1"] == 0)
      #expect(errors["datagram"] == 0)
      #expect(errors["packet"] == 1)
      #expect(errors["pair"] == 0)
      #expect(errors["pair-inet"] == 1)
      #expect(errors["evasion"] == 1)
      #expect(errors["masquerade"] == 1)
      #expect(errors["raw"] == 1)
      #expect(errors["raw-6"] == 1)
    }

    @Test func forbiddenCallsFailAsTheProfileSays() throws {
      let errors = try Self.errors(
        """
        for flag in [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]:
          call("unshare-%x" % flag, 272, flag)
          call("clone-%x" % flag, 56, flag | 17, 0, 0, 0, 0)
        call("setns", 308, 0, 0)
        call("mount", 165, 0, 0, 0, 0, 0)
        call("umount2", 166, 0, 0)
        call("pivot_root", 155, 0, 0)
        call("chroot", 161, 0)
        call("open_tree", 428, -100, 0, 1)
        call("move_mount", 429, 0, 0, 0, 0, 0)
        call("fsopen", 430, 0, 0)
        call("fsmount", 432, 0, 0, 0)
        call("mount_setattr", 442, 0, 0, 0, 0, 0)
        call("ptrace", 101, 0, 0, 0, 0)
        call("process_vm_readv", 310, 1, 0, 0, 0, 0, 0)
        call("pidfd_getfd", 438, 0, 0, 0)
        call("keyctl", 250, 0, 0)
        call("add_key", 248, 0, 0, 0, 0, 0)
        call("request_key", 249, 0, 0, 0, 0)
        call("bpf", 321, 0, 0, 0)
        call("perf_event_open", 298, 0, 0, -1, -1, 0)
        call("userfaultfd", 323, 1)
        call("init_module", 175, 0, 0, 0)
        call("sethostname", 170, 0, 0)
        call("clock_settime", 227, 0, 0)
        call("name_to_handle_at", 303, -100, 0, 0, 0, 0)
        call("open_by_handle_at", 304, 0, 0, 0)
        call("iopl", 172, 3)
        call("modify_ldt", 154, 0, 0, 0)
        call("personality-read-implies-exec", 135, 0x400000)
        """)
      #expect(errors.count == 41)
      for (name, code) in errors { #expect(code == 1, "\(name)") }
    }

    @Test func whatCannotBeSeenThroughDoesNotExist() throws {
      let errors = try Self.errors(
        """
        call("io_uring_setup", 425, 1, 0)
        call("io_uring_enter", 426, 0, 0, 0, 0, 0, 0)
        call("io_uring_register", 427, 0, 0, 0, 0)
        call("clone3", 435, 0, 0)
        call("openat2", 437, -100, 0, 0, 24)
        call("fchmodat2", 452, -100, 0, 0, 0)
        call("setxattrat", 463, 0, 0, 0, 0, 0, 0)
        call("open_tree_attr", 467, 0, 0, 0, 0, 0)
        call("unknown", 9999)
        call("negative", -2)
        call("x32-getpid", 0x40000000 + 39)
        call("x32-ptrace", 0x40000000 + 521)
        """)
      #expect(errors.count == 12)
      for (name, code) in errors { #expect(code == 38, "\(name)") }
    }

    @Test func terminalInjectionIsRefusedWhateverTheUpperHalf() throws {
      let errors = try Self.errors(
        """
        for name, request in [("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541c)]:
          call(name, 16, 0, request, 0)
          for bit in [32, 40, 63]:
            value = request | 1 << bit
            call("%s-%d" % (name, bit), 16, 0, value - (1 << 64) if bit == 63 else value, 0)
        call("TCGETS", 16, 0, 0x5401, 0)
        """)
      #expect(errors.count == 9)
      for (name, code) in errors where name != "TCGETS" { #expect(code == 1, "\(name)") }
      // The kernel's own answer for what is no terminal: the call was let through.
      #expect(errors["TCGETS"] == 25)
    }

    @Test func modesThatChangeWhoRunsAreRefused() throws {
      let errors = try Self.errors(
        """
        open("/tmp/f", "w").close()
        path = ctypes.create_string_buffer(b"/tmp/f")
        address = ctypes.addressof(path)
        file = os.open("/tmp/f", os.O_RDWR)
        for mode in [0o4755, 0o2755, 0o6755]:
          call("chmod-%o" % mode, 90, address, mode)
          call("fchmod-%o" % mode, 91, file, mode)
          call("fchmodat-%o" % mode, 268, -100, address, mode)
        call("chmod-evasion", 90, address, 0o4755 | 1 << 35)
        call("ok-chmod", 90, address, 0o755)
        call("ok-sticky", 91, file, 0o1755)
        device = ctypes.create_string_buffer(b"/tmp/d")
        call("mknod-block", 133, ctypes.addressof(device), 0o60600, 0x700)
        call("mknod-character", 133, ctypes.addressof(device), 0o20600, 0x103)
        call("mknodat-character", 259, -100, ctypes.addressof(device), 0o20600, 0x103)
        call("ok-fifo", 133, ctypes.addressof(device), 0o10600, 0)
        new = ctypes.create_string_buffer(b"/tmp/new")
        n = ctypes.addressof(new)
        for mode in [0o4755, 0o2755, 0o6755]:
          call("open-%o" % mode, 2, n, os.O_CREAT | os.O_WRONLY, mode)
          call("openat-%o" % mode, 257, -100, n, os.O_CREAT | os.O_WRONLY, mode)
          call("creat-%o" % mode, 85, n, mode)
          call("mknod-%o" % mode, 133, n, 0o100000 | mode, 0)
          call("mknodat-%o" % mode, 259, -100, n, 0o100000 | mode, 0)
        folder = ctypes.create_string_buffer(b"/tmp")
        call("tmpfile", 257, -100, ctypes.addressof(folder), os.O_TMPFILE | os.O_RDWR, 0o4755)
        call("open-evasion", 2, n, os.O_CREAT | os.O_WRONLY | 1 << 40, 0o4755 | 1 << 35)
        call("ok-open-without-creating", 2, address, os.O_RDWR, 0o4755)
        call("ok-creat", 85, n, 0o755)
        folder = ctypes.create_string_buffer(b"/tmp/folder")
        call("ok-mkdir", 83, ctypes.addressof(folder), 0o6755)
        assert os.stat("/tmp/folder").st_mode & 0o6000 == 0
        """)
      for (name, code) in errors {
        #expect(code == (name.hasPrefix("ok-") ? 0 : 1), "\(name)")
      }
      #expect(errors.count == 36)
    }

    @Test func extendedAttributesAreNotSupported() throws {
      let errors = try Self.errors(
        """
        path = ctypes.create_string_buffer(b"/tmp")
        name = ctypes.create_string_buffer(b"user.x")
        call("setxattr", 188, ctypes.addressof(path), ctypes.addressof(name), 0, 0, 0)
        call("lsetxattr", 189, ctypes.addressof(path), ctypes.addressof(name), 0, 0, 0)
        call("fsetxattr", 190, 0, ctypes.addressof(name), 0, 0, 0)
        """)
      for (name, code) in errors { #expect(code == 95, "\(name)") }
    }

    /// The 32-bit entry of the kernel: its numbers mean other calls.
    @Test func theOtherArchitectureIsRefused() throws {
      let run = try Run.python(
        """
        import ctypes, mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))  # mov eax, getpid; int 0x80; ret
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        print(ctypes.CFUNCTYPE(ctypes.c_int)(address)(), flush=True)
        """)
      // A kernel without this entry ends the program.
      #expect(run.lines == ["-1"] || run.outcome.ending == .signalled(Signal(rawValue: 11)))
    }
  #endif

  @Test func ordinaryProgramsNoticeNothing() throws {
    let run = try Run.python(
      """
      import os, select, subprocess, threading, tempfile, socket, mmap, fcntl, signal, time
      reader, writer = os.pipe()
      if os.fork() == 0:
        os.write(writer, b"x"); os._exit(0)
      os.wait()
      poll = select.poll(); poll.register(reader, select.POLLIN)
      assert poll.poll(5000)
      epoll = select.epoll(); epoll.register(reader, select.EPOLLIN); assert epoll.poll(5)
      done = []
      threads = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
      [t.start() for t in threads]; [t.join() for t in threads]
      assert sorted(done) == list(range(8))
      assert subprocess.run(["/bin/sh", "-c", "exit 4"]).returncode == 4
      with tempfile.NamedTemporaryFile(dir="/tmp") as f:
        f.write(b"data"); f.flush(); fcntl.flock(f, fcntl.LOCK_EX); os.utime(f.name, (1, 1))
        os.chmod(f.name, 0o700); os.link(f.name, "/tmp/second"); os.rename("/tmp/second", "/tmp/third")
      a, b = socket.socketpair(); a.send(b"hi"); assert b.recv(2) == b"hi"
      mmap.mmap(-1, 1 << 20)
      os.memfd_create("m"); os.getrandom(8); os.sched_getaffinity(0); os.eventfd(1)
      os.copy_file_range(os.open("/tmp/third", os.O_RDONLY), os.open("/tmp/c", os.O_RDWR | os.O_CREAT), 4)
      signal.setitimer(signal.ITIMER_REAL, 30); time.sleep(0.01)
      print("fine")
      """)
    #expect(run.lines == ["fine"], "\(run.error)")
  }

  @Test func anUnknownCallInAProfileIsNamed() throws {
    let profile = try Profile(
      parsing: Array(
        """
        schema = 1
        name = "typo"
        [syscalls]
        default = "allow"
        newest = 452
        unknown = "ENOSYS"
        [[syscalls.rule]]
        names = ["mount", "mnout"]
        action = "EPERM"
        reason = "a mistake"
        """.utf8), file: "typo.toml")
    do {
      _ = try SyscallFilter.compile(profile)
      Issue.record("a call that does not exist was compiled")
    } catch SandboxError.filter(let profile, let rule, _) {
      #expect(profile == "typo")
      #expect(rule == "mnout")
    }
  }

  /// The same profile gives the same program.
  @Test func compilingIsDeterministic() throws {
    let profile = try Profile.cargoBuild()
    let program = try SyscallFilter.compile(profile)
    #expect(program.count % 8 == 0)
    #expect(program.count / 8 < 4096)
    #expect(try SyscallFilter.compile(profile) == program)
  }

  /// A filter beyond BPF_MAXINSNS (linux/bpf_common.h) must be refused, never used in part.
  @Test func aFilterThatIsTooLongIsRefused() throws {
    var text = """
      schema = 1
      name = "long"
      [syscalls]
      default = "allow"
      newest = 452
      unknown = "ENOSYS"

      """
    for value in 0..<4200 {
      text += """
        [[syscalls.rule]]
        names = ["ioctl"]
        action = "EPERM"
        reason = "one of many"
        [[syscalls.rule.when]]
        argument = 1
        op = "=="
        value = \(0x1_0000_0000 + value * 3)

        """
    }
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.profile = try Profile(parsing: Array(text.utf8), file: "long.toml")
    try #require(try SyscallFilter.compile(sandbox.profile).count / 8 > 4096)
    let error = try #require(try failure(sandbox))
    #expect(error.exitCode == .hostUnsuitable)
  }
}
