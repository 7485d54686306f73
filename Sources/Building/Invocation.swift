internal import Planning
internal import Sandboxing

/// A compilation that cargo asked rustc for, taken apart (rustc book, "Command-line Arguments").
struct Invocation {
  let package: CargoPackage?
  let crate: String
  let kind: RecordedUnit.Kind
  let platform: String?
  let features: [String]
  /// Without the wrapper, rustc itself, and what only decides how rustc talks.
  let arguments: [String]
  /// Relative to the target folder.
  let outFolder: String
  /// What file names end in before their extension: `-0a2e68b502cad0b1`, or nothing.
  let suffix: String
  /// Paths of `--extern`, absolute inside the sandbox.
  let externs: [String]
  /// Folders of `-L`, absolute inside the sandbox.
  let searched: [String]
  /// OUT_DIR, where its package has a build script.
  let generated: String?

  /// The part of the file names that all outputs share.
  var stem: String { crate + suffix }

  /// Nil for questions to rustc (`-vV`, `--print`) and what build scripts try out.
  init?(_ announcement: Announcement) {
    guard !announcement.isTruncated else { return nil }
    let arguments = Self.lasting(announcement.arguments.dropFirst(2))
    var crate: String?
    var types: [String] = []
    var folder: String?
    var suffix = ""
    var platform: String?
    var features: [String] = []
    var externs: [String] = []
    var searched: [String] = []
    var isTest = false
    for (option, value) in Self.options(arguments) {
      switch option {
      case "--crate-name": crate = value
      case "--crate-type": types += value.split(separator: ",").map(String.init)
      case "--out-dir": folder = value
      case "--target": platform = value
      case "--test": isTest = true
      case "-C" where value.hasPrefix("extra-filename="):
        suffix = String(value.dropFirst("extra-filename=".count))
      case "--cfg" where value.hasPrefix("feature=\"") && value.hasSuffix("\""):
        features.append(String(value.dropFirst("feature=\"".count).dropLast()))
      case "--extern":
        if let equals = value.firstIndex(of: "=") {
          externs.append(String(value[value.index(after: equals)...]))
        }
      case "-L":
        searched.append(value.firstIndex(of: "=").map { String(value[$0...].dropFirst()) } ?? value)
      default: break
      }
    }
    guard let crate, crate != "___", !crate.contains("/"), !suffix.contains("/"),
      let outFolder = folder.flatMap(Self.belowTarget)
    else { return nil }
    let variables = announcement.environment
    package = variables["CARGO_PKG_NAME"].flatMap { name in
      variables["CARGO_PKG_VERSION"].flatMap { CargoPackage(name: name, version: $0) }
    }
    kind = Self.kind(types, isTest: isTest, crate: crate, outFolder: outFolder)
    self.crate = crate
    self.platform = platform
    self.features = features.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.arguments = arguments
    self.outFolder = outFolder
    self.suffix = suffix
    self.externs = externs
    self.searched = searched
    generated = variables["OUT_DIR"].flatMap(Self.belowTarget)
  }

  /// A path inside the sandbox as one relative to the target folder.
  static func belowTarget(_ path: String) -> String? {
    guard path.hasPrefix(SandboxPaths.target + "/") else { return nil }
    let relative = String(path.dropFirst(SandboxPaths.target.utf8.count + 1))
    return relative.split(separator: "/").contains("..") ? nil : relative
  }

  private static func kind(
    _ types: [String], isTest: Bool, crate: String, outFolder: String
  ) -> RecordedUnit.Kind {
    if isTest { return .test }
    if types.contains("proc-macro") { return .procMacro }
    if types.isEmpty || types.contains("bin") {
      // Cargo compiles build scripts in `build/PACKAGE-HASH`, everything else in `deps` or
      // `examples`.
      let parent = outFolder.split(separator: "/").dropLast().last
      return parent == "build" && crate.hasPrefix("build_script_") ? .buildScript : .program
    }
    return types.allSatisfy { $0 == "lib" || $0 == "rlib" } ? .library : .foreignLibrary
  }

  private static let withValue: Set<String> = [
    "--crate-name", "--crate-type", "--out-dir", "--target", "--cfg", "--extern", "-L", "-C",
    "--check-cfg", "--edition", "-l", "-o", "--cap-lints", "--emit", "-A", "-W", "-D", "-F", "-Z",
    "--codegen", "--remap-path-prefix", "--sysroot", "--explain", "--print",
  ]

  /// Options with their values; `--codegen` as `-C`.
  private static func options(_ arguments: [String]) -> [(option: String, value: String)] {
    var found: [(String, String)] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if withValue.contains(argument) {
        found.append((argument == "--codegen" ? "-C" : argument, rest.popFirst() ?? ""))
      } else if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
        let option = String(argument[..<equals])
        let value = String(argument[argument.index(after: equals)...])
        found.append((option == "--codegen" ? "-C" : option, value))
      } else if argument.hasPrefix("-C") || argument.hasPrefix("-L") {
        found.append((String(argument.prefix(2)), String(argument.dropFirst(2))))
      } else {
        found.append((argument, ""))
      }
    }
    return found
  }

  private static func lasting(_ arguments: ArraySlice<String>) -> [String] {
    let talk = ["--error-format", "--json", "--diagnostic-width", "--color"]
    return arguments.filter { argument in !talk.contains { argument.hasPrefix($0 + "=") } }
  }
}
