import Failing
import Fetching
import Hashing
import Linux
import Reading
import Sandboxing
import Storing

/// What `run` and `shell` ask of the sandbox. The defaults are those of the command line.
struct SandboxRequest {
  /// A recipe's name, `sha256:` and the digest of a tree, or `host`.
  var rootfs = EmbeddedData.defaultRecipeName
  /// NAME=VALUE each.
  var environment: [String] = []
  /// SOURCE:TARGET each.
  var bind: [String] = []
  var bindRw: [String] = []
  var chdir = "/build"
  var hostname = "localhost"
  var memory: ByteCount?
  var pids: Int?
  var timeout: Seconds?
  /// Most bytes of each writable folder; nil leaves it to the profile.
  var targetSize: ByteCount?
  var profile = EmbeddedData.defaultProfileName
  /// How the rootfs is looked at before it is used; nil is not at all.
  var verifyStore: StoreVerification?
  var denyIsFailure = DenialPolicy.none

  func sandbox(command: [String]) throws -> Sandbox {
    let profile = try EmbeddedData.profile(self.profile).profile
    let identity = Identity()
    var mounts = try Skeleton.mounts(
      rootfs: try rootFileSystem(), identity: identity, hostname: hostname, profile: profile)
    let sizes = profile.writable.resolved(freeMemory: Machine.availableMemory)
    mounts += [
      .directory("/tmp", permissions: 0o1777),
      .memory(MemoryMount("/tmp", size: targetSize?.bytes ?? sizes.temporary, permissions: 0o1777)),
      .directory("/build"),
      .memory(MemoryMount("/build", size: targetSize?.bytes ?? sizes.target)),
      .directory("/build/home"),
    ]
    mounts += try bind.flatMap { try Self.mounts($0, isWritable: false) }
    mounts += try bindRw.flatMap { try Self.mounts($0, isWritable: true) }
    let limits = Limits(
      memory: memory?.bytes ?? profile.limits.memory?.value.bytes,
      pids: (pids ?? profile.limits.pids?.value).map(Int64.init),
      timeout: timeout.map { Double($0.count) },
      openFiles: profile.limits.openFiles.map { Int64($0.value) })
    var variables = [
      ("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"), ("HOME", "/build/home"),
      ("TMPDIR", "/tmp"), ("USER", identity.userName), ("LANG", "C.UTF-8"),
    ]
    for entry in environment {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw UsageError("reading --env `\(entry)`", hint: "write NAME=VALUE")
      }
      variables.removeAll { $0.0.utf8.elementsEqual(parts[0].utf8) }
      variables.append((String(parts[0]), String(parts[1])))
    }
    return Sandbox(
      mounts: mounts, identity: identity, hostname: hostname,
      environment: variables.map { (name: $0.0, value: $0.1) }, directory: chdir,
      arguments: command, randomizesAddresses: true, limits: limits, profile: profile)
  }

  private func rootFileSystem() throws -> RootFileSystem {
    if rootfs == "host" { return .host }
    let store = try Store.open()
    if rootfs.hasPrefix("sha256:") {
      guard let digest = Digest(prefixed: rootfs) else {
        throw UsageError("reading --rootfs `\(rootfs)`", hint: "write sha256: and 64 hex digits")
      }
      _ = try store.tree(digest)
      return try verified(digest, in: store)
    }
    guard let digest = try store.root("rootfs/\(rootfs)"), store.contains(digest) else {
      throw MissingRootfs(name: rootfs)
    }
    return try verified(digest, in: store)
  }

  private func verified(_ digest: Digest, in store: Store) throws -> RootFileSystem {
    if let verifyStore { try store.verify([digest], verifyStore) }
    return .tree(path: store.path(of: digest))
  }

  private static func mounts(_ text: String, isWritable: Bool) throws -> [Mount] {
    guard let colon = text.lastIndex(of: ":") else {
      throw UsageError("reading the bind `\(text)`", hint: "write SOURCE:TARGET")
    }
    let source = String(text[..<colon])
    let target = String(text[text.index(after: colon)...])
    guard target.hasPrefix("/"), !target.split(separator: "/").contains("..") else {
      throw UsageError("reading the bind `\(text)`", hint: "the target must be an absolute path")
    }
    let path: String
    let status: FileStatus
    do {
      path = try FileSystem.realPath(source)
      status = try FileSystem.status(path)
    } catch {
      throw UsageError("binding \(source)", cause: error)
    }
    var mounts = folders(above: target)
    mounts.append(status.kind == .directory ? .directory(target) : .file(target, contents: ""))
    mounts.append(.bind(source: path, target: target, isWritable: isWritable))
    return mounts
  }

  /// The folders on the way to a mount point.
  private static func folders(above target: String) -> [Mount] {
    let parts = target.split(separator: "/")
    return parts.indices.dropLast().map { .directory("/" + parts[...$0].joined(separator: "/")) }
  }
}

/// The rootfs that was asked for is not in the store.
struct MissingRootfs: Failure {
  let name: String

  var message: String { "looking for the rootfs `\(name)`: it is not in the store" }
  var hint: String? {
    name == EmbeddedData.defaultRecipeName
      ? "run `cupel fetch`" : "run `cupel fetch --recipe \(name)`"
  }
  var exitCode: Failing.ExitCode { .usage }
}
