import Linux

/// A folder that goes away with its owner. Everyone may read it, as the user of a sandbox must.
struct Scratch: ~Copyable {
  let path: String

  init() throws {
    let path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    self.path = path
    try? FileSystem.setPermissions(path, 0o755)
  }

  deinit { try? FileSystem.removeTree(path) }
}
