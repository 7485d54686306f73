import Linux
import Testing

@testable import Reading

@Suite struct ProfileTests {
  private func profile(_ text: String) throws -> Profile {
    try Profile(parsing: bytes(text), file: "p.toml")
  }

  static func head(_ more: String = "") -> String {
    """
    schema = 1
    name = "p"
    [syscalls]
    default = "allow"
    unknown = "ENOSYS"
    newest = 452
    \(more)
    """
  }

  @Test func readsRules() throws {
    let profile = try profile(
      Self.head(
        """
        [[syscalls.rule]]
        names = ["a", "b"]
        numbers = { setxattrat = 463 }
        action = "EPERM"
        reason = "because"
        [[syscalls.rule]]
        names = ["socket"]
        action = "kill"
        reason = "because"
        when = [{ argument = 0, op = "!=", value = "AF_UNIX" }, { argument = 1, op = "<", value = 3 }]
        [proc]
        masked = ["/proc/kcore"]
        readonly = ["/proc/sys"]
        [devices]
        names = ["null"]
        [limits]
        nofile = 1024
        core = 0
        memory = "1G"
        pids = 9
        """))
    #expect(profile.name == "p")
    #expect(profile.syscalls.defaultAction == .allow)
    #expect(profile.syscalls.unknown == .fail(.ENOSYS))
    #expect(profile.syscalls.newest == 452)
    let rules = profile.syscalls.rules
    #expect(rules.count == 2)
    #expect(rules[0].names == ["a", "b"])
    #expect(rules[0].numbers == [Profile.NumberedCall(name: "setxattrat", number: 463)])
    #expect(rules[0].action == .fail(.EPERM))
    #expect(rules[0].alternatives == [[]])
    #expect(rules[1].action == .kill)
    #expect(
      rules[1].alternatives == [
        [
          Profile.Comparison(argument: 0, operation: .notEqual, value: 1),
          Profile.Comparison(argument: 1, operation: .less, value: 3),
        ]
      ])
    #expect(profile.maskedPaths == ["/proc/kcore"])
    #expect(profile.readOnlyPaths == ["/proc/sys"])
    #expect(profile.devices == [.null])
    #expect(
      profile.limits
        == Profile.Limits(openFiles: 1024, coreSize: 0, memory: ByteCount(bytes: 1 << 30), pids: 9))
  }

  private func condition(_ text: String) throws -> Profile.Condition {
    let profile = try profile(
      Self.head(
        "[[syscalls.rule]]\nnames = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\nwhen = [\(text)]"))
    return profile.syscalls.rules[0].conditions[0]
  }

  @Test func splitsBitsIntoComparisons() throws {
    let condition = try condition(
      "{ argument = 1, op = \"&\", value = [\"S_ISUID\", \"S_ISGID\"] }")
    #expect(condition.test == .anyBit(of: 0o6000))
    #expect(
      condition.comparisons == [
        Profile.Comparison(argument: 1, operation: .maskedEqual(mask: 0o2000), value: 0o2000),
        Profile.Comparison(argument: 1, operation: .maskedEqual(mask: 0o4000), value: 0o4000),
      ])
  }

  @Test func comparesUnderAMask() throws {
    let condition = try condition(
      "{ argument = 1, op = \"==\", value = \"TIOCSTI\", mask = 0xffffffff }")
    #expect(
      condition.comparisons == [
        Profile.Comparison(
          argument: 1, operation: .maskedEqual(mask: 0xffff_ffff), value: 0x5412)
      ])
  }

  @Test func coversExactlyWhatIsNotListed() throws {
    let condition = try condition(
      "{ argument = 0, op = \"not-in\", value = [0, 0x40000, 0xffffffff], mask = 0xffffffff }")
    func holds(_ argument: UInt64) -> Bool {
      condition.comparisons.contains { comparison in
        guard case .maskedEqual(let mask) = comparison.operation else { return false }
        return argument & mask == comparison.value
      }
    }
    for allowed: UInt64 in [0, 0x40000, 0xffff_ffff, .max, 1 << 32, 0x5_0004_0000] {
      #expect(!holds(allowed))
    }
    for bit in 0..<32 {
      for base: UInt64 in [0, 0x40000, 0xffff_ffff] {
        let argument = base ^ (1 << UInt64(bit))
        #expect(holds(argument) == ![0, 0x40000].contains(argument))
      }
    }
    #expect(condition.comparisons.count < 100)
  }

  private static func rule(_ lines: String) -> String { head("[[syscalls.rule]]\n\(lines)") }

  @Test(arguments: [
    ("schema = 1\nname = \"p\"", "1:1: missing key \"syscalls\" in the file"),
    (
      head().replacing("\"allow\"", with: "\"maybe\""),
      "4:11: \"default\" is \"maybe\": it must be allow, kill or one of "
        + "EPERM, ENOENT, EACCES, EBUSY, ENODEV, EINVAL, EROFS, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT"
    ),
    (
      head().replacing("452", with: "300"),
      "6:10: \"newest\" is \"300\": only calls from 403 on have one number everywhere"
    ),
    (rule("names = [\"a\"]\naction = \"EPERM\""), "7:1: missing key \"reason\" in [[rule]]"),
    (
      rule("names = [\"a\"]\naction = \"EPERM\"\nreason = \"\""),
      "10:10: \"reason\" is \"\": every rule needs one"
    ),
    (rule("action = \"EPERM\"\nreason = \"r\""), "7:1: missing key \"names\" in [[rule]]"),
    (
      rule("names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\nnumbers = {b = 3}"),
      "11:16: \"b\" is \"3\": only calls from 403 on have one number everywhere"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n[[syscalls.rule.when]]\nargument = 6"),
      "12:12: \"argument\" is \"6\": a call has arguments 0 to 5"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n[[syscalls.rule.when]]\n"
          + "argument = 0\nop = \"==\"\nvalue = \"AF_NONE\""),
      "14:9: \"value\" is \"AF_NONE\": not a constant known here"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n[[syscalls.rule.when]]\n"
          + "argument = 0\nop = \"~\"\nvalue = 1"),
      "13:6: \"op\" is \"~\": it must be one of "
        + "\"==\", \"!=\", \"<\", \"<=\", \">\", \">=\", \"&\", \"not-in\""
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n"
          + "when = [{argument = 0, op = \"==\", value = 1},\n{argument = 0, op = \"==\", value = 2}]"
      ),
      "12:13: \"argument\" is \"0\": a rule tests each argument once"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n"
          + "when = [{argument = 0, op = \"<\", value = 1, mask = 1}]"),
      "11:52: \"mask\" is \"<\": this operator takes no mask"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n"
          + "when = [{argument = 0, op = \"==\", value = 2, mask = 1}]"),
      "11:43: \"value\" is \"2\": it has bits outside the mask"
    ),
    (head("[proc]\nmasked = [\"/etc\"]"), "8:11: \"masked\" is \"/etc\": it must be below /proc"),
    (
      head("[devices]\nnames = [\"sda\"]"),
      "8:10: \"names\" is \"sda\": not a device that can be given"
    ),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading p.toml:\(message)") { try profile(content) }
  }

  @Test func refusesUnknownKeys() {
    expectRefusal(
      "reading p.toml:8:1: unknown key \"nofiles\" in [limits]", hint: "did you mean \"nofile\"?"
    ) { try profile(Self.head("[limits]\nnofiles = 1")) }
  }

  @Test func readsTheProfileOfACargoBuild() throws {
    let path = "\(Oracle.home)/../../profiles/cargo-build.toml"
    let profile = try Profile(parsing: FileSystem.read(path), file: "cargo-build.toml")
    #expect(profile.name == "cargo-build")
    func rules(_ call: String) -> [Profile.Rule] {
      profile.syscalls.rules.filter { $0.names.contains(call) }
    }
    for call in [
      "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
      "fsmount", "fspick", "mount_setattr", "unshare", "setns", "clone", "ptrace",
      "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "keyctl", "add_key",
      "request_key", "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module",
      "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct",
      "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
      "sethostname", "setdomainname", "iopl", "ioperm", "open_by_handle_at", "name_to_handle_at",
      "lookup_dcookie", "nfsservctl", "vhangup", "syslog", "fanotify_init", "personality", "ioctl",
      "open", "openat", "creat", "modify_ldt", "mknod", "mknodat", "chmod", "fchmod", "fchmodat",
    ] {
      let found = rules(call)
      #expect(!found.isEmpty && found.allSatisfy { $0.action == .fail(.EPERM) }, "\(call)")
    }
    for call in [
      "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "openat2",
      "fchmodat2",
    ] {
      #expect(rules(call).map(\.action) == [.fail(.ENOSYS)], "\(call)")
    }
    #expect(rules("fsetxattr").map(\.action) == [.fail(.EOPNOTSUPP)])
    #expect(profile.sockets == .init(families: [1], decoys: [2, 10]))
    #expect(profile.reportsWrites)
    #expect(rules("ioctl").count == 2)
    #expect(rules("mount").map(\.report) == [.mount])
    #expect(rules("clone3").map(\.report) == [nil])
    #expect(rules("clone")[0].alternatives.count == 7)
    #expect(rules("execve").isEmpty)
  }
}
