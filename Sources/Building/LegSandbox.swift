internal import Hashing
internal import Linux
internal import Planning
internal import Reading
internal import Sandboxing
internal import Storing

extension Plan.Leg {
  /// The sandbox that this leg runs in.
  func sandbox(inputs: Inputs, on host: BuildHost) throws(SystemError) -> Sandbox {
    let identity = Identity(
      userName: conditions.userName, uid: conditions.uid, gid: conditions.gid,
      outsideWhenRoot: Identity.firstOutside + (variations.contains(.user) ? 1 : 0))
    let skeleton = try Skeleton.mounts(
      rootfs: .tree(path: host.store.path(of: inputs.rootfs.digest)), identity: identity,
      hostname: conditions.hostname, profile: host.profile)
    var limits = host.limits
    limits.openFiles = limits.openFiles ?? host.profile.limits.openFiles.map { Int64($0.value) }
    return Sandbox(
      mounts: skeleton + buildMounts(inputs, on: host), identity: identity,
      hostname: conditions.hostname, environment: environment.map { ($0.name, $0.value) },
      directory: directory, arguments: command, umask: conditions.umask,
      cpus: Array(Machine.allowedCPUs.prefix(conditions.cpuCount)),
      randomizesAddresses: conditions.randomizesAddresses, randomSeed: conditions.randomSeed,
      limits: limits, profile: host.profile, interest: Attribution.interest,
      announcer: SandboxPaths.wrapper)
  }

  private func buildMounts(_ inputs: Inputs, on host: BuildHost) -> [Mount] {
    func sources(_ digest: Digest, at target: String) -> [Mount] {
      let path = host.store.path(of: digest)
      return [
        .directory(target),
        conditions.reversesListings
          ? .memory(MemoryMount(target, size: 8 << 30, inodes: 1 << 22, contents: path))
          : .bind(source: path, target: target),
      ]
    }
    func scratch(_ target: String, size: Int64, isCollected: Bool = false) -> [Mount] {
      [
        .directory(target),
        .memory(MemoryMount(target, size: size, permissions: 0o755, isCollected: isCollected)),
      ]
    }
    var mounts: [Mount] = [.directory("/build"), .symlink("/tmp", target: conditions.temporary)]
    mounts += sources(inputs.source.digest, at: SandboxPaths.source)
    for vendor in inputs.vendors { mounts += sources(vendor.digest, at: vendor.mountPath) }
    if let toolchain = inputs.toolchain.digest {
      mounts += [
        .directory(SandboxPaths.toolchain),
        .bind(source: host.store.path(of: toolchain), target: SandboxPaths.toolchain),
      ]
    }
    mounts += [
      .directory("/build/bin"), .file(SandboxPaths.wrapper, contents: ""),
      .bind(source: host.executable, target: SandboxPaths.wrapper),
    ]
    let sizes = host.folderSizes
    mounts += scratch(SandboxPaths.target, size: sizes.target, isCollected: true)
    if host.recordsLinks {
      mounts += scratch(SandboxPaths.links, size: sizes.temporary, isCollected: true)
    }
    mounts += scratch(conditions.temporary, size: sizes.temporary, isCollected: true)
    mounts += scratch(conditions.home, size: sizes.home)
    mounts += scratch(SandboxPaths.cargoHome, size: sizes.cargoHome)
    return mounts
  }
}
