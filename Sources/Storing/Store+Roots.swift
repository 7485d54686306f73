public import Hashing
import Linux

extension Store {
  /// Names that keep a tree from being collected, sorted, with the trees' digests.
  public func roots() throws(StoringError) -> [(name: String, digest: Digest)] {
    var found: [(name: String, digest: Digest)] = []
    try doing("listing the store's roots", try list(Directory("\(path)/roots"), "", &found))
    return found
  }

  private func list(
    _ directory: borrowing Directory, _ prefix: String,
    _ found: inout [(name: String, digest: Digest)]
  ) throws(SystemError) {
    for entry in try directory.entries() {
      let name = prefix + entry.name
      if entry.kind == .directory {
        try list(directory.directory(entry.name), "\(name)/", &found)
      } else if let digest = Self.digest(in: try directory.open(entry.name).readToEnd(limit: 200)) {
        found.append((name, digest))
      }
    }
  }

  /// The tree that `name` stands for, for example `rootfs/debian-bookworm-rust`.
  public func root(_ name: String) throws(StoringError) -> Digest? {
    let path = try rootPath(name)
    return try doing("reading the root \(name)", try FileSystem.readIfPresent(path))
      .flatMap(Self.digest)
  }

  /// Makes `name` stand for the tree, which must be in the store.
  public func setRoot(_ name: String, to digest: Digest) throws(StoringError) {
    let path = try rootPath(name)
    let draft = try draft()
    let new = "\(draft.path)/root"
    do throws(SystemError) {
      try FileSystem.makeDirectories(FileSystem.split(path).parent, permissions: 0o700)
      try FileSystem.write(Array("\(digest)\n".utf8), to: new)
      try FileSystem.synchronize(new)
      try locked(.shared) { () throws(SystemError) in
        if contains(digest) { try FileSystem.rename(new, to: path) }
      }
      try FileSystem.synchronize(FileSystem.split(path).parent)
    } catch {
      throw .system("naming the tree \(digest) \(name)", error)
    }
    if !contains(digest) { throw .missing(digest) }
  }

  /// Forgets `name`; the tree stays until the store is collected.
  public func removeRoot(_ name: String) throws(StoringError) {
    let path = try rootPath(name)
    do throws(SystemError) {
      try FileSystem.remove(path)
    } catch {
      if !error.isNotFound { throw .system("removing the root \(name)", error) }
    }
  }

  private func rootPath(_ name: String) throws(StoringError) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard isPlain, name.utf8.count <= 200, !parts.contains(where: { $0.isEmpty || $0.first == "." })
    else { throw .badRootName(name) }
    return "\(path)/roots/\(name)"
  }

  static func digest(in bytes: [UInt8]) -> Digest? {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasSuffix("\n") ? Digest(prefixed: text.dropLast()) : nil
  }
}
