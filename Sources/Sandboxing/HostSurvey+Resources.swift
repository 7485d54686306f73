internal import Failing
internal import Linux
internal import Reading

extension HostSurvey {
  /// Tries to make a folder where the store is or would be made.
  static func storeFinding(_ store: String?) -> Finding {
    guard let store else {
      return Finding(
        "store", .missing, "neither CUPEL_STORE nor XDG_DATA_HOME nor HOME is set",
        remedy: "set CUPEL_STORE to a folder that you can write to", isRequired: true)
    }
    var folder = store
    while !FileSystem.exists(folder), folder != "/", folder != "." {
      folder = FileSystem.split(folder).parent
    }
    do {
      let path = try FileSystem.realPath(folder)
      let trial = try FileSystem.makeTemporaryDirectory(in: path, prefix: ".cupel-doctor")
      try FileSystem.removeEmptyDirectory(trial)
      return storeFinding(store, in: path, free: try FileSystem.freeSpace(path))
    } catch {
      return Finding(
        "store", .missing, "\(store): \(error.chain)",
        remedy: "set CUPEL_STORE to a folder that you can write to", isRequired: true)
    }
  }

  private static func storeFinding(_ store: String, in path: String, free: Int64) -> Finding {
    let mount = mount(of: path)
    let fact =
      "\(store), \(gibibytes(free)) free on \(mount?.fileSystem ?? "an unknown file system")"
    if mount?.options.contains("noexec") ?? false {
      return Finding(
        "store", .missing, "\(fact), mounted noexec: no program in a stored rootfs can run",
        remedy: "set CUPEL_STORE to a folder on a file system without noexec", isRequired: true)
    }
    // A rootfs with gcc and Rust takes about 0.8 GB, and as much again while it is fetched.
    return free < 2 << 30
      ? Finding(
        "store", .degraded, "\(fact), too little for a rootfs and a toolchain",
        remedy: "free 2 GiB, run `cupel store gc`, or set CUPEL_STORE to another folder",
        isRequired: true)
      : Finding("store", .ok, fact, isRequired: true)
  }

  static func resourceFindings() -> [Finding] {
    let memory = Machine.availableMemory
    let cpus = Machine.allowedCPUs.count
    return [
      memory < 2 << 30
        ? Finding(
          "memory", .degraded, "\(gibibytes(memory)) available; target folders live in memory",
          remedy: "close other programs, or build with --schedule sequential")
        : Finding("memory", .ok, "\(gibibytes(memory)) available"),
      cpus < 2
        ? Finding(
          "cpus", .degraded, "1, so that the legs cannot differ in the number of CPUs",
          remedy: "give this machine or container a second CPU")
        : Finding("cpus", .ok, "\(cpus)"),
    ]
  }

  private static func gibibytes(_ bytes: Int64) -> String {
    let tenths = bytes / ((1 << 30) / 10)
    return "\(tenths / 10).\(tenths % 10) GiB"
  }

  // MARK: Mounts

  struct MountPoint: Equatable {
    let point: String
    let fileSystem: String
    let options: [String]

    /// A line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
    init?(_ line: Substring) {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 1 else {
        return nil
      }
      point = Self.unescape(fields[4])
      options = fields[5].split(separator: ",").map(String.init)
      fileSystem = String(fields[dash + 1])
    }

    /// Space, tab, newline and backslash are written as three octal digits.
    private static func unescape(_ text: Substring) -> String {
      var bytes: [UInt8] = []
      var rest = Array(text.utf8)[...]
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\"), rest.count >= 3,
          let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
        {
          bytes.append(code)
          rest = rest.dropFirst(3)
        } else {
          bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  static var mounts: [MountPoint] {
    guard let bytes = try? FileSystem.read("/proc/self/mountinfo", limit: 1 << 20) else {
      return []
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .compactMap { MountPoint($0) }
  }

  /// The mount that holds `path`, which must be without symlinks: the last of those with the longest
  /// mount point.
  static func mount(of path: String) -> MountPoint? {
    var found: MountPoint?
    for mount in mounts
    where mount.point == "/" || path == mount.point || path.hasPrefix(mount.point + "/") {
      if mount.point.utf8.count >= found?.point.utf8.count ?? 0 { found = mount }
    }
    return found
  }
}
