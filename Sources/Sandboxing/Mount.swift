public import Reading

/// One operation on the sandbox's new root, in order. The sandbox is data: the same list is printed,
/// recorded and performed.
public enum Mount: Sendable, Equatable {
  /// An empty folder.
  case directory(String, permissions: UInt32 = 0o755)
  /// A small file in the root's own memory.
  case file(String, contents: String, permissions: UInt32 = 0o444)
  /// A small file mounted over an existing one of the rootfs.
  case cover(String, contents: String, permissions: UInt32 = 0o444)
  /// A symbolic link at the first path with the second as its text.
  case symlink(String, target: String)
  /// A host file or folder, with everything mounted beneath it; read-only unless `isWritable`,
  /// never with device nodes or setuid effect.
  case bind(source: String, target: String, isWritable: Bool = false)
  /// A host device node.
  case device(source: String, target: String)
  /// A file system in memory.
  case memory(MemoryMount)
  /// The proc file system of the sandbox's own process namespace.
  case proc(String, visibility: Profile.ProcessVisibility = .off)
  /// Makes a path empty; nothing happens where it does not exist.
  case mask(String)
  /// Makes a path read-only; nothing happens where it does not exist.
  case readOnly(String)

  /// The path inside the sandbox.
  public var target: String {
    switch self {
    case .directory(let path, _), .file(let path, _, _), .cover(let path, _, _),
      .symlink(let path, _), .proc(let path, _), .mask(let path), .readOnly(let path):
      path
    case .bind(_, let target, _), .device(_, let target): target
    case .memory(let mount): mount.target
    }
  }
}

/// A tmpfs(5) with limits.
public struct MemoryMount: Sendable, Equatable {
  public var target: String
  /// Most bytes it may hold.
  public var size: Int64
  /// Most files and folders it may hold, each of which takes about 1 KiB of the kernel's memory
  /// beside `size`. Unless told otherwise, one for each 4 KiB of it, between 2^14 and 2^20.
  public var inodes: Int64
  public var permissions: UInt32
  /// Host folder that it is filled from before anything runs; it is read-only then.
  public var contents: String?
  /// The order in which the folders of `contents` list their entries.
  public var listing = Listing.reversed
  /// The modification time of all that is filled in, in seconds since 1970; nil keeps the host's.
  public var time: Int64?
  /// Whether the runner keeps a descriptor of it, to collect what was written when all is over.
  public var isCollected: Bool
  /// Whether the runner fills it before anything runs (`RunningSandbox.Preparation`); it stays
  /// writable.
  public var isPrepared: Bool

  public init(
    _ target: String, size: Int64, inodes: Int64? = nil, permissions: UInt32 = 0o755,
    contents: String? = nil, listing: Listing = .reversed, time: Int64? = nil,
    isCollected: Bool = false, isPrepared: Bool = false
  ) {
    self.target = target
    self.size = size
    self.inodes = inodes ?? min(max(size / 4096, 1 << 14), 1 << 20)
    self.permissions = permissions
    self.contents = contents
    self.listing = listing
    self.time = time
    self.isCollected = isCollected
    self.isPrepared = isPrepared
  }
}

/// The order in which folders in memory list what they were filled with.
public enum Listing: Sendable, Equatable {
  /// The host's.
  case asFound
  case reversed
  /// One that follows from the seed and the names alone.
  case shuffled(seed: UInt64)
}
