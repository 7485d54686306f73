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

  /// Whether the kernel is going to refuse the opening of a file for writing because the mount is
  /// read-only.
  ///
  /// A path below a writable folder is taken for writable without a look at the files: where a
  /// symbolic link leads out of it, the kernel refuses the write and nothing is reported.
  func refuses(_ path: [UInt8], _ opening: FileOpening, caller: ForeignProcess) -> Bool {
    opening.isForWriting && !isPlainlyWritable(path) && isReadOnly(path, opening, caller)
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

  private func isReadOnly(_ path: [UInt8], _ opening: FileOpening, _ caller: ForeignProcess) -> Bool
  {
    do throws(SystemError) {
      let file = try caller.find(path, followsLast: !opening.isExclusive)
      guard try FileSystem.isOnReadOnlyMount(file) else { return false }
      switch try FileSystem.status(of: file).kind {
      case .regular: return !opening.isExclusive  // EEXIST, which asks rather than writes
      case .directory: return opening.isTemporary
      default: return false  // a device or pipe is no part of the mount
      }
    } catch {
      guard error.isNotFound, opening.creates else { return false }
      guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return false }
      guard let folder = try? caller.find(path[..<slash] + [UInt8(ascii: "/")]) else {
        return false
      }
      return (try? FileSystem.isOnReadOnlyMount(folder)) ?? false
    }
  }
}
