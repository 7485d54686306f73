import Linux
import Planning
import Reading
import Sandboxing
import Staging
import Storing

/// The sandbox of the cargo that fetches: that of a build, but with the network of the host, with
/// manifests in the place of the source, and with nothing of the project that could run.
struct FetchSandbox {
  let order: CrateOrder
  /// The tree of manifests.
  let project: StoredTree
  let host: SupplyHost
  let tokens: [RegistryToken]
  let network: HostNetwork

  static let cargoHome = SandboxPaths.cargoHome
  private static let certificates = "/build/certificates.pem"

  /// What must not be told.
  var secrets: Secrets {
    Secrets(tokens.map(\.value) + network.proxies.map(\.value).flatMap(Self.passwords))
  }

  /// `user:password` of a proxy, and both of its parts.
  private static func passwords(_ url: String) -> [String] {
    guard let at = url.lastIndex(of: "@") else { return [] }
    let user = url[..<at].split(separator: "/").last.map(String.init) ?? ""
    return [user] + user.split(separator: ":").map(String.init)
  }

  func sandbox() throws(SystemError) -> Sandbox {
    let identity = Identity()
    let toolchain = host.toolchain
    let sizes = host.profile.writable.resolved(freeMemory: Machine.availableMemory)
    var mounts =
      try system(identity) + [
        .directory("/tmp", permissions: 0o1777),
        .memory(MemoryMount("/tmp", size: sizes.temporary, permissions: 0o1777)),
        .directory("/build"), .directory(SandboxPaths.home),
        .memory(MemoryMount(SandboxPaths.home, size: sizes.home)),
        .directory(Self.cargoHome),
        .memory(MemoryMount(Self.cargoHome, size: sizes.cargoHome, isCollected: true)),
        .directory("/build/.cargo"),
        .file("/build/.cargo/config.toml", contents: order.configuration + Self.settings),
      ]
    mounts += bind(host.store.path(of: project.digest), SandboxPaths.source)
    if let tree = toolchain.digest {
      mounts += bind(host.store.path(of: tree), SandboxPaths.toolchain)
    }
    for folder in order.folders where FileSystem.isDirectory(folder.source) {
      mounts += bind(folder.source, folder.target)
    }
    var variables = [
      ("PATH", "\(SandboxPaths.toolchain)/bin:/usr/bin:/bin"), ("HOME", SandboxPaths.home),
      ("TMPDIR", "/tmp"), ("USER", identity.userName), ("LANG", "C.UTF-8"),
      ("CARGO_HOME", Self.cargoHome), ("RUSTC", toolchain.rustc), ("CARGO_TERM_COLOR", "never"),
      ("CARGO_TERM_PROGRESS_WHEN", "never"),
    ]
    if let certificates = network.certificates {
      mounts += [
        .file(Self.certificates, contents: ""),
        .bind(source: certificates, target: Self.certificates),
      ]
      variables += [
        ("CARGO_HTTP_CAINFO", Self.certificates), ("SSL_CERT_FILE", Self.certificates),
      ]
    }
    variables += network.proxies
    for token in tokens { variables.append((token.variable, token.value)) }
    return Sandbox(
      mounts: mounts, identity: identity, hostname: "localhost",
      environment: variables.map { (name: $0.0, value: $0.1) }, directory: "/build",
      arguments: [
        toolchain.cargo, "fetch", "--locked", "--manifest-path",
        "\(SandboxPaths.source)/\(order.manifest)",
      ],
      randomizesAddresses: true,
      limits: Limits(
        pids: host.profile.limits.pids.map { Int64($0.value) }, timeout: host.timeout,
        openFiles: host.profile.limits.openFiles.map { Int64($0.value) }),
      profile: host.profile, sharesNetwork: true,
      // A listener takes connections for attempts.
      reportsDenials: false)
  }

  /// Cargo asks no provider but the environment.
  private static let settings = """
    [registry]
    global-credential-providers = ["cargo:token"]

    """

  private func bind(_ source: String, _ target: String) -> [Mount] {
    let parts = target.split(separator: "/")
    let folders = parts.indices.map {
      Mount.directory("/" + parts[...$0].joined(separator: "/"))
    }
    return folders + [.bind(source: source, target: target)]
  }

  /// The system of a build, with an /etc of its own that names the host's name servers.
  private func system(_ identity: Identity) throws(SystemError) -> [Mount] {
    let tree = host.store.path(of: host.rootfs)
    var mounts: [Mount] = []
    var own: [Mount] = [
      .file("/etc/hosts", contents: network.hosts),
      .file("/etc/resolv.conf", contents: network.resolver),
      .file("/etc/nsswitch.conf", contents: "passwd: files\ngroup: files\nhosts: files dns\n"),
    ]
    for mount in try Skeleton.mounts(
      rootfs: .tree(path: tree), identity: identity, hostname: "localhost", profile: host.profile)
    {
      switch mount {
      case .bind(_, "/etc", _): continue
      case .cover(let path, let contents, let permissions):
        if !own.contains(where: { $0.target == path }) {
          own.append(.file(path, contents: contents, permissions: permissions))
        }
      default: mounts.append(mount)
      }
    }
    let folder = try Directory("\(tree)/etc")
    for entry in try folder.entries() {
      let target = "/etc/\(entry.name)"
      if own.contains(where: { $0.target == target }) { continue }
      switch entry.kind {
      case .directory: own.append(.directory(target))
      case .regular: own.append(.file(target, contents: ""))
      case .symlink:
        own.append(.symlink(target, target: try folder.readSymlink(entry.name)))
        continue
      default: continue
      }
      own.append(.bind(source: "\(tree)/etc/\(entry.name)", target: target))
    }
    return mounts + own
  }
}
