internal import Linux

/// Copies trees into a tmpfs of a sandbox.
struct Population {
  let listing: Listing
  /// Nil keeps the times of the entries.
  let time: Int64?

  func copy(
    from source: borrowing Directory, to target: borrowing Directory
  ) throws(SystemError) {
    try fill(from: source, to: target, path: "")
    try target.setTimes(".", seconds: try time(of: ".", in: source))
  }

  /// `path` is that of the folder below the root, with a slash behind it unless it is empty.
  private func fill(
    from source: borrowing Directory, to target: borrowing Directory, path: String
  ) throws(SystemError) {
    for entry in ordered(try source.entriesAsFound(), path) {
      switch entry.kind {
      case .directory:
        try target.makeDirectory(entry.name)
        try fill(
          from: try source.directory(entry.name), to: try target.directory(entry.name),
          path: "\(path)\(entry.name)/")
      case .symlink:
        try target.makeSymlink(entry.name, to: try source.readSymlink(entry.name))
      default:
        let original = try source.open(entry.name)
        let permissions: UInt32 = try FileSystem.status(of: original).isExecutable ? 0o555 : 0o444
        try FileSystem.copyContents(
          from: original, to: try target.create(entry.name, permissions: permissions))
        try target.setPermissions(entry.name, permissions)
      }
      try target.setTimes(entry.name, seconds: try time(of: entry.name, in: source))
    }
  }

  private func time(
    of name: String, in source: borrowing Directory
  ) throws(SystemError) -> Int64 {
    if let time { return time }
    return try source.status(name).modified
  }

  /// The order in which to create entries: tmpfs lists them newest first (measured; fs/libfs.c
  /// `dcache_readdir`).
  private func ordered(_ entries: [Directory.Entry], _ path: String) -> [Directory.Entry] {
    switch listing {
    case .asFound: entries.reversed()
    case .reversed: entries
    case .shuffled(let seed):
      entries.map { (place: Self.place(of: path + $0.name, seed), entry: $0) }
        .sorted { a, b in
          a.place == b.place
            ? a.entry.name.utf8.lexicographicallyPrecedes(b.entry.name.utf8) : a.place < b.place
        }.map(\.entry)
    }
  }

  /// The FNV-1a hash of the path, mixed with the seed.
  private static func place(of path: String, _ seed: UInt64) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return RandomNumbers.mixed(seed &+ hash)
  }
}
