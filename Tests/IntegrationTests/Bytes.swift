import Linux

/// Searches in files.
enum Bytes {
  /// Whether the bytes of `needle` occur in the file.
  static func contain(_ file: String, _ needle: String) throws -> Bool {
    let status = try Command(
      ["grep", "-q", "--fixed-strings", "--binary-files=text", "-e", needle, file], timeout: 60
    ).run().status
    return status == 0
  }
}
