/// What a build script told cargo that it depends on (cargo's reference, "Outputs of the Build
/// Script").
struct ScriptOutput: Equatable {
  /// `rerun-if-changed`.
  private(set) var inputs: [String] = []
  /// `rerun-if-env-changed`.
  private(set) var environment: [String] = []
  /// The lines that can change a byte: all but talk and what only says when to run again.
  private(set) var directives: [UInt8] = []
  /// `rustc-link-lib`, and the libraries in the old `rustc-flags`: `z`, `static=foo`.
  private(set) var libraries: [String] = []
  /// Whether there are values for the build scripts of packages above.
  private(set) var passesValues = false

  init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line, as: UTF8.self)
      let instruction =
        text.hasPrefix("cargo::")
        ? text.dropFirst(7) : text.hasPrefix("cargo:") ? text.dropFirst(6) : ""
      let parts = instruction.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "rerun-if-changed": inputs.append(parts[1])
      case "rerun-if-env-changed": environment.append(parts[1])
      case "warning", "error": break
      default:
        directives += line + [UInt8(ascii: "\n")]
        if parts[0] == "rustc-link-lib" { libraries.append(parts[1]) }
        if parts[0] == "rustc-flags" { libraries += Self.libraries(inFlags: parts[1]) }
        if !parts[0].hasPrefix("rustc-") { passesValues = true }
      }
    }
  }

  /// The values of `-l`, which may be joined with it or follow.
  private static func libraries(inFlags flags: String) -> [String] {
    var words = flags.split(separator: " ").map(String.init)[...]
    var libraries: [String] = []
    while let word = words.popFirst() {
      if word == "-l" {
        if let name = words.popFirst() { libraries.append(name) }
      } else if word.hasPrefix("-l") {
        libraries.append(String(word.dropFirst(2)))
      }
    }
    return libraries
  }
}
