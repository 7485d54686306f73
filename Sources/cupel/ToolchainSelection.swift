import Failing
import Fetching
import Hashing
import Linux
import Planning
import Reading
import Staging
import Storing

/// The toolchain of a build, and what vouches for it on this machine.
struct ToolchainSelection {
  /// As a lock would pin it.
  let pin: Lock.Toolchain
  let input: ToolchainInput

  private enum Choice {
    case rootfs
    case folder(String)
    case added(String)
    case locked(Lock.Toolchain, Digest)
  }

  /// Chooses by the command line, else cupel.toml, else the lock, else what the rootfs brings.
  ///
  /// Whatever is chosen must have the digest that the lock pins, if it pins one.
  static func select(
    _ option: String?, _ manifest: Manifest.Toolchain, folder: String, lock: Lock, store: Store,
    notice: (String) -> Void
  ) throws -> ToolchainSelection {
    let choice = choice(option, manifest, folder: folder, lock)
    let found = try resolve(choice, lock, store, notice)
    guard let locked = lock.toolchain else { return found }
    guard found.pin.digest == locked.digest else {
      throw ToolchainMismatch(locked: locked, chosen: found.pin)
    }
    return found
  }

  private static func choice(
    _ option: String?, _ manifest: Manifest.Toolchain, folder: String, _ lock: Lock
  ) -> Choice {
    if let option {
      if option == Lock.Toolchain.rootfsName { return .rootfs }
      let isFolder = option.utf8.contains(UInt8(ascii: "/")) || FileSystem.isDirectory(option)
      return isFolder ? .folder(option) : .added(option)
    }
    switch manifest.choice {
    case .rootfs: return .rootfs
    case .path(let path): return .folder(ProjectFiles.path(path, in: folder))
    case .name(let name): return .added(name)
    case nil:
      guard let locked = lock.toolchain, let digest = locked.digest else { return .rootfs }
      return .locked(locked, digest)
    }
  }

  private static func resolve(
    _ choice: Choice, _ lock: Lock, _ store: Store, _ notice: (String) -> Void
  ) throws -> ToolchainSelection {
    switch choice {
    case .rootfs:
      let toolchain = try Toolchain.inRootfs(lock)
      return try Self(
        toolchain, name: Lock.Toolchain.rootfsName,
        trust: lock.image == nil ? .aptSigned : .unsigned, signer: nil,
        place: lock.recipe.name)
    case .folder(let path):
      let toolchain = try Toolchain.fromRustup(path: path, store: store) { notice($0.text) }
      var known: AddedToolchain?
      if let digest = toolchain.tree?.digest {
        known = try ToolchainShelf(store).find(tree: digest)
          .first { vouches($0, for: lock.toolchain) }
      }
      return try Self(
        toolchain, name: known?.pin.name ?? name(of: path), trust: known?.pin.trust ?? .unsigned,
        signer: known?.pin.signer, place: path)
    case .added(let name):
      let added = try ToolchainShelf(store).get(name)
      return try stored(added.pin, lock, store, notice)
    case .locked(let locked, let digest):
      guard store.contains(digest) else { throw MissingToolchain(locked: locked) }
      return try stored(locked, lock, store, notice)
    }
  }

  /// A toolchain whose tree is in the store. What the lock claims of its signature counts only if
  /// the signature was verified on this machine, when the toolchain was added.
  private static func stored(
    _ pin: Lock.Toolchain, _ lock: Lock, _ store: Store, _ notice: (String) -> Void
  ) throws -> ToolchainSelection {
    guard let digest = pin.digest else { throw MissingToolchain(locked: pin) }
    let known = try ToolchainShelf(store).find(tree: digest)
      .first { vouches($0, for: lock.toolchain) }
    if let signer = lock.toolchain?.signer, known == nil {
      notice(
        "cupel.lock says that \(signer) signed the toolchain \(pin.name); nothing in this store "
          + "confirms it, so it counts as unsigned")
    }
    if pin.components.contains("rust-src") { notice(Notice.rustSourceInToolchain.text) }
    let tree = StoredTree(try store.tree(digest))
    return try Self(
      Toolchain(pin, tree: tree), name: pin.name, trust: known?.pin.trust ?? .unsigned,
      signer: known?.pin.signer, place: pin.name)
  }

  /// Where a lock names a signer, only that one's signature counts.
  private static func vouches(_ known: AddedToolchain, for locked: Lock.Toolchain?) -> Bool {
    known.pin.trust == .signed && (locked?.signer == nil || known.pin.signer == locked?.signer)
  }

  private init(
    _ toolchain: Toolchain, name: String, trust: ToolchainTrust, signer: KeyFingerprint?,
    place: String
  ) throws {
    guard let version = toolchain.version else {
      throw UsageError(
        "reading the toolchain \(place): no file in it says its version",
        hint: "install it with rustup or Rust's own installer")
    }
    input = toolchain.input(version: version)
    pin = Lock.Toolchain(
      name: name, digest: toolchain.tree?.digest, version: version,
      components: toolchain.components, trust: trust, signer: signer)
  }

  /// A folder's own name, with what a toolchain's name cannot have replaced.
  static func name(of folder: String) -> String {
    let path = (try? FileSystem.realPath(folder)) ?? folder
    let name = FileSystem.split(path).name
    let plain = name.utf8.prefix(100).map { byte in
      Lock.Toolchain.isWord(String(decoding: [byte], as: UTF8.self)) ? byte : UInt8(ascii: "-")
    }
    let text = String(decoding: plain, as: UTF8.self)
    return ToolchainShelf.isFree(text) ? text : "toolchain"
  }

  /// Fails unless somebody has signed it.
  func requireSigned() throws {
    guard pin.trust.isSigned else { throw UnsignedToolchain(name: pin.name) }
  }
}

/// The toolchain that was chosen is not the one that cupel.lock pins.
struct ToolchainMismatch: Failure {
  let locked: Lock.Toolchain
  let chosen: Lock.Toolchain

  var message: String {
    "using the toolchain \(chosen.name): cupel.lock pins \(words(locked)), it is \(words(chosen))"
  }
  var hint: String? {
    "use the one that is pinned, or pin this one with `cupel lock --toolchain-only`"
  }
  var exitCode: Failing.ExitCode { .inputRejected }

  private func words(_ toolchain: Lock.Toolchain) -> String {
    let digest = toolchain.digest?.description ?? "the one in the rootfs"
    return toolchain.name.utf8.elementsEqual(chosen.name.utf8)
      ? digest : "\(toolchain.name) (\(digest))"
  }
}

/// The tree of a toolchain that was locked or added is not in the store.
struct MissingToolchain: Failure {
  let locked: Lock.Toolchain

  var message: String {
    "looking for the toolchain \(locked.name): \(locked.digest?.description ?? "its tree") is not "
      + "in the store"
  }
  var hint: String? {
    "add it with `cupel toolchain add`, or name its folder with `--toolchain DIR`"
  }
  var exitCode: Failing.ExitCode { .usage }
}

/// A signed toolchain is required.
struct UnsignedToolchain: Failure {
  let name: String

  var message: String {
    "using the toolchain \(name): a signed one is required, and nothing vouches for this one"
  }
  var hint: String? {
    "add the signed installer with `cupel toolchain add`, or use the rootfs's own toolchain"
  }
  var exitCode: Failing.ExitCode { .policyRefused }
}
