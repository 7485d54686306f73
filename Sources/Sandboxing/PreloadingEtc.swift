public import Linux

/// A tree's /etc with one more library in its list of those that every program of glibc loads first
/// (ld.so(8), /etc/ld.so.preload). The folder itself cannot have a file more: it is mounted from the
/// store.
public enum PreloadingEtc {
  private static let list = "ld.so.preload"
  private static let longestList = 1 << 16

  /// Makes the copy at `path`. What the tree lists itself stays first.
  public static func copy(
    of tree: String, naming library: String, to path: String
  ) throws(SystemError) {
    try FileSystem.makeDirectory(path)
    try Population(listing: .asFound, time: nil)
      .copy(from: Directory("\(tree)/etc"), to: Directory(path))
    let own =
      try FileSystem.exists("\(path)/\(list)")
      ? FileSystem.read("\(path)/\(list)", limit: longestList) + [UInt8(ascii: "\n")] : []
    try FileSystem.write(
      own + Array("\(library)\n".utf8), to: "\(path)/\(list)", permissions: 0o444)
  }
}
