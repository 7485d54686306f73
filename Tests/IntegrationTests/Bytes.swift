import Linux

/// Searches in files.
enum Bytes {
  /// The folders that a build has in the sandbox. `/build/` alone would also be found in the names
  /// of cargo's own folders, as in `/target/release/build/`, which is what remapping makes of one.
  static let sandboxFolders = [
    "src", "vendor", "cargo", "target", "toolchain", "home", "tmp", "bin",
  ]
  .map { "/build/\($0)" }

  /// Whether the bytes of `needle` occur in the file.
  static func contain(_ file: String, _ needle: String) throws -> Bool {
    let status = try Command(
      ["grep", "-q", "--fixed-strings", "--binary-files=text", "-e", needle, file], timeout: 60
    ).run().status
    return status == 0
  }
}
