private import CSeccomp
private import Linux
public import Reading

/// Compiles the syscall part of a profile to a classic BPF program (`struct sock_filter[]`, 8 bytes
/// an instruction) with libseccomp.
public enum SyscallFilter {
  /// The program, ready for seccomp(2) SECCOMP_SET_MODE_FILTER.
  ///
  /// Calls of another architecture than the machine's (int 0x80, x32) fail with EPERM. Calls newer
  /// than `profile.syscalls.newest` are judged before libseccomp's part, so that the result does not
  /// depend on which calls the installed libseccomp has names for.
  public static func compile(_ profile: Profile) throws(SandboxError) -> [UInt8] {
    let context = try Context(profile)
    for rule in profile.syscalls.rules { try context.add(rule) }
    return try prologue(profile) + context.program()
  }

  /// The filter of a sandbox without one, for tests of what the other layers hold.
  static let allowingEverything = instruction(0x06, k: value(of: .allow))

  /// Loads the number and lets only known ones through to the next part (seccomp(2),
  /// `struct seccomp_data`: nr at 0, arch at 4).
  private static func prologue(_ profile: Profile) throws(SandboxError) -> [UInt8] {
    let arch = seccomp_arch_native()
    return [
      instruction(0x20, k: 4),  // ld [arch]
      instruction(0x15, ifTrue: 0, ifFalse: 3, k: arch),  // jeq native
      instruction(0x20, k: 0),  // ld [nr]
      instruction(0x25, ifTrue: 0, ifFalse: 1, k: UInt32(profile.syscalls.newest)),  // jgt newest
      instruction(0x06, k: value(of: profile.syscalls.unknown)),  // ret
    ].flatMap { $0 }
  }

  private static func instruction(
    _ code: UInt16, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0, k: UInt32
  ) -> [UInt8] {
    [UInt8(truncatingIfNeeded: code), UInt8(code >> 8), ifTrue, ifFalse]
      + (0..<4).map { UInt8(truncatingIfNeeded: k >> (8 * $0)) }
  }

  /// SECCOMP_RET_* (seccomp(2)).
  private static func value(of action: Profile.Action) -> UInt32 {
    switch action {
    case .allow: 0x7fff_0000
    case .fail(let name): 0x0005_0000 | UInt32(name.number)
    case .kill: 0x8000_0000
    }
  }

  /// A libseccomp context, released with its owner.
  @safe private struct Context: ~Copyable {
    private let raw: scmp_filter_ctx
    private let profile: Profile

    init(_ profile: Profile) throws(SandboxError) {
      self.profile = profile
      guard let raw = unsafe seccomp_init(value(of: profile.syscalls.defaultAction)) else {
        throw .filter(
          profile: profile.name, rule: "everything", reason: "libseccomp is out of memory")
      }
      unsafe self.raw = raw
      unsafe seccomp_attr_set(raw, SCMP_FLTATR_ACT_BADARCH, value(of: .fail(.EPERM)))
      // A balanced tree: few comparisons for every call (seccomp_attr_set(3)).
      unsafe seccomp_attr_set(raw, SCMP_FLTATR_CTL_OPTIMIZE, 2)
    }

    deinit {
      unsafe seccomp_release(raw)
    }

    func add(_ rule: Profile.Rule) throws(SandboxError) {
      guard rule.action != profile.syscalls.defaultAction else { return }
      for name in rule.names {
        let number = unsafe seccomp_syscall_resolve_name(name)
        guard number != -1 else {  // __NR_SCMP_ERROR
          throw .filter(
            profile: profile.name, rule: name, reason: "libseccomp knows no call of this name")
        }
        // Below -1: a call that this architecture does not have (seccomp.h, pseudo numbers).
        guard number >= 0 else { continue }
        try add(rule, name: name, number: number)
      }
      for call in rule.numbers {
        try add(rule, name: call.name, number: Int32(call.number))
      }
    }

    private func add(_ rule: Profile.Rule, name: String, number: Int32) throws(SandboxError) {
      for alternative in rule.alternatives {
        let comparisons = alternative.map(Self.comparison)
        let code = unsafe seccomp_rule_add_array(
          raw, value(of: rule.action), number, UInt32(comparisons.count), comparisons)
        // EEXIST: an earlier rule says the same.
        guard code == 0 || code == -17 else {
          throw .filter(
            profile: profile.name, rule: name,
            reason: SystemError("libseccomp", code: -code).reason)
        }
      }
    }

    private static func comparison(_ comparison: Profile.Comparison) -> scmp_arg_cmp {
      var result = scmp_arg_cmp()
      result.arg = UInt32(comparison.argument)
      result.datum_a = comparison.value
      switch comparison.operation {
      case .less: result.op = SCMP_CMP_LT
      case .lessOrEqual: result.op = SCMP_CMP_LE
      case .equal: result.op = SCMP_CMP_EQ
      case .notEqual: result.op = SCMP_CMP_NE
      case .greaterOrEqual: result.op = SCMP_CMP_GE
      case .greater: result.op = SCMP_CMP_GT
      case .maskedEqual(let mask):
        result.op = SCMP_CMP_MASKED_EQ
        result.datum_a = mask
        result.datum_b = comparison.value
      }
      return result
    }

    /// libseccomp 2.5 exports to a descriptor only.
    func program() throws(SandboxError) -> [UInt8] {
      do throws(SystemError) {
        let file = try MemoryFile.create(name: "filter")
        let code = unsafe seccomp_export_bpf(raw, file.raw)
        guard code == 0 else { throw SystemError("exporting the filter", code: -code) }
        try file.rewind()
        return try file.readToEnd()
      } catch {
        throw .host("compiling the syscall filter", error, hint: nil)
      }
    }
  }
}

extension ErrorName {
  /// The errno value, the same on x86-64 and arm64 (include/uapi/asm-generic/errno.h).
  var number: Int32 {
    switch self {
    case .EPERM: 1
    case .ENOENT: 2
    case .EACCES: 13
    case .EBUSY: 16
    case .ENODEV: 19
    case .EINVAL: 22
    case .ENOSYS: 38
    case .EOPNOTSUPP: 95
    case .EAFNOSUPPORT: 97
    }
  }
}
