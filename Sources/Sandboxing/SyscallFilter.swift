private import CSeccomp
private import Linux
public import Reading

/// Compiles the syscall part of a profile to a classic BPF program (`struct sock_filter[]`, 8 bytes
/// an instruction) with libseccomp.
public enum SyscallFilter {
  /// The program, ready for seccomp(2) SECCOMP_SET_MODE_FILTER.
  ///
  /// Calls of another architecture than the machine's (int 0x80) fail with EPERM. Calls newer than
  /// `profile.syscalls.newest`, those of x32 among them (their numbers begin at 0x40000000), are
  /// judged before libseccomp's part, so that the result does not depend on which calls the installed
  /// libseccomp has names for.
  ///
  /// - Parameters:
  ///   - profile: what to compile.
  ///   - notifying: whether calls that are reported are left to a listener
  ///     (SECCOMP_RET_USER_NOTIF), whose owner answers them by `SyscallPolicy`. Without, they are
  ///     refused all the same, decoys too, and nothing is observed.
  ///   - seedsRandom: whether getrandom(2) is left to the listener too.
  ///   - announces: whether announcements are left to it too.
  ///   - watchesPreload: whether it sees which programs load a preloaded library.
  /// - Returns: the program.
  /// - Throws: where a rule names a call that libseccomp does not know, or contradicts another part.
  public static func compile(
    _ profile: Profile, notifying: Bool = true, seedsRandom: Bool = false, announces: Bool = false,
    watchesPreload: Bool = false
  ) throws(SandboxError) -> [UInt8] {
    let context = try Context(profile, notifying: notifying)
    for rule in profile.syscalls.rules { try context.add(rule) }
    let calls = WatchedCall.all(
      profile, seedsRandom: seedsRandom, announces: announces, watchesPreload: watchesPreload)
    return try prologue(profile) + watches(calls, profile, notifying: notifying)
      + context.program()
  }

  /// Whether the profile leaves any call to a listener.
  static func notifies(_ profile: Profile) -> Bool {
    profile.sockets != nil || profile.reportsWrites || profile.observation != nil
      || profile.syscalls.rules.contains { $0.isNotified }
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

  /// Leaves watched calls to the listener, before any rule: `SyscallPolicy` judges by the rules too.
  private static func watches(
    _ calls: [WatchedCall], _ profile: Profile, notifying: Bool
  ) throws(SandboxError) -> [UInt8] {
    var program: [UInt8] = []
    for call in calls {
      // A listener cannot kill.
      for rule in profile.syscalls.rules where rule.action == .kill && call.kind != .announcement {
        guard !rule.names.contains(call.name) else {
          throw .filter(
            profile: profile.name, rule: call.name,
            reason: "a call cannot be killed that [sockets], [writes], [observe] or a seed looks at"
          )
        }
      }
      guard let number = SyscallPolicy.number(of: call.name) else { continue }
      guard notifying || call.kind == .socket else { continue }
      program += watch(
        number: number, test: call.test, action: notifying ? notify : value(of: .fail(.EPERM)))
    }
    return program
  }

  /// SECCOMP_RET_USER_NOTIF (seccomp_unotify(2)).
  private static let notify: UInt32 = 0x7fc0_0000

  /// The number is loaded before and after. Arguments begin at 16, 8 bytes each, lower half first.
  private static func watch(
    number: Int32, test: WatchedCall.Test, action: UInt32
  ) -> [UInt8] {
    func load(_ argument: Int, upper: Bool = false) -> [UInt8] {
      instruction(0x20, k: UInt32(16 + 8 * argument + (upper ? 4 : 0)))
    }
    let answer = instruction(0x06, k: action)
    let body: [UInt8]
    switch test {
    case .always: body = answer
    case .pointer(let argument):
      body =
        load(argument) + instruction(0x15, ifTrue: 0, ifFalse: 2, k: 0)
        + load(argument, upper: true) + instruction(0x15, ifTrue: 1, ifFalse: 0, k: 0) + answer
    case .anyBit(let argument, let bits):
      body = load(argument) + instruction(0x45, ifTrue: 0, ifFalse: 1, k: bits) + answer  // jset
    case .noneOf(let argument, let values):
      body =
        load(argument)
        + values.enumerated().flatMap { index, value in
          instruction(0x15, ifTrue: UInt8(values.count - index), ifFalse: 0, k: value)
        } + answer
    case .anyOf(let argument, let values):
      let last = values.count - 1
      body =
        load(argument)
        + values.enumerated().flatMap { index, value in
          instruction(
            0x15, ifTrue: UInt8(last - index), ifFalse: index == last ? 1 : 0, k: value)
        } + answer
    }
    let reload = instruction(0x20, k: 0)
    return instruction(
      0x15, ifTrue: 0, ifFalse: UInt8((body.count + reload.count) / 8), k: UInt32(number))
      + body + reload
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
    private let notifying: Bool

    init(_ profile: Profile, notifying: Bool) throws(SandboxError) {
      self.profile = profile
      self.notifying = notifying
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
        let action = notifying && rule.isNotified ? notify : value(of: rule.action)
        let code = unsafe seccomp_rule_add_array(
          raw, action, number, UInt32(comparisons.count), comparisons)
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

extension Profile.Rule {
  /// Whether its calls are left to a listener. One cannot kill.
  var isNotified: Bool { report != nil && action != .kill }
}
