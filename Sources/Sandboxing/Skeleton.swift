public import Linux
public import Reading

/// Where the programs of a sandbox come from.
public enum RootFileSystem: Sendable, Equatable {
  /// A tree in the store.
  case tree(path: String)
  /// The host's own /usr, and nothing else of it.
  case host
}

/// The part of a root that every sandbox has: system folders, /etc, /dev, /proc.
public enum Skeleton {
  /// The mounts for `rootfs`, before those of the build itself. `domain` is the host's in /etc/hosts,
  /// `etc` a folder of the host in the place of a tree's own /etc.
  public static func mounts(
    rootfs: RootFileSystem, identity: Identity, hostname: String, domain: String? = nil,
    profile: Profile, etc replacement: String? = nil
  ) throws(SystemError) -> [Mount] {
    var mounts: [Mount]
    let etc = etc(identity, hostname: hostname, domain: domain)
    switch rootfs {
    case .tree(let path):
      mounts = try system(tree: path, etc: replacement)
      for (name, contents) in etc {
        mounts.append(.cover("/etc/\(name)", contents: contents))
      }
    case .host:
      mounts = try hostSystem() + [.directory("/etc")]
      for (name, contents) in etc {
        mounts.append(.file("/etc/\(name)", contents: contents))
      }
    }
    return mounts + devices(profile.devices) + proc(profile)
  }

  /// Top-level names that a sandbox makes itself, whatever a tree holds.
  private static let ownNames: Set<String> = ["build", "dev", "proc", "run", "sys", "tmp"]

  private static func system(
    tree path: String, etc replacement: String?
  ) throws(SystemError) -> [Mount] {
    let tree = try Directory(path)
    var mounts: [Mount] = []
    for entry in try tree.entries() where !ownNames.contains(entry.name) {
      let target = "/\(entry.name)"
      switch entry.kind {
      case .directory:
        mounts.append(.directory(target))
        let replaced = entry.name == "etc" ? replacement : nil
        mounts.append(.bind(source: replaced ?? "\(path)/\(entry.name)", target: target))
      case .symlink:
        mounts.append(.symlink(target, target: try tree.readSymlink(entry.name)))
      default: continue
      }
    }
    return mounts
  }

  /// /usr, and the top-level links into it of a merged /usr; a host that keeps real folders there
  /// has them mounted too.
  private static func hostSystem() throws(SystemError) -> [Mount] {
    var mounts: [Mount] = [.directory("/usr"), .bind(source: "/usr", target: "/usr")]
    let root = try Directory("/")
    for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]
    where FileSystem.exists("/\(name)") {
      if try root.status(name).kind == .symlink {
        mounts.append(.symlink("/\(name)", target: try root.readSymlink(name)))
      } else {
        mounts.append(.directory("/\(name)"))
        mounts.append(.bind(source: "/\(name)", target: "/\(name)"))
      }
    }
    return mounts
  }

  private static func etc(
    _ identity: Identity, hostname: String, domain: String?
  ) -> [(name: String, contents: String)] {
    let user = identity.userName
    // hostname(1) takes the domain from the first name of the host's line.
    let own = domain.map { "127.0.1.1 \(hostname).\($0) \(hostname)\n" } ?? ""
    let alias = domain == nil ? " \(hostname)" : ""
    return [
      (
        "passwd",
        """
        \(user):x:\(identity.uid):\(identity.gid)::/build/home:/bin/sh
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

        """
      ),
      ("group", "\(user):x:\(identity.gid):\nnogroup:x:65534:\n"),
      ("hosts", "127.0.0.1 localhost\(alias)\n\(own)::1 localhost\n"),
      ("hostname", "\(hostname)\n"),
      ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ]
  }

  private static func devices(_ devices: [Profile.Device]) -> [Mount] {
    var mounts: [Mount] = [.directory("/dev")]
    for device in devices {
      mounts.append(.file("/dev/\(device.rawValue)", contents: ""))
      mounts.append(.device(source: "/dev/\(device.rawValue)", target: "/dev/\(device.rawValue)"))
    }
    return mounts + [
      .symlink("/dev/fd", target: "/proc/self/fd"),
      .symlink("/dev/stdin", target: "/proc/self/fd/0"),
      .symlink("/dev/stdout", target: "/proc/self/fd/1"),
      .symlink("/dev/stderr", target: "/proc/self/fd/2"),
    ]
  }

  private static func proc(_ profile: Profile) -> [Mount] {
    [.directory("/proc"), .proc("/proc", visibility: profile.processVisibility?.value ?? .off)]
      + profile.maskedPaths.map { .mask($0) } + profile.readOnlyPaths.map { .readOnly($0) }
  }
}
