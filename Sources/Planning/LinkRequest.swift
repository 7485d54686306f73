/// Whether cupel has the linker of a compilation write down what it opens and takes, by the arguments
/// that cargo gives rustc. The wrapper, which asks, and whoever reads the answer must agree.
public enum LinkRequest: Sendable, Equatable {
  /// The names of what it writes begin with this.
  case asked(stem: String)
  /// Something is linked for others than the build, and the linker cannot be asked: why.
  case notAsked(String)
  /// Nothing is linked for others than the build.
  case nothing

  /// `arguments` are those of rustc, with or without its own name.
  public init(rustc arguments: [String]) {
    var crate: String?
    var suffix = ""
    var linked = 0
    var links = false
    var obstacle: String?
    for (argument, next) in zip(arguments, arguments.dropFirst() + [""]) {
      switch argument {
      case "--crate-name": crate = next
      case "--crate-type":
        linked += next.split(separator: ",").count { ["bin", "cdylib", "dylib"].contains($0) }
      case "-C" where next.hasPrefix("extra-filename="):
        suffix = String(next.dropFirst("extra-filename=".count))
      case "--target" where !next.contains("linux"):
        obstacle = "the target is not Linux"
      case "--test":
        self = .nothing
        return
      case _ where argument.hasPrefix("--emit="): links = argument.contains("link")
      default: break
      }
      if Self.callsBareLinker(argument) {
        obstacle = "the project has rustc call a linker without a compiler driver"
      } else if Self.hasLinkerWrite(argument, next) {
        obstacle = "the project has the linker write a map or a dependency file for itself"
      }
    }
    guard let crate, linked > 0, links, !crate.hasPrefix("build_script_"), !crate.contains("/"),
      !suffix.contains("/")
    else {
      self = .nothing
      return
    }
    if linked > 1 { obstacle = "rustc links several files in one compilation" }
    self = obstacle.map { .notAsked($0) } ?? .asked(stem: crate + suffix)
  }

  /// Whether the linker is told by `-C link-arg` and its like to write one of the files that cupel
  /// asks for. rustc takes `_` for `-` in names of options.
  private static func hasLinkerWrite(_ argument: String, _ next: String) -> Bool {
    let option: Substring
    switch argument {
    case "-C", "-Z", "--codegen": option = next[...]
    case _ where argument.hasPrefix("-C") || argument.hasPrefix("-Z"):
      option = argument.dropFirst(2)
    case _ where argument.hasPrefix("--codegen="):
      option = argument.dropFirst("--codegen=".count)
    default: return false
    }
    guard let equals = option.firstIndex(of: "=") else { return false }
    let name = option[..<equals].replacing("_", with: "-")
    guard ["link-arg", "link-args", "pre-link-arg", "pre-link-args"].contains(name) else {
      return false
    }
    let words = option[equals...].dropFirst().split { $0 == "," || $0.isWhitespace }
    return words.contains { word in
      // Linkers take one hyphen for two.
      ["-Map", "--Map", "-dependency-file", "--dependency-file"].contains { word.hasPrefix($0) }
    }
  }

  /// Whether the linker itself is called, which knows no `-Wl`, and not through a compiler driver
  /// (rustc book, "Codegen Options", linker and linker-flavor).
  private static func callsBareLinker(_ argument: String) -> Bool {
    let words = argument.hasPrefix("-C") ? argument.dropFirst(2) : argument[...]
    if words.hasPrefix("linker-flavor=") { return !words.hasSuffix("cc") }
    guard words.hasPrefix("linker=") else { return false }
    let path = words.dropFirst("linker=".count)
    let program = path.split(separator: "/").last ?? ""
    return ["ld", "lld", "rust-lld", "wasm-ld", "mold"].contains(program)
      || program.hasPrefix("ld.")
  }
}
