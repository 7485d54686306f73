internal import Linux

/// Copies trees into a tmpfs of a sandbox, keeping the order in which folders list their entries, and
/// the times of the entries.
enum Population {
  static func copy(
    from source: borrowing Directory, to target: borrowing Directory
  ) throws(SystemError) {
    for entry in try source.entriesAsFound() {
      switch entry.kind {
      case .directory:
        try target.makeDirectory(entry.name)
        try copy(from: try source.directory(entry.name), to: try target.directory(entry.name))
      case .symlink:
        try target.makeSymlink(entry.name, to: try source.readSymlink(entry.name))
      default:
        let original = try source.open(entry.name)
        let permissions: UInt32 = try FileSystem.status(of: original).isExecutable ? 0o555 : 0o444
        try FileSystem.copyContents(
          from: original, to: try target.create(entry.name, permissions: permissions))
        try target.setPermissions(entry.name, permissions)
      }
      try target.setTimes(entry.name, seconds: try source.status(entry.name).modified)
    }
  }
}
