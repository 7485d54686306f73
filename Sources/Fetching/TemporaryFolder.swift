import Linux

/// A private folder beneath TMPDIR that is removed with its owner.
struct TemporaryFolder: ~Copyable, Sendable {
  let path: String

  init(prefix: String) throws(SystemError) {
    let parent = Machine.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    path = try FileSystem.makeTemporaryDirectory(in: parent, prefix: prefix)
  }

  deinit {
    try? FileSystem.removeTree(path)
  }
}
