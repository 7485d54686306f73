import Linux
import Reading
import Testing

@testable import Sandboxing

/// What the runner answers must be what the filter would have: the same rule, found again.
@Suite struct SyscallPolicyTests {
  private static func policy() throws -> SyscallPolicy { SyscallPolicy(try .cargoBuild()) }

  private static func verdict(
    _ name: String, _ arguments: UInt64...
  ) throws -> SyscallPolicy.Verdict {
    let number = try #require(SyscallPolicy.number(of: name))
    return try policy().verdict(
      number: number,
      arguments: arguments + Array(repeating: 0, count: 6 - arguments.count))
  }

  @Test func aRuleIsFoundByItsNumber() throws {
    #expect(try Self.verdict("mount") == .refuse(.EPERM, .mount))
    #expect(try Self.verdict("ptrace") == .refuse(.EPERM, .process))
    #expect(try Self.verdict("bpf") == .refuse(.EPERM, .kernel))
    #expect(try Self.verdict("clock_settime") == .refuse(.EPERM, .clock))
    #expect(try Self.verdict("clone3") == .refuse(.ENOSYS, nil))
    #expect(try Self.verdict("read") == .proceed)
    #expect(try Self.policy().name(of: SyscallPolicy.number(of: "bpf") ?? 0) == "bpf")
    #expect(try Self.policy().name(of: 4000) == "call 4000")
  }

  @Test func conditionsAreThoseOfTheFilter() throws {
    #expect(try Self.verdict("clone", 17) == .proceed)
    #expect(try Self.verdict("clone", 0x1000_0011) == .refuse(.EPERM, .mount))
    #expect(try Self.verdict("ioctl", 0, 0x5412) == .refuse(.EPERM, .terminal))
    #expect(try Self.verdict("ioctl", 0, 0x5412 | 1 << 40) == .refuse(.EPERM, .terminal))
    #expect(try Self.verdict("ioctl", 0, 0x5401) == .proceed)
    #expect(try Self.verdict("personality", 0xffff_ffff) == .proceed)
    #expect(try Self.verdict("personality", 0x40_0000) == .refuse(.EPERM, .kernel))
    #expect(try Self.verdict("fchmod", 3, 0o755) == .proceed)
    #expect(try Self.verdict("fchmod", 3, 0o2755) == .refuse(.EPERM, .write))
  }

  @Test func socketsGoByFamilyAndTypeAsTheKernelTruncatesThem() throws {
    #expect(try Self.verdict("socket", 1, 1) == .proceed)
    #expect(try Self.verdict("socket", 1 | 1 << 32, 1) == .proceed)
    #expect(try Self.verdict("socket", 2, 1) == .decoy(closeOnExec: false))
    #expect(try Self.verdict("socket", 2 | 1 << 32, 1 | 1 << 50) == .decoy(closeOnExec: false))
    #expect(try Self.verdict("socket", 10, 2 | 0x80800) == .decoy(closeOnExec: true))
    #expect(try Self.verdict("socket", 2, 3) == .refuse(.EPERM, .network))
    #expect(try Self.verdict("socket", 2, 1 | 1 << 20) == .refuse(.EPERM, .network))
    #expect(try Self.verdict("socket", 16, 3) == .refuse(.EPERM, .network))
    #expect(try Self.verdict("socketpair", 2, 1) == .refuse(.EPERM, .network))
    #expect(try Self.verdict("connect", 3) == .address)
    #expect(try Self.verdict("sendto", 3, 1, 1, 0, 0) == .proceed)
    #expect(try Self.verdict("sendto", 3, 1, 1, 0, 1 << 40) == .address)
  }

  @Test func opensGoByTheirFlags() throws {
    #expect(try Self.verdict("openat", 3, 1, 0) == .proceed)
    #expect(try Self.verdict("openat", 3, 1, 0x80000) == .proceed)
    for flag: UInt64 in [0x1, 0x2, 0x40, 0x200, 0x40_0000] {
      #expect(try Self.verdict("openat", 3, 1, flag) == .open)
    }
    #expect(try Self.verdict("openat", 3, 1, 1 << 32) == .proceed)
    #expect(try Self.verdict("openat", 3, 1, 0x41, 0o4755) == .refuse(.EPERM, .write))
    #expect(try Self.verdict("openat", 3, 1, 0x1, 0o4755) == .open)
    #expect(try Self.verdict("open", 1, 0x41, 0o644) == .open)
    #expect(try Self.verdict("creat", 1, 0o644) == .open)
  }

  private static func profile(_ rules: String) throws -> Profile {
    try Profile(
      parsing: Array(
        """
        schema = 1
        name = "p"
        [sockets]
        families = ["AF_UNIX"]
        reason = "a test"
        [syscalls]
        default = "EPERM"
        newest = 452
        unknown = "ENOSYS"

        """.utf8) + Array(rules.utf8), file: "p.toml")
  }

  /// What a filter lets pass only by a rule, the runner lets pass only by the same rule.
  @Test func aDefaultThatRefusesHoldsForWatchedCallsToo() throws {
    let nothing = SyscallPolicy(try Self.profile(""))
    let connect = try #require(SyscallPolicy.number(of: "connect"))
    let arguments = [UInt64](repeating: 0, count: 6)
    #expect(nothing.verdict(number: connect, arguments: arguments) == .refuse(.EPERM, .network))
    let execute = try #require(SyscallPolicy.number(of: "execve"))
    #expect(nothing.verdict(number: execute, arguments: arguments) == .refuse(.EPERM, nil))
    let allowed = SyscallPolicy(
      try Self.profile(
        """
        [[syscalls.rule]]
        names = ["connect"]
        action = "allow"
        reason = "it is needed"
        """))
    #expect(allowed.verdict(number: connect, arguments: arguments) == .address)
  }

  @Test func aListenerCannotKill() throws {
    let profile = try Self.profile(
      """
      [[syscalls.rule]]
      names = ["connect"]
      action = "kill"
      reason = "a contradiction"
      """)
    #expect(throws: SandboxError.self) { try SyscallFilter.compile(profile) }
  }

  @Test func addressesAreDecoded() {
    func text(_ bytes: [UInt8]) -> String { CallDescription.address(bytes) }
    #expect(text([2, 0, 0x20, 0xfb, 127, 0, 0, 1]) == "AF_INET, 127.0.0.1:8443")
    #expect(text([2, 0, 0x20]) == "AF_INET")
    #expect(text([2]) == "?")
    #expect(text([]) == "?")
    func six(_ groups: [UInt8]) -> String { text([10, 0, 0, 80, 0, 0, 0, 0] + groups) }
    let zeros = [UInt8](repeating: 0, count: 15)
    #expect(six(zeros + [1]) == "AF_INET6, [::1]:80")
    #expect(six(zeros + [0]) == "AF_INET6, [::]:80")
    #expect(
      six([0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        == "AF_INET6, [2001:db8:0:1::]:80")
    #expect(
      six([0, 1, 0, 2, 0, 0, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8])
        == "AF_INET6, [1:2:0:4:5:6:7:8]:80")
    #expect(text([1, 0] + Array("/run/x\0junk".utf8)) == "AF_UNIX, \"/run/x\"")
    #expect(text([1, 0, 0] + Array("x\u{1b}".utf8)) == "AF_UNIX, \"@x\\x1b\"")
    #expect(text([1, 0]) == "AF_UNIX, \"\"")
    #expect(text([16, 0, 0, 0, 7, 0, 0, 0]) == "AF_NETLINK, pid 7")
    #expect(text([40, 0, 0, 0, 80, 0, 0, 0, 2, 0, 0, 0]) == "AF_VSOCK, 2:80")
    #expect(text([99, 0]) == "99")
  }

  @Test func placesAreWritableByTheWordsOfTheSandbox() {
    let writes = WriteJudge([
      .directory("/build"), .bind(source: "/a", target: "/build/src"),
      .memory(MemoryMount("/build/target", size: 1)),
      .memory(MemoryMount("/build/frozen", size: 1, contents: "/x")),
      .bind(source: "/b", target: "/build/target/cache"),
      .device(source: "/dev/null", target: "/dev/null"),
    ])
    func isWritable(_ path: String) -> Bool { writes.isPlainlyWritable(Array(path.utf8)) }
    #expect(isWritable("/build/target/debug/x"))
    #expect(isWritable("/build/target/./x"))
    #expect(isWritable("/build/target/a..b/..c"))
    #expect(isWritable("/dev/null"))
    #expect(!isWritable("/build/target/../src/x"))
    #expect(!isWritable("/build/target/.."))
    #expect(!isWritable("/build/targets"))
    #expect(!isWritable("/build/target/cache/x"))
    #expect(!isWritable("/build/frozen/x"))
    #expect(!isWritable("/build/src/x"))
    #expect(!isWritable("/etc/x"))
  }
}
