private import CLinux
private import Glibc

/// A thread of another process, looked at from outside through its number (proc(5)). Every read is
/// bounded. A number can be another's a moment later: the caller makes sure that it is not.
public struct ForeignProcess: Sendable {
  /// A process or a thread.
  public let id: Int32

  public init(_ id: Int32) {
    self.id = id
  }

  /// As many of the `count` bytes at `address` as can be read from there on, 64 KiB at most.
  public func memory(at address: UInt64, count: Int) -> [UInt8] {
    let count = min(count, 65536)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let read = unsafe lx_read_memory(id, address, buffer.baseAddress, count)
      filled = max(0, Int(read))
    }
  }

  /// As many of the `count` words of 8 bytes at `address` as can be read.
  public func words(at address: UInt64, count: Int) -> [UInt64] {
    let bytes = memory(at: address, count: count * 8)
    return stride(from: 0, to: bytes.count - 7, by: 8).map { offset in
      bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// The start of a file below /proc/ID; nil where it cannot be read.
  public func file(_ name: String, limit: Int) -> [UInt8]? {
    let raw = unsafe lx_open("/proc/\(id)/\(name)", O_RDONLY | O_CLOEXEC, 0)
    guard raw >= 0 else { return nil }
    let file = Descriptor(owning: raw)
    var contents: [UInt8] = []
    while contents.count < limit {
      // Files of proc give at most a page or so at a time.
      let room = min(limit - contents.count, 16384)
      let part = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        filled = unsafe max(0, Glibc.read(file.raw, buffer.baseAddress, room))
      }
      if part.isEmpty { break }
      contents += part
    }
    return contents
  }

  /// When it began, in clock ticks since the machine did (proc_pid_stat(5), field 22): with its number
  /// it names one thread for good.
  public var startTime: UInt64? {
    // The second field is the name, in parentheses, of any characters.
    guard let line = file("stat", limit: 1024), let end = line.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = line[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19 else { return nil }
    return UInt64(String(decoding: fields[19], as: UTF8.self))
  }

  /// Where a symbolic link below /proc/ID leads, as a path inside the process's own mounts; nil where
  /// it cannot be read.
  public func link(_ name: String) -> [UInt8]? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
      let size = unsafe buffer.withMemoryRebound(to: CChar.self) { text in
        guard let start = text.baseAddress else { return 0 }
        return unsafe readlink("/proc/\(id)/\(name)", start, text.count)
      }
      filled = max(0, size)
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// Opens, without any right but to examine it, what an absolute path means to the process
  /// (openat2(2) RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, O_PATH).
  public func find(_ path: [UInt8], followsLast: Bool = true) throws(SystemError) -> Descriptor {
    let root = unsafe lx_open("/proc/\(id)/root", lx_O_PATH | O_DIRECTORY | O_CLOEXEC, 0)
    guard root >= 0 else { throw .current("opening the root of process \(id)") }
    let owned = Descriptor(owning: root)
    let flags = lx_O_PATH | O_CLOEXEC | (followsLast ? 0 : O_NOFOLLOW)
    let raw = unsafe (path + [0]).withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { text in
        unsafe lx_openat2(
          owned.raw, text.baseAddress, flags, 0, lx_RESOLVE_IN_ROOT | lx_RESOLVE_NO_MAGICLINKS)
      }
    }
    guard raw >= 0 else { throw .current("finding a path in process \(id)") }
    return Descriptor(owning: raw)
  }
}
