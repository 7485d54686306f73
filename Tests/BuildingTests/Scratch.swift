import Linux

/// A private folder that goes away with its owner.
struct Scratch: ~Copyable {
  let path: String

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit { try? FileSystem.removeTree(path) }
}
