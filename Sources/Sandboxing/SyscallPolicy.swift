private import CSeccomp
internal import Reading

/// What a call gets that the filter left to the runner, decided from nothing but its number and its
/// arguments, as the kernel holds them in registers: no other thread can change those.
struct SyscallPolicy: Sendable {
  enum Verdict: Equatable {
    case proceed
    /// It fails, and is reported where there is a category.
    case refuse(ErrorName, Profile.Category?)
    /// socket(2) of a decoy family.
    case decoy(closeOnExec: Bool)
    /// An option of a socket is set. It proceeds, but for a decoy seems to succeed: many programs set
    /// one first and would give up before the address they want is seen.
    case option
    /// Depends on the family of the address in memory.
    case address
    /// A file is opened. It proceeds; where it is for writing and the mount is read-only, the kernel
    /// refuses it.
    case open
    /// A program is executed. It proceeds.
    case program
    /// A program announces itself. The call proceeds, and does nothing.
    case announcement
    /// A program tells that it has loaded the preloaded library, likewise.
    case arrival
    /// Random numbers are wanted, and there is a seed for them.
    case random
  }

  private let profile: Profile
  /// Rules by call number, in the profile's order.
  private let rules: [Int32: [(name: String, rule: Profile.Rule)]]
  private let watched: [Int32: WatchedCall]

  init(
    _ profile: Profile, seedsRandom: Bool = false, announces: Bool = false,
    watchesPreload: Bool = false
  ) {
    self.profile = profile
    var rules: [Int32: [(name: String, rule: Profile.Rule)]] = [:]
    for rule in profile.syscalls.rules {
      for name in rule.names {
        if let number = Self.number(of: name) { rules[number, default: []].append((name, rule)) }
      }
      for call in rule.numbers { rules[Int32(call.number), default: []].append((call.name, rule)) }
    }
    self.rules = rules
    let calls = WatchedCall.all(
      profile, seedsRandom: seedsRandom, announces: announces, watchesPreload: watchesPreload)
    watched = calls.reduce(into: [:]) { watched, call in
      if let number = Self.number(of: call.name) { watched[number] = call }
    }
  }

  /// The machine's number of a call; nil where it has none.
  static func number(of name: String) -> Int32? {
    let number = unsafe seccomp_syscall_resolve_name(name)
    return number >= 0 ? number : nil
  }

  /// What a call is named in the profile.
  func name(of number: Int32) -> String {
    watched[number]?.name ?? rules[number]?.first?.name ?? "call \(number)"
  }

  func verdict(number: Int32, arguments: [UInt64]) -> Verdict {
    if let call = watched[number], call.kind == .announcement, call.test.holds(for: arguments) {
      let option = UInt32(truncatingIfNeeded: arguments[0])
      return option == WatchedCall.arrival ? .arrival : .announcement
    }
    let matching = (rules[number] ?? []).filter { $0.rule.holds(for: arguments) }
    for (_, rule) in matching {
      switch rule.action {
      case .allow: continue
      case .fail(let error): return .refuse(error, rule.report)
      case .kill: return .refuse(.EPERM, rule.report)
      }
    }
    if matching.isEmpty {
      // Somebody who looks for the network is told of, where no rule knows of sockets either.
      let category = watched[number]?.kind.category
      switch profile.syscalls.defaultAction {
      case .allow: break
      case .fail(let error): return .refuse(error, category)
      case .kill: return .refuse(.EPERM, category)
      }
    }
    guard let call = watched[number], call.test.holds(for: arguments) else { return .proceed }
    switch call.kind {
    case .socket: return socket(name: call.name, arguments: arguments)
    case .option: return .option
    case .address: return .address
    case .open: return .open
    case .program: return .program
    case .announcement: return .announcement
    case .random: return .random
    }
  }

  /// The kernel takes family and type as 32-bit numbers; the type carries two flags (socket(2)).
  private func socket(name: String, arguments: [UInt64]) -> Verdict {
    let flags: UInt64 = 0x80000 | 0x800  // SOCK_CLOEXEC, SOCK_NONBLOCK
    let type = arguments[1] & 0xffff_ffff
    let isPlain = [1, 2].contains(type & ~flags)  // SOCK_STREAM, SOCK_DGRAM
    let isDecoy = profile.sockets?.decoys.contains(arguments[0] & 0xffff_ffff) ?? false
    guard name == "socket", isPlain, isDecoy else { return .refuse(.EPERM, .network) }
    return .decoy(closeOnExec: type & 0x80000 != 0)
  }
}

extension Profile.Rule {
  /// As libseccomp compiles it: any alternative of which all comparisons hold.
  func holds(for arguments: [UInt64]) -> Bool {
    alternatives.contains { $0.allSatisfy { $0.holds(for: arguments) } }
  }
}

extension Profile.Comparison {
  func holds(for arguments: [UInt64]) -> Bool {
    let argument = arguments[self.argument]
    return switch operation {
    case .less: argument < value
    case .lessOrEqual: argument <= value
    case .equal: argument == value
    case .notEqual: argument != value
    case .greaterOrEqual: argument >= value
    case .greater: argument > value
    case .maskedEqual(let mask): argument & mask == value
    }
  }
}
