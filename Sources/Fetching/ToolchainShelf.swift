public import Hashing
import Linux
import Reading
public import Storing

/// The toolchains of a store by name: what is known of each, beside the trees themselves.
///
/// Beneath the store's `toolchains/` each has a folder of its name with `record.json` and, where they
/// were kept, `archives/` (the archives, each with its `.asc`) and `keyring.gpg`.
public struct ToolchainShelf: Sendable {
  let store: Store
  var path: String { "\(store.path)/toolchains" }

  /// Names begin with no dot, so no toolchain can be taken for one in the making.
  static let draftPrefix = ".new"

  public init(_ store: Store) {
    self.store = store
  }

  /// Whether a toolchain may have this name.
  public static func isFree(_ name: String) -> Bool {
    Lock.Toolchain.isName(name) && name != Lock.Toolchain.rootfsName
  }

  /// All of them, sorted by name.
  public func list() throws(ToolchainError) -> [AddedToolchain] {
    guard FileSystem.isDirectory(path) else { return [] }
    var found: [AddedToolchain] = []
    let entries = try ToolchainError.doing("listing the toolchains", try Directory(path).entries())
    for entry in entries where Lock.Toolchain.isName(entry.name) {
      // Another run may be removing it.
      if let toolchain = try find(entry.name) { found.append(toolchain) }
    }
    return found
  }

  /// The toolchain of a name, or nil.
  public func find(_ name: String) throws(ToolchainError) -> AddedToolchain? {
    guard Self.isFree(name) else { return nil }
    let file = "\(path)/\(name)/record.json"
    guard
      let bytes = try ToolchainError.doing("reading \(file)", try FileSystem.readIfPresent(file))
    else { return nil }
    let json: JSON
    do throws(ReadingError) {
      json = try JSON(parsing: bytes, file: file)
    } catch {
      throw .badRecord(file: file, reason: error.message)
    }
    guard let toolchain = AddedToolchain(json), toolchain.pin.name.utf8.elementsEqual(name.utf8)
    else { throw .badRecord(file: file, reason: "it is not the record of a toolchain") }
    return toolchain
  }

  /// The toolchain of a name, or an error that names the others.
  public func get(_ name: String) throws(ToolchainError) -> AddedToolchain {
    guard let found = try find(name) else {
      throw .unknown(name, known: try list().map(\.pin.name))
    }
    return found
  }

  /// What is known of a tree, whatever its name: a signed one if there is one.
  public func find(tree digest: Digest) throws(ToolchainError) -> [AddedToolchain] {
    try list().filter { $0.pin.digest == digest }
      .sorted { $0.pin.trust == .signed && $1.pin.trust != .signed }
  }

  /// Makes the name stand for the toolchain, whose tree is in the store. A name that stands for
  /// another tree stays what it is.
  public func put(_ toolchain: AddedToolchain) throws(ToolchainError) {
    try put(toolchain, in: try scratch())
  }

  /// Forgets the name; the tree stays until the store is collected.
  public func remove(_ name: String) throws(ToolchainError) {
    guard Self.isFree(name), FileSystem.exists("\(path)/\(name)") else {
      throw .unknown(name, known: try list().map(\.pin.name))
    }
    try ToolchainError.storing(try store.removeRoot(Self.root(name)))
    try ToolchainError.doing(
      "removing the toolchain \(name)", try FileSystem.removeTree("\(path)/\(name)"))
  }

  static func root(_ name: String) -> String { "toolchain/\(name)" }

  /// A folder on the shelf to prepare a toolchain's own in.
  func scratch() throws(ToolchainError) -> ScratchFolder {
    let task = "preparing the folder \(path)"
    try ToolchainError.doing(task, try FileSystem.makeDirectories(path, permissions: 0o700))
    _ = try ToolchainError.doing(
      task, try ScratchFolder.removeAbandoned(in: path, prefix: Self.draftPrefix))
    return try ToolchainError.doing(
      task, try ScratchFolder.make(in: path, prefix: Self.draftPrefix))
  }

  func put(
    _ toolchain: AddedToolchain, in scratch: consuming ScratchFolder
  ) throws(ToolchainError) {
    let name = toolchain.pin.name
    guard Self.isFree(name) else { throw .badName(name) }
    guard let digest = toolchain.pin.digest else { throw .incomplete(missing: "tree") }
    try requireFree(name, for: digest)
    do throws(SystemError) {
      try FileSystem.write(toolchain.json.prettyBytes(), to: "\(scratch.path)/record.json")
      try FileSystem.synchronizeAll(of: Directory(scratch.path))
      try scratch.publish(to: Directory(path), as: name)
    } catch {
      throw .system("keeping the toolchain \(name)", error)
    }
    try ToolchainError.storing(try store.setRoot(Self.root(name), to: digest))
  }

  /// Fails if the name stands for another tree.
  func requireFree(_ name: String, for digest: Digest) throws(ToolchainError) {
    if let other = try find(name)?.pin.digest, other != digest { throw .nameTaken(name, other) }
  }
}
