import Linux
import Planning

/// What makes the linker of an artifact write down what it opened and took (`-Map`,
/// `--dependency-file`; lld and GNU ld from 2.35 on). It changes no byte of the artifact: rustc hashes
/// no linker argument, and linkers write both files beside.
enum LinkerNotes {
  /// Nothing where the sandbox has no folder for it, where nothing is linked for others than the
  /// build, and where the project asks for files of the kind itself.
  static func arguments(for rustc: [String]) -> [String] {
    guard let stem = stem(rustc), FileSystem.isDirectory(SandboxPaths.links) else { return [] }
    let path = "\(SandboxPaths.links)/\(stem)"
    return ["-Map=\(path).map", "--dependency-file=\(path).d"].flatMap {
      ["-C", "link-arg=-Wl,\($0)"]
    }
  }

  /// What the file names of the artifact begin with; nil where there is none.
  private static func stem(_ arguments: [String]) -> String? {
    var crate: String?
    var suffix = ""
    var isArtifact = false
    var links = false
    for (argument, next) in zip(arguments, arguments.dropFirst() + [""]) {
      switch argument {
      case "--crate-name": crate = next
      case "--crate-type": isArtifact = ["bin", "cdylib", "dylib"].contains(next)
      case "-C" where next.hasPrefix("extra-filename="):
        suffix = String(next.dropFirst("extra-filename=".count))
      case "--target" where !next.contains("linux"): return nil
      case "--test": return nil
      case _ where argument.hasPrefix("--emit="): links = argument.contains("link")
      default: break
      }
      if callsBareLinker(argument) || argument.contains("-Map")
        || argument.contains("dependency-file")
      {
        return nil
      }
    }
    guard let crate, isArtifact, links, !crate.hasPrefix("build_script_"), !crate.contains("/"),
      !suffix.contains("/")
    else { return nil }
    return crate + suffix
  }

  /// Whether the linker itself is called, which knows no `-Wl`, and not through a compiler driver
  /// (rustc book, "Codegen Options", linker and linker-flavor).
  private static func callsBareLinker(_ argument: String) -> Bool {
    let words = argument.hasPrefix("-C") ? argument.dropFirst(2) : argument[...]
    if words.hasPrefix("linker-flavor=") { return !words.hasSuffix("cc") }
    guard words.hasPrefix("linker=") else { return false }
    let name = words.split(separator: "/").last.map(String.init) ?? ""
    let program = name.hasPrefix("linker=") ? String(name.dropFirst(7)) : name
    return ["ld", "lld", "rust-lld", "wasm-ld", "mold"].contains(program)
      || program.hasPrefix("ld.")
  }
}
