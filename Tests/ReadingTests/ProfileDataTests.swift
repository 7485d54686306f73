import Linux
import Testing

@testable import Reading

/// profiles/*.toml as data.
@Suite struct ProfileDataTests {
  static let names = ["cargo-build", "strict", "observe", "shell", "fetch"]

  static func profile(_ name: String) throws -> Profile {
    func read(_ name: String) throws(ReadingError) -> Profile {
      let path = "\(Oracle.home)/../../profiles/\(name).toml"
      guard let bytes = try? FileSystem.read(path) else {
        throw ReadingError(
          file: path, position: nil, role: .configuration,
          fact: .missingKey(name, table: "profiles"))
      }
      return try Profile(parsing: bytes, file: "\(name).toml") { base throws(ReadingError) in
        try read(base)
      }
    }
    return try read(name)
  }

  /// What becomes of a call.
  private func treatment(
    _ profile: Profile, _ call: String, _ arguments: [UInt64] = []
  ) -> Profile.Treatment {
    let rules = profile.syscalls.rules.filter { $0.calls.contains(call) }
    let padding = [UInt64](repeating: 0, count: 6 - arguments.count)
    return profile.syscalls.treatment(by: rules, arguments + padding)
  }

  @Test(arguments: names) func isNamedAsItsFile(_ name: String) throws {
    let profile = try Self.profile(name)
    #expect(profile.name == name)
    #expect(!profile.description.isEmpty)
    #expect(profile.writable.entries.count == 4)
  }

  @Test(arguments: names) func refusesWhatNoBuildNeeds(_ name: String) throws {
    let profile = try Self.profile(name)
    for call in [
      "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
      "fsmount", "fspick", "mount_setattr", "unshare", "setns", "ptrace", "process_vm_readv",
      "process_vm_writev", "pidfd_getfd", "kcmp", "keyctl", "add_key", "request_key", "bpf",
      "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module",
      "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct", "quotactl",
      "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
      "setdomainname", "iopl", "ioperm", "open_by_handle_at", "name_to_handle_at",
      "lookup_dcookie", "nfsservctl", "vhangup", "syslog", "fanotify_init",
    ] {
      #expect(treatment(profile, call).action == .fail(.EPERM), "\(call)")
    }
    for call in [
      "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "fchmodat2",
    ] {
      #expect(treatment(profile, call).action == .fail(.ENOSYS), "\(call)")
    }
    #expect(treatment(profile, "fsetxattr").action == .fail(.EOPNOTSUPP))
    #expect(treatment(profile, "execve").action == .allow)
  }

  @Test(arguments: names) func refusesByArguments(_ name: String) throws {
    let profile = try Self.profile(name)
    func refuses(_ call: String, _ arguments: [UInt64], _ comment: Comment) {
      #expect(treatment(profile, call, arguments).action == .fail(.EPERM), comment)
    }
    for shift in [17, 25, 26, 27, 28, 29, 30] as [UInt64] {
      refuses("clone", [1 << shift | 17], "clone 1 << \(shift)")
    }
    #expect(treatment(profile, "clone", [17]).action == .allow)
    for value in [0x400000, 8, 0x2_0000_0000 | 8] as [UInt64] {
      refuses("personality", [value], "personality \(value)")
    }
    for request in [0x5412, 0x541c, 1 << 63 | 0x5412] as [UInt64] {
      refuses("ioctl", [0, request], "ioctl \(request)")
    }
    #expect(treatment(profile, "ioctl", [0, 0x5401]).action == .allow)
    for mode in [0o4755, 0o2755, 0o6000] as [UInt64] {
      refuses("chmod", [0, mode], "chmod")
      refuses("fchmod", [0, mode], "fchmod")
      refuses("fchmodat", [0, 0, mode], "fchmodat")
    }
    #expect(treatment(profile, "fchmodat", [0, 0, 0o755]).action == .allow)
    for type in [0x2000, 0x6000, 0xf_2000] as [UInt64] {
      refuses("mknod", [0, type], "mknod")
      refuses("mknodat", [0, 0, type], "mknodat")
    }
    #expect(treatment(profile, "mknodat", [0, 0, 0o10644]).action == .allow)
  }

  /// Whatever cargo-build refuses by a rule, strict refuses.
  @Test func strictAllowsNothingThatCargoBuildRefuses() throws {
    let strict = try Self.profile("strict")
    let build = try Self.profile("cargo-build")
    for difference in build.differences(from: strict) where difference.area == "system calls" {
      #expect(difference.second != "allow" || difference.first == "allow", "\(difference)")
      if let example = difference.example {
        #expect(!example.hasSuffix("→ allow"), "\(example)")
      }
    }
    #expect(strict.syscalls.defaultAction == .fail(.EPERM))
    #expect(strict.devices == build.devices)
    #expect(strict.maskedPaths == build.maskedPaths)
    #expect(strict.readOnlyPaths == build.readOnlyPaths)
    #expect(strict.writable == build.writable)
    #expect(strict.limits == build.limits)
  }

  /// An arm64 libc makes these, and never the older ones without "at".
  @Test func strictKnowsTheCallsOfArm64() throws {
    let strict = try Self.profile("strict")
    for call in [
      "openat", "newfstatat", "faccessat", "readlinkat", "mkdirat", "unlinkat", "renameat",
      "renameat2", "linkat", "symlinkat", "fchmodat", "fchownat", "dup3", "pipe2", "ppoll",
      "pselect6", "epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2", "signalfd4", "clone",
      "wait4", "utimensat", "getdents64", "statx",
    ] {
      #expect(treatment(strict, call).action == .allow, "\(call)")
    }
  }

  /// The page's example extends cargo-build, and refuses what it says.
  @Test func theExampleOfThePageCanBeRead() throws {
    let page = String(
      decoding: try FileSystem.read("\(Oracle.home)/../../docs/profiles.md"), as: UTF8.self)
    let example = try #require(
      page.split(separator: "```toml\n").last?.split(separator: "```").first)
    let base = try Self.profile("cargo-build")
    let profile = try Profile(
      parsing: bytes(String(example)), file: "docs/profiles.md"
    ) { name throws(ReadingError) in name == base.name ? base : nil }
    #expect(treatment(profile, "renameat2", [0, 0, 0, 0, 2]).action == .fail(.EPERM))
    #expect(treatment(profile, "renameat2", [0, 0, 0, 0, 1]).action == .allow)
    #expect(treatment(profile, "mount").action == .fail(.EPERM))
  }

  @Test func observeAndShellOnlyAdd() throws {
    let build = try Self.profile("cargo-build")
    #expect(
      build.differences(from: try Self.profile("observe")).map(\.area)
        == ["observation", "observation"])
    let shell = build.differences(from: try Self.profile("shell"))
    #expect(shell.map(\.area) == ["devices"])
    #expect(shell.first?.subjects == ["tty"])
  }
}
