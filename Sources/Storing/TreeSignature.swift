import Hashing
import Linux

/// What stat(2) says of everything in a tree, hashed: paths, devices, inodes, change times, sizes,
/// modes and owners.
///
/// Whoever changes a file, or puts another in its place, changes its change time or its inode with
/// it: no call sets a change time to a time of choice, only the clock does, and that is root's. The
/// exceptions are told in docs/store.md.
struct TreeSignature {
  let digest: Digest
  /// The latest change of anything in the tree.
  let newest: FileTime

  /// A change this many seconds after another can be told from it: file systems keep whole seconds
  /// at worst (ext4 with small inodes), or every second one (FAT).
  static let resolution: Int64 = 2

  /// Whether a change from now on, at `seconds` since the epoch, would change the signature. It
  /// might not if the newest one is of this very moment, or of the future, of another clock.
  func isSettled(at seconds: Int64) -> Bool { newest.seconds + Self.resolution < seconds }
}

extension TreeSignature {
  /// Takes the entries of a tree, folder by folder, in an order that depends on names only.
  struct Maker: ~Copyable {
    private var hasher = Hasher()
    private var buffer: [UInt8] = []
    private var newest = FileTime(seconds: .min, nanoseconds: 0)

    init() {}

    mutating func add(_ name: String, _ status: FileStatus) {
      if buffer.count > 64 << 10 { flush() }
      add(UInt64(name.utf8.count))
      buffer.append(contentsOf: name.utf8)
      for number in [
        status.device, status.inode, UInt64(bitPattern: status.changed.seconds),
        UInt64(bitPattern: status.changed.nanoseconds), UInt64(bitPattern: status.modified),
        UInt64(bitPattern: status.size), UInt64(status.permissions), UInt64(status.owner),
        UInt64(status.group), Self.number(of: status.kind),
      ] {
        add(number)
      }
      newest = max(newest, status.changed)
    }

    /// Says that the folder has no more entries; no name is this long.
    mutating func endFolder() { add(.max) }

    private mutating func add(_ number: UInt64) {
      for shift in stride(from: 0, to: 64, by: 8) {
        buffer.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }

    private mutating func flush() {
      hasher.update(buffer)
      buffer.removeAll(keepingCapacity: true)
    }

    consuming func finish() -> TreeSignature {
      flush()
      return TreeSignature(digest: hasher.finish(), newest: newest)
    }

    private static func number(of kind: FileStatus.Kind) -> UInt64 {
      switch kind {
      case .regular: 0
      case .directory: 1
      case .symlink: 2
      case .fifo, .socket, .characterDevice, .blockDevice, .unknown: 3
      }
    }
  }
}
