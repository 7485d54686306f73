internal import Linux

/// What holds a memory limit. In order of strength; which one did is part of the record.
public enum MemoryEnforcement: String, Sendable, Equatable {
  /// The whole sandbox, tmpfs included (Documentation/admin-guide/cgroup-v2.rst, memory.max).
  case cgroupV2 = "cgroup-v2"
  /// The whole sandbox, tmpfs included (cgroup-v1/memory.rst, memory.limit_in_bytes).
  case cgroupV1 = "cgroup-v1"
  /// Each process alone (RLIMIT_AS): the host lets this user make no cgroup.
  case perProcess = "rlimit-per-process"
}

/// A control group of its own for one sandbox; removed with its owner.
struct MemoryCgroup: ~Copyable {
  let path: String
  let enforcement: MemoryEnforcement
  /// Held as long as this value lives, by which other runners know that it does.
  private let lock: FileLock

  private static let prefix = "cupel"

  /// Nil where this user can make none.
  static func make(limit: Int64) -> MemoryCgroup? {
    make(
      in: versionTwoParent(), .cgroupV2, settings: [("memory.max", limit), ("memory.swap.max", 0)])
      ?? make(
        in: versionOneParent(), .cgroupV1,
        settings: [("memory.limit_in_bytes", limit), ("memory.memsw.limit_in_bytes", limit)])
  }

  deinit {
    remove()
  }

  /// Every process is dead and reaped by now; a group still busy is cleaned by the next run.
  func remove() {
    try? FileSystem.removeEmptyDirectory(path)
  }

  func add(pid: Int32) throws(SystemError) {
    try FileSystem.overwrite("\(path)/cgroup.procs", "\(pid)")
  }

  /// Whether the kernel killed something because of the limit.
  var sawOutOfMemory: Bool {
    let file = enforcement == .cgroupV2 ? "memory.events" : "memory.oom_control"
    guard let text = try? FileSystem.read("\(path)/\(file)") else { return false }
    return String(decoding: text, as: UTF8.self).split(separator: "\n").contains {
      $0.hasPrefix("oom_kill ") && !$0.hasSuffix(" 0")
    }
  }

  private static func make(
    in parent: String?, _ enforcement: MemoryEnforcement, settings: [(file: String, value: Int64)]
  ) -> MemoryCgroup? {
    guard let parent else { return nil }
    removeAbandoned(in: parent)
    guard let group = claim(in: parent, enforcement) else { return nil }
    for (index, setting) in settings.enumerated() {
      do {
        try FileSystem.overwrite("\(group.path)/\(setting.file)", "\(setting.value)")
      } catch {
        // The first setting is the limit; the swap limit exists only with swap accounting.
        if index == 0 { return nil }
      }
    }
    return group
  }

  /// Makes a group and locks it. Another runner may take it for an abandoned one before it is locked,
  /// so it is tried again.
  private static func claim(
    in parent: String, _ enforcement: MemoryEnforcement
  ) -> MemoryCgroup? {
    for _ in 0..<100 {
      guard let path = try? FileSystem.makeTemporaryDirectory(in: parent, prefix: prefix) else {
        return nil
      }
      guard let lock = try? FileLock.attempt(folder: path), (try? lock.isStill(path)) == true
      else { continue }
      return MemoryCgroup(path: path, enforcement: enforcement, lock: lock)
    }
    return nil
  }

  private init(path: String, enforcement: MemoryEnforcement, lock: consuming FileLock) {
    self.path = path
    self.enforcement = enforcement
    self.lock = lock
  }

  /// Removes groups whose runners died before they could. One with processes in it cannot be
  /// removed; one that has none yet is locked.
  private static func removeAbandoned(in parent: String) {
    guard let directory = try? Directory(parent), let entries = try? directory.entriesAsFound()
    else { return }
    for entry in entries where entry.name.hasPrefix("\(prefix)-") {
      guard let lock = try? FileLock.attempt(folder: "\(parent)/\(entry.name)") else { continue }
      try? directory.removeDirectory(entry.name)
      _ = consume lock
    }
  }

  private static func versionTwoParent() -> String? {
    guard let own = ownGroup(where: { $0.hasPrefix("0::") }) else { return nil }
    for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
      let parent = own == "/" ? mount : mount + own
      guard let controllers = try? FileSystem.read("\(parent)/cgroup.subtree_control") else {
        continue
      }
      let names = String(decoding: controllers, as: UTF8.self).split { $0 == " " || $0 == "\n" }
      if names.contains("memory") { return parent }
    }
    return nil
  }

  private static func versionOneParent() -> String? {
    guard
      let own = ownGroup(where: { line in
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        return fields.count > 2 && fields[1].split(separator: ",").contains("memory")
      })
    else { return nil }
    let mount = "/sys/fs/cgroup/memory"
    let parent = own == "/" ? mount : mount + own
    return FileSystem.exists("\(parent)/memory.limit_in_bytes") ? parent : nil
  }

  /// The path in the line of /proc/self/cgroup (cgroups(7)) that satisfies the condition.
  private static func ownGroup(where condition: (Substring) -> Bool) -> String? {
    guard let bytes = try? FileSystem.read("/proc/self/cgroup") else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where condition(line)
    {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      return fields.count == 3 ? String(fields[2]) : nil
    }
    return nil
  }
}
