internal import Glibc

/// What stat(2) says, in the parts that matter here.
public struct FileStatus: Equatable, Sendable {
  public enum Kind: Sendable, Equatable {
    case regular, directory, symlink, fifo, socket, characterDevice, blockDevice, unknown
  }

  public let kind: Kind
  /// Permission bits, with setuid, setgid and sticky.
  public let permissions: UInt32
  /// In bytes.
  public let size: Int64
  public let linkCount: UInt64
  public let device: UInt64
  public let inode: UInt64
  public let owner: UInt32
  public let group: UInt32
  /// Seconds since the epoch.
  public let modified: Int64
  /// When contents, owner, mode or names last changed. The kernel sets it from its own clock;
  /// no call sets it to a time of choice (inode(7), utimensat(2)).
  public let changed: FileTime

  /// Which file it is of, as long as that exists.
  public var identity: FileIdentity { FileIdentity(device: device, inode: inode) }

  public var isExecutable: Bool { permissions & 0o111 != 0 }

  init(_ status: stat) {
    kind = Self.kind(ofMode: status.st_mode)
    permissions = status.st_mode & 0o7777
    size = Int64(status.st_size)
    linkCount = UInt64(status.st_nlink)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    owner = status.st_uid
    group = status.st_gid
    modified = Int64(status.st_mtim.tv_sec)
    changed = FileTime(
      seconds: Int64(status.st_ctim.tv_sec), nanoseconds: Int64(status.st_ctim.tv_nsec))
  }

  static func kind(ofMode mode: UInt32) -> Kind {
    switch mode & S_IFMT {
    case S_IFREG: .regular
    case S_IFDIR: .directory
    case S_IFLNK: .symlink
    case S_IFIFO: .fifo
    case S_IFSOCK: .socket
    case S_IFCHR: .characterDevice
    case S_IFBLK: .blockDevice
    default: .unknown
    }
  }
}
