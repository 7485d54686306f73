/// What rustc writes down of a compilation (`--emit=dep-info`): rules of a makefile for the files that
/// it read, and a comment for each variable that `env!` or `option_env!` asked for
/// (compiler/rustc_interface/src/passes.rs, `write_out_deps`).
struct DepInfo: Equatable {
  struct Variable: Equatable {
    let name: String
    /// Nil when it was not set.
    let value: String?
  }

  private(set) var outputs: [String] = []
  private(set) var inputs: [String] = []
  var environment: [Variable] = []

  init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line, as: UTF8.self)
      let mark = "# env-dep:"
      if text.hasPrefix(mark) {
        let parts = text.dropFirst(mark.count).split(
          separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        environment.append(
          Variable(
            name: Self.unescaped(parts[0]),
            value: parts.count > 1 ? Self.unescaped(parts[1]) : nil))
      } else if !text.hasPrefix("#"), let colon = text.firstRange(of: ": ") {
        outputs.append(Self.paths(text[..<colon.lowerBound]).joined(separator: " "))
        inputs += Self.paths(text[colon.upperBound...])
      }
    }
    var seen: Set<[UInt8]> = []
    inputs = inputs.filter { seen.insert(Array($0.utf8)).inserted }
  }

  /// Words between spaces that no backslash stands before.
  private static func paths(_ text: Substring) -> [String] {
    var paths: [String] = []
    var path = ""
    for part in text.split(separator: " ", omittingEmptySubsequences: false) {
      if part.last == "\\" {
        path += part.dropLast() + " "
      } else {
        path += part
        if !path.isEmpty { paths.append(path) }
        path = ""
      }
    }
    return path.isEmpty ? paths : paths + [path]
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        result.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}
