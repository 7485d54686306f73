internal import Linux
internal import Reading

/// Tells whether a file that is opened for writing lies where the sandbox is read-only.
struct WriteJudge {
  /// Folders and files inside that are writable, and read-only ones that may lie in them, by the
  /// words of the sandbox alone.
  private let places: [(path: [UInt8], isWritable: Bool)]

  init(_ mounts: [Mount]) {
    places = mounts.compactMap { mount in
      let isWritable: Bool
      switch mount {
      case .memory(let memory): isWritable = memory.contents == nil
      case .bind(_, _, let writable): isWritable = writable
      case .device: isWritable = true
      case .cover, .mask, .readOnly, .proc: isWritable = false
      case .directory, .file, .symlink: return nil
      }
      return (Array(mount.target.utf8), isWritable)
    }
  }

  /// An open of a file, as far as it matters here.
  struct Open {
    /// The folder that a relative path starts from, or nil for the working folder (AT_FDCWD).
    let folder: Int32?
    let pointer: UInt64
    let flags: UInt64

    init(name: String, arguments: [UInt64]) {
      switch name {
      case "openat":
        let number = Int32(truncatingIfNeeded: arguments[0])
        folder = number == -100 ? nil : number
        pointer = arguments[1]
        flags = arguments[2]
      case "creat":
        folder = nil
        pointer = arguments[0]
        flags = 0x241  // O_WRONLY | O_CREAT | O_TRUNC (creat(2))
      default:
        folder = nil
        pointer = arguments[0]
        flags = arguments[1]
      }
    }

    var creates: Bool { flags & 0x40 != 0 }
    var isExclusive: Bool { creates && flags & 0x80 != 0 }
    var isTemporary: Bool { flags & 0x40_0000 != 0 }
    /// O_PATH gives no way to write, whatever the other flags.
    var isPathOnly: Bool { flags & 0x20_0000 != 0 }
  }

  /// The path, absolute inside, of an open that the kernel is going to refuse because the mount is
  /// read-only; nil for all others.
  ///
  /// A path below a writable folder is taken for writable without a look at the files: where a
  /// symbolic link leads out of it, the kernel refuses the write and nothing is reported.
  func refusedPath(_ open: Open, caller: ForeignProcess) -> [UInt8]? {
    guard !open.isPathOnly else { return nil }
    let bytes = caller.memory(at: open.pointer, count: 4096)
    guard let end = bytes.firstIndex(of: 0), end > 0 else { return nil }
    var path = Array(bytes[..<end])
    if path[0] != UInt8(ascii: "/") {
      guard let folder = caller.link(open.folder.map { "fd/\($0)" } ?? "cwd"),
        folder.first == UInt8(ascii: "/")
      else { return nil }
      path = folder + [UInt8(ascii: "/")] + path
    }
    if isPlainlyWritable(path) { return nil }
    return isReadOnly(path, open, caller) ? path : nil
  }

  func isPlainlyWritable(_ path: [UInt8]) -> Bool {
    var longest = -1
    var isWritable = false
    for place in places where place.path.count > longest && path.starts(with: place.path) {
      guard path.count == place.path.count || path[place.path.count] == UInt8(ascii: "/") else {
        continue
      }
      longest = place.path.count
      isWritable = place.isWritable
    }
    return isWritable && !Self.climbs(path)
  }

  /// Whether a component is `..`.
  private static func climbs(_ path: [UInt8]) -> Bool {
    var dots = 0
    var length = 0
    for byte in path + [UInt8(ascii: "/")] {
      if byte == UInt8(ascii: "/") {
        if dots == 2, length == 2 { return true }
        dots = 0
        length = 0
      } else {
        length += 1
        if byte == UInt8(ascii: ".") { dots += 1 }
      }
    }
    return false
  }

  private func isReadOnly(_ path: [UInt8], _ open: Open, _ caller: ForeignProcess) -> Bool {
    do throws(SystemError) {
      let file = try caller.find(path, followsLast: !open.isExclusive)
      guard try FileSystem.isOnReadOnlyMount(file) else { return false }
      switch try FileSystem.status(of: file).kind {
      case .regular: return !open.isExclusive  // EEXIST, which asks rather than writes
      case .directory: return open.isTemporary
      default: return false  // a device or pipe is no part of the mount
      }
    } catch {
      guard error.isNotFound, open.creates else { return false }
      guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return false }
      guard let folder = try? caller.find(path[..<slash] + [UInt8(ascii: "/")]) else {
        return false
      }
      return (try? FileSystem.isOnReadOnlyMount(folder)) ?? false
    }
  }
}
