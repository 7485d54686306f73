private import CLinux
private import Linux
internal import Reading

/// The second wall around the mounts: what a sandbox may do to files once more, as rules that its
/// processes carry with them, whatever happens to the mounts (landlock(7)).
///
/// A rule belongs to a file system object, not to a mount, and holds for everything beneath it. So
/// a read-only mount beneath a writable one is guarded by its mount alone, and a folder that is
/// mounted twice can do in both places what it can in either.
struct Landlock: Equatable {
  /// Rights to files and folders (include/uapi/linux/landlock.h, LANDLOCK_ACCESS_FS_*).
  struct Access: OptionSet, Hashable {
    let rawValue: UInt64

    static let execute = Access(rawValue: 1 << 0)
    static let writeFile = Access(rawValue: 1 << 1)
    static let readFile = Access(rawValue: 1 << 2)
    static let readDirectory = Access(rawValue: 1 << 3)
    static let removeDirectory = Access(rawValue: 1 << 4)
    static let removeFile = Access(rawValue: 1 << 5)
    static let makeCharacterDevice = Access(rawValue: 1 << 6)
    static let makeDirectory = Access(rawValue: 1 << 7)
    static let makeFile = Access(rawValue: 1 << 8)
    static let makeSocket = Access(rawValue: 1 << 9)
    static let makeFIFO = Access(rawValue: 1 << 10)
    static let makeBlockDevice = Access(rawValue: 1 << 11)
    static let makeSymlink = Access(rawValue: 1 << 12)
    /// Linking and renaming from one folder to another, as cargo does with every artifact.
    static let refer = Access(rawValue: 1 << 13)
    static let truncate = Access(rawValue: 1 << 14)
    static let controlDevice = Access(rawValue: 1 << 15)

    /// Those that version `abi` of the interface can handle.
    static func known(to abi: Int) -> Access {
      switch abi {
      case ..<2: Access(rawValue: (1 << 13) - 1)
      case 2: Access(rawValue: (1 << 14) - 1)
      case 3, 4: Access(rawValue: (1 << 15) - 1)
      default: Access(rawValue: (1 << 16) - 1)
      }
    }

    static let reading: Access = [.execute, .readFile, .readDirectory]
    static let writing: Access = [
      .writeFile, .truncate, .refer, .removeFile, .removeDirectory, .makeFile, .makeDirectory,
      .makeSymlink, .makeSocket, .makeFIFO,
    ]
    /// Those that a rule about a file, not a folder, can give.
    static let ofFiles: Access = [.execute, .writeFile, .readFile, .truncate, .controlDevice]
  }

  /// What may be done beneath a path inside the sandbox.
  struct Rule: Equatable {
    let path: String
    let access: Access
  }

  /// Versions before it forbid every rename and link between folders, without which nothing builds.
  static let oldestUsable = 2

  /// The version of the interface whose rights are in force.
  let abi: Int
  /// What is forbidden unless a rule allows it.
  let handled: Access
  /// LANDLOCK_ACCESS_NET_*; no rule allows any.
  let handledNetwork: UInt64
  /// LANDLOCK_SCOPE_*: what reaches only processes under the same rules.
  let scopes: UInt64
  let rules: [Rule]

  /// The version that this kernel offers; 0 where it has none, or has it switched off.
  static var offered: Int { max(Int(lx_landlock_version()), 0) }

  /// The rules for `mounts`; nil where `abi` is too old to be of use.
  init?(mounts: [Mount], profile: Profile, abi: Int, mayConnect: Bool = false) {
    guard abi >= Self.oldestUsable else { return nil }
    let abi = min(abi, Profile.Landlock.newest)
    let handled = Access.known(to: abi)
    self.abi = abi
    self.handled = handled
    // BIND_TCP and CONNECT_TCP.
    handledNetwork =
      abi >= 4 && profile.landlock?.allowsTCP != true ? (mayConnect ? 1 : 3) : 0
    // ABSTRACT_UNIX_SOCKET and SIGNAL.
    scopes = abi >= 6 ? 3 : 0
    rules = Self.grants(mounts).map {
      Rule(path: $0.path, access: $0.access.intersection(handled))
    }
  }

  /// Reading and executing everywhere, writing beneath what is mounted writable and not covered by
  /// a later mount.
  private static func grants(_ mounts: [Mount]) -> [(path: String, access: Access)] {
    var writable: [(path: String, access: Access)] = []
    for mount in mounts {
      if mount.isMountPoint { writable.removeAll { isAt($0.path, orBeneath: mount.target) } }
      if mount.isWritable {
        writable.append((mount.target, Access.reading.union(.writing)))
      } else if case .device = mount {
        // One rule for the folder: nothing else in it can be opened for writing.
        let folder = FileSystem.split(mount.target).parent
        if !writable.contains(where: { $0.path.utf8.elementsEqual(folder.utf8) }) {
          writable.append((folder, [.readFile, .writeFile, .controlDevice]))
        }
      }
    }
    return [("/", .reading)] + writable
  }

  private static func isAt(_ path: String, orBeneath folder: String) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"))
    let prefix = folder.utf8.split(separator: UInt8(ascii: "/"))
    return parts.count >= prefix.count
      && zip(parts, prefix).allSatisfy { $0.elementsEqual($1) }
  }
}

extension Mount {
  /// Whether it hides what the path held before.
  fileprivate var isMountPoint: Bool {
    switch self {
    case .bind, .device, .memory, .proc: true
    case .directory, .file, .cover, .symlink, .mask, .readOnly: false
    }
  }

  /// Whether programs may write beneath it.
  fileprivate var isWritable: Bool {
    switch self {
    case .bind(_, _, let isWritable): isWritable
    case .memory(let memory): memory.contents == nil
    default: false
    }
  }
}
