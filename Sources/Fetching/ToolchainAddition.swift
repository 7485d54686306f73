import Linux
public import Reading
public import Storing

/// A signed toolchain that is to be put into the store.
public struct ToolchainAddition: Sendable {
  public enum Source: Sendable {
    /// Paths of standalone installers, each with its `.asc` beside it.
    case installers([String])
    /// The path of a channel manifest with its `.asc` beside it, and the folder of the archives.
    case channel(manifest: String, archives: String)
  }

  public let source: Source
  public let keyring: PublicKeys
  /// Keys whose signatures are accepted.
  public let signers: [KeyFingerprint]
  private let choice: ComponentChoice
  /// Nil takes that of the first installer.
  public let name: String?
  /// Whether the archives and signatures stay in the store.
  public let isKept: Bool

  /// No component stands for rustc, cargo and the standard library of the host; no host for this
  /// machine.
  public init(
    _ source: Source, keyring: PublicKeys, signers: [KeyFingerprint], components: [String] = [],
    host: String? = nil, name: String? = nil, isKept: Bool = false
  ) throws(ToolchainError) {
    self.source = source
    self.keyring = keyring
    self.signers = signers
    var names: [String] = []
    for component in components.isEmpty ? ComponentChoice.standard : components
    where !names.contains(component) {
      names.append(component)
    }
    choice = ComponentChoice(names: names, host: host ?? ComponentChoice.thisHost)
    self.name = name
    self.isKept = isKept
    if let name, !ToolchainShelf.isFree(name) { throw .badName(name) }
  }

  /// Verifies, unpacks and stores it.
  public func run(in store: Store) throws(ToolchainError) -> AddedToolchain {
    let shelf = ToolchainShelf(store)
    let scratch = try shelf.scratch()
    var parcel = try ToolchainParcel(folder: "\(scratch.path)/archives")
    switch source {
    case .installers(let paths):
      for path in paths { try parcel.add(installer: path) }
    case .channel(let manifest, _): try parcel.add(manifest: manifest)
    }
    let signer = try parcel.verifySignatures(
      keyring: keyring, signers: signers, scratch: scratch.path)
    if case .channel(_, let folder) = source {
      try parcel.addArchives(of: choice, from: folder)
    }
    let draft = try ToolchainError.storing(try store.draft())
    let layout = try parcel.layOut(choice, store: store, in: draft.path)
    let tree = try Self.publish(draft)
    let name = name ?? "rust-\(layout.version)-\(choice.host)"
    let origin: AddedToolchain.Origin =
      if case .channel = source { .channel } else { .installers }
    let toolchain = AddedToolchain(
      pin: Lock.Toolchain(
        name: name, digest: tree.digest, version: layout.version, components: layout.components,
        trust: .signed, signer: signer),
      origin: origin, manifest: parcel.manifest, archives: parcel.archives,
      requested: choice.names, host: choice.host, isKept: isKept)
    try Self.tidy(scratch.path, parcel, isKept: isKept)
    try shelf.put(toolchain, in: scratch)
    return toolchain
  }

  /// Leaves what a kept toolchain is verified from: the parcel and the keyring.
  private static func tidy(
    _ scratch: String, _ parcel: ToolchainParcel, isKept: Bool
  ) throws(ToolchainError) {
    let task = "preparing the toolchain's folder"
    try ToolchainError.doing(task, try FileSystem.remove("\(scratch)/signature.sig"))
    if isKept { return }
    try ToolchainError.doing(task, try FileSystem.remove("\(scratch)/keyring.gpg"))
    try ToolchainError.doing(task, try FileSystem.removeTree(parcel.folder))
  }

  private static func publish(_ draft: consuming Draft) throws(ToolchainError) -> StoredTree {
    do throws(StoringError) {
      return try draft.publish()
    } catch {
      throw .storing(error)
    }
  }
}
