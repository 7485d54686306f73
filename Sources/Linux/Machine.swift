private import CLinux
private import Glibc

/// Facts about this process and this machine.
public enum Machine {
  public static var userID: UInt32 { geteuid() }
  public static var groupID: UInt32 { getegid() }
  public static var processID: Int32 { getpid() }

  /// CPUs this process may run on (sched_getaffinity(2)), ascending.
  public static var allowedCPUs: [Int] {
    guard let status = try? FileSystem.read("/proc/self/status") else { return [0] }
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
      guard line.hasPrefix("Cpus_allowed_list:") else { continue }
      return parseList(line.split(separator: "\t").last ?? "")
    }
    return [0]
  }

  /// The format of cpuset(7): `0-3,6`.
  static func parseList(_ text: Substring) -> [Int] {
    text.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// `x86_64`, `aarch64`, … (uname(2)).
  public static var architecture: String { uname(\.machine) }
  /// For example `6.18.44`.
  public static var kernelRelease: String { uname(\.release) }

  private static func uname<T>(_ field: WritableKeyPath<utsname, T>) -> String {
    var names = utsname()
    unsafe Glibc.uname(&names)
    return unsafe withUnsafeBytes(of: &names[keyPath: field]) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Physical memory that new programs could use without swapping, in bytes (proc_meminfo(5)).
  public static var availableMemory: Int64 {
    guard let info = try? FileSystem.read("/proc/meminfo") else { return 1 << 30 }
    let line = info.split(separator: UInt8(ascii: "\n")).first {
      $0.starts(with: "MemAvailable:".utf8)
    }
    let digits = line?.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? []
    return Int64(String(decoding: digits, as: UTF8.self)).map { $0 << 10 } ?? 1 << 30
  }

  /// The value of an environment variable.
  public static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// Seconds on the monotonic clock, for measuring spans.
  public static var monotonicSeconds: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The clock that file systems take their times from.
  public static var wallClock: FileTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return FileTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
  }

  /// Seconds since the epoch.
  public static var wallClockSeconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
  }

  /// Columns of the terminal behind `descriptor`, nil where there is none.
  public static func terminalColumns(_ descriptor: Int32) -> Int? {
    let columns = Int(lx_terminal_columns(descriptor))
    return columns > 0 ? columns : nil
  }

  /// Ends this process at once (_exit(2)), for one that has written all it has to say.
  public static func exitAtOnce(_ status: Int32) -> Never {
    _exit(status)
  }

  /// Ends this process (exit(3)).
  public static func exit(_ status: Int32) -> Never {
    Glibc.exit(status)
  }

  /// Replaces this process's program (execv(3)), keeping its environment. Returns only on failure.
  public static func become(_ arguments: [String]) -> SystemError {
    let strings = CStrings(arguments)
    unsafe strings.withPointers { _ = unsafe execv(arguments[0], $0) }
    return .current("executing \(arguments[0])")
  }

  /// Lets a supervisor of this process's system calls look at it (seccomp_unotify(2)). Does nothing
  /// where there is none.
  public static func announce() {
    lx_announce()
  }

  /// Lets this process run on every CPU that its cpuset has (sched_setaffinity(2) ignores bits of
  /// CPUs that it has not).
  public static func useAllCPUs() {
    lx_use_all_cpus()
  }

  /// The absolute path of the running executable.
  public static func executablePath() throws(SystemError) -> String {
    try FileSystem.realPath("/proc/self/exe")
  }

  /// Sets the file-system identity of the calling thread only (setfsuid(2)), so that files it makes
  /// belong to `user`; root alone can.
  public static func setThreadFileIdentity(user: UInt32, group: UInt32) {
    lx_set_thread_fs_ids(user, group)
  }
}
