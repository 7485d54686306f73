internal import CLinux
internal import Reading

/// A call that the runner sees because of `[sockets]`, `[writes]` or `[observe]`, of a seed for random
/// numbers, or because a program announces itself or its preloaded library with it, not because of a
/// rule.
struct WatchedCall {
  enum Kind {
    case socket, option, address, open, program, random, announcement

    /// Under which a refusal is told that no rule speaks of.
    var category: Profile.Category? {
      switch self {
      case .socket, .option, .address: .network
      case .open, .program, .random, .announcement: nil
      }
    }
  }

  /// What a filter can see of the arguments before the runner is asked.
  enum Test: Equatable {
    case always
    /// A pointer that is not null.
    case pointer(argument: Int)
    /// The lower half, which is all that the kernel looks at, has one of these bits.
    case anyBit(argument: Int, bits: UInt32)
    /// The lower half is none of these.
    case noneOf(argument: Int, values: [UInt32])
    /// The lower half is one of these.
    case anyOf(argument: Int, values: [UInt32])

    func holds(for arguments: [UInt64]) -> Bool {
      switch self {
      case .always: true
      case .pointer(let index): arguments[index] != 0
      case .anyBit(let index, let bits): UInt32(truncatingIfNeeded: arguments[index]) & bits != 0
      case .noneOf(let index, let values):
        !values.contains(UInt32(truncatingIfNeeded: arguments[index]))
      case .anyOf(let index, let values):
        values.contains(UInt32(truncatingIfNeeded: arguments[index]))
      }
    }
  }

  let name: String
  let kind: Kind
  let test: Test

  /// O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and the bit of O_TMPFILE: the same on x86-64 and arm64
  /// (include/uapi/asm-generic/fcntl.h).
  static let writingFlags: UInt32 = 0x1 | 0x2 | 0x40 | 0x200 | 0x40_0000

  /// Options that prctl(2) does not have, so that the call does nothing: of `Machine.announce`, and of
  /// a preloaded library.
  private static func announcements(announces: Bool, watchesPreload: Bool) -> [WatchedCall] {
    let options = (announces ? [lx_announcement] : []) + (watchesPreload ? [arrival] : [])
    return options.isEmpty
      ? []
      : [
        WatchedCall(
          name: "prctl", kind: .announcement, test: .anyOf(argument: 0, values: options))
      ]
  }

  static let arrival = lx_arrival

  static func all(
    _ profile: Profile, seedsRandom: Bool, announces: Bool = false, watchesPreload: Bool = false
  ) -> [WatchedCall] {
    var calls = announcements(announces: announces, watchesPreload: watchesPreload)
    if let sockets = profile.sockets {
      let families = sockets.families.map { UInt32(truncatingIfNeeded: $0) }
      calls += ["socket", "socketpair"].map {
        WatchedCall(name: $0, kind: .socket, test: .noneOf(argument: 0, values: families))
      }
      if !sockets.decoys.isEmpty {
        calls.append(WatchedCall(name: "setsockopt", kind: .option, test: .always))
      }
      calls += ["connect", "bind"].map {
        WatchedCall(name: $0, kind: .address, test: .always)
      }
      calls.append(WatchedCall(name: "sendto", kind: .address, test: .pointer(argument: 4)))
    }
    let opens: [(name: String, flags: Int)] = [("openat", 2), ("open", 1)]
    if profile.observation?.opens == true {
      // openat2(2) keeps its flags in memory.
      calls += (opens.map(\.name) + ["openat2", "creat"]).map {
        WatchedCall(name: $0, kind: .open, test: .always)
      }
    } else if profile.reportsWrites {
      calls += opens.map {
        WatchedCall(
          name: $0.name, kind: .open, test: .anyBit(argument: $0.flags, bits: writingFlags))
      }
      calls.append(WatchedCall(name: "creat", kind: .open, test: .always))
    }
    let programs =
      profile.observation?.programs == true || watchesPreload
      ? ["execve", "execveat"] : announces ? ["execve"] : []
    if !programs.isEmpty {
      calls += programs.map {
        WatchedCall(name: $0, kind: .program, test: .always)
      }
    }
    if seedsRandom {
      calls.append(WatchedCall(name: "getrandom", kind: .random, test: .always))
    }
    return calls
  }
}
