private import CSeccomp
private import Linux

/// The name of a system call, as libseccomp spells it.
public struct SyscallName: Sendable {
  /// What libseccomp knows of a name.
  public enum Knowledge: Sendable, Equatable {
    /// Its number on this machine.
    case number(Int32)
    /// Another architecture has such a call.
    case elsewhere
    case unknown
  }

  public let text: String

  public init(_ text: String) {
    self.text = text
  }

  public var knowledge: Knowledge {
    // -1 is __NR_SCMP_ERROR, what lies below a call of another architecture (seccomp.h).
    switch unsafe seccomp_syscall_resolve_name(text) {
    case -1: .unknown
    case let number where number < 0: .elsewhere
    case let number: .number(number)
    }
  }
}

/// The calls that a kernel was built with.
public struct KernelCalls: Sendable {
  private let names: Set<String>

  /// Those of the running kernel, by its symbols; nil where they are hidden.
  public static func ofThisKernel() -> KernelCalls? {
    guard let bytes = try? FileSystem.read("/proc/kallsyms", limit: 64 << 20) else { return nil }
    let calls = KernelCalls(symbols: bytes)
    // A kernel without read(2) does not exist: its symbols have other names.
    return calls.contains("read") ? calls : nil
  }

  /// Reads lines such as `ffffffff81234560 T __x64_sys_read`.
  init(symbols: [UInt8]) {
    let prefixes = ["__x64_sys_", "__arm64_sys_"].map { Array($0.utf8) }
    var names: Set<String> = []
    for line in symbols.split(separator: UInt8(ascii: "\n")) {
      guard let start = line.lastIndex(of: UInt8(ascii: " ")) else { continue }
      let symbol = line[line.index(after: start)...]
      for prefix in prefixes where symbol.starts(with: prefix) {
        names.insert(String(decoding: symbol.dropFirst(prefix.count), as: UTF8.self))
      }
    }
    self.names = names
  }

  public func contains(_ name: String) -> Bool {
    names.contains(name) || names.contains("new\(name)")
      || Self.otherNames[name].map(names.contains) == true
  }

  /// Where the kernel's function has another name than the call.
  private static let otherNames = ["sendfile": "sendfile64", "umount2": "umount"]
}
