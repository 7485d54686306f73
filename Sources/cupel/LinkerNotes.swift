import Linux
import Planning

/// What makes the linker of an artifact write down what it opened and took (`-Map`,
/// `--dependency-file`; lld, mold, gold, and GNU ld from 2.35 on). It changes no byte of the artifact:
/// rustc hashes no linker argument, and linkers write both files beside.
enum LinkerNotes {
  /// Nothing where the sandbox has no folder for it, and where the linker is not to be asked.
  static func arguments(for rustc: [String]) -> [String] {
    guard case .asked(let stem) = LinkRequest(rustc: rustc),
      FileSystem.isDirectory(SandboxPaths.links)
    else { return [] }
    let path = "\(SandboxPaths.links)/\(stem)"
    return ["-Map=\(path).map", "--dependency-file=\(path).d"].flatMap {
      ["-C", "link-arg=-Wl,\($0)"]
    }
  }
}
