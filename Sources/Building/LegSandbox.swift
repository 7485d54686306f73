internal import Hashing
internal import Linux
internal import Planning
internal import Reading
internal import Sandboxing
internal import Storing

extension Plan.Leg {
  /// The sandbox that this leg runs in. `clock` is what moves its clock.
  func sandbox(
    inputs: Inputs, on host: BuildHost, clock: ClockCompilation? = nil
  ) throws(SystemError) -> Sandbox {
    let identity = Identity(
      userName: conditions.userName, uid: conditions.uid, gid: conditions.gid,
      outsideWhenRoot: Identity.firstOutside + (variations.contains(.user) ? 1 : 0))
    let skeleton = try Skeleton.mounts(
      rootfs: .tree(path: host.store.path(of: inputs.rootfs.digest)), identity: identity,
      hostname: conditions.hostname,
      domain: conditions.domain == Conditions.noDomain ? nil : conditions.domain,
      profile: host.profile, etc: clock?.product?.etc)
    var limits = host.limits
    limits.openFiles = limits.openFiles ?? host.profile.limits.openFiles.map { Int64($0.value) }
    return Sandbox(
      mounts: skeleton + buildMounts(inputs, on: host) + clockMounts(clock?.product),
      identity: identity,
      hostname: conditions.hostname, environment: environment.map { ($0.name, $0.value) },
      directory: directory, arguments: command, umask: conditions.umask,
      cpus: Array(Machine.allowedCPUs.prefix(conditions.cpuCount)),
      randomizesAddresses: conditions.randomizesAddresses, randomSeed: conditions.randomSeed,
      domain: conditions.domain, reportsOldKernel: conditions.reportsOldKernel,
      niceness: conditions.niceness,
      limits: limits, profile: host.profile, interest: Attribution.interest(relocation),
      announcer: relocation.moved(SandboxPaths.wrapper), watchesPreload: clock?.product != nil)
  }

  /// Leg A's links only: that the other legs' artifacts are the same shows that it changes no byte.
  func recordsLinks(on host: BuildHost) -> Bool { host.recordsLinks && name == "A" }

  private func clockMounts(_ clock: ClockCompilation.Product?) -> [Mount] {
    guard let clock else { return [] }
    let target = relocation.moved(SandboxPaths.clockLibrary)
    return [.file(target, contents: ""), .bind(source: clock.library, target: target)]
  }

  private var relocation: Relocation { conditions.relocation }

  private func buildMounts(_ inputs: Inputs, on host: BuildHost) -> [Mount] {
    let listing: Listing =
      conditions.listingSeed.map { .shuffled(seed: $0) }
      ?? (conditions.reversesListings ? .reversed : .asFound)
    let isCopied = listing != .asFound || conditions.sourceTime != nil
    func sources(_ digest: Digest, at canonical: String) -> [Mount] {
      let target = relocation.moved(canonical)
      let path = host.store.path(of: digest)
      return [
        .directory(target),
        isCopied
          ? .memory(
            MemoryMount(
              target, size: 8 << 30, inodes: 1 << 22, contents: path, listing: listing,
              time: conditions.sourceTime))
          : .bind(source: path, target: target),
      ]
    }
    func scratch(_ target: String, size: Int64, isCollected: Bool = false) -> [Mount] {
      [
        .directory(target),
        .memory(MemoryMount(target, size: size, permissions: 0o755, isCollected: isCollected)),
      ]
    }
    let parent = FileSystem.split(relocation.root).parent
    var mounts: [Mount] = parent == "/" ? [] : [.directory(parent)]
    mounts += [.directory(relocation.root), .symlink("/tmp", target: conditions.temporary)]
    mounts += sources(inputs.source.digest, at: SandboxPaths.source)
    for vendor in inputs.vendors { mounts += sources(vendor.digest, at: vendor.mountPath) }
    if let toolchain = inputs.toolchain.digest {
      mounts += [
        .directory(relocation.moved(SandboxPaths.toolchain)),
        .bind(
          source: host.store.path(of: toolchain),
          target: relocation.moved(SandboxPaths.toolchain)),
      ]
    }
    let wrapper = relocation.moved(SandboxPaths.wrapper)
    mounts += [
      .directory("\(relocation.root)/bin"), .file(wrapper, contents: ""),
      .bind(source: host.executable, target: wrapper),
    ]
    let sizes = host.folderSizes
    mounts += scratch(relocation.moved(SandboxPaths.target), size: sizes.target, isCollected: true)
    if recordsLinks(on: host) {
      mounts += scratch(SandboxPaths.links, size: sizes.temporary, isCollected: true)
    }
    mounts += scratch(conditions.temporary, size: sizes.temporary, isCollected: true)
    mounts += scratch(conditions.home, size: sizes.home)
    mounts += scratch(relocation.moved(SandboxPaths.cargoHome), size: sizes.cargoHome)
    return mounts
  }
}
