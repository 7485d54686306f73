internal import Building

/// What rustc prints with `-Zunpretty=expanded,hygiene`: the source after macros with a mark behind
/// each name, from which expansion it came, and at the end the tables of marks and expansions
/// (compiler/rustc_span/src/hygiene.rs, `debug_hygiene_data`).
struct Hygiene {
  private var lines: [ArraySlice<UInt8>] = []
  /// Expansions by their names, such as `crate0::{{expn5}}`.
  private var expansions: [[UInt8]: Expansion] = [:]
  /// The expansion of each mark.
  private var marks: [Int: [UInt8]] = [:]

  private struct Expansion {
    let parent: [UInt8]
    /// `mac::Names`; nil for what is no macro.
    let macro: String?
  }

  /// Lines looked at before one that differs.
  private static let mostLines = 4096
  private static let deepest = 128

  init(_ text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if line.starts(with: "crate".utf8) {
        addExpansion(line)
      } else if line.first == UInt8(ascii: "#"), line.dropFirst().first.map(Self.isDigit) == true {
        addMark(line)
      } else {
        lines.append(line)
      }
    }
  }

  /// `crate0::{{expn5}}: parent: crate0::{{expn2}}, …, kind: Macro(Derive, "Clone")`.
  private mutating func addExpansion(_ line: ArraySlice<UInt8>) {
    let text = String(decoding: line, as: UTF8.self)
    guard let named = text.firstRange(of: ": parent: "),
      let comma = text[named.upperBound...].firstRange(of: ", "),
      let kind = text.firstRange(of: ", kind: ")
    else { return }
    let parts = text[kind.upperBound...].split(
      separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
    let isMacro = parts.count == 3 && parts[0].hasPrefix("Macro(")
    expansions[Array(text[..<named.lowerBound].utf8)] = Expansion(
      parent: Array(text[named.upperBound..<comma.lowerBound].utf8),
      macro: isMacro ? String(parts[1]) : nil)
  }

  /// `#4: parent: #0, outer_mark: (crate0::{{expn5}}, Opaque)`.
  private mutating func addMark(_ line: ArraySlice<UInt8>) {
    let text = String(decoding: line, as: UTF8.self)
    guard let number = Int(text.dropFirst().prefix { $0.isASCII && $0.isNumber }),
      let mark = text.firstRange(of: "outer_mark: ("),
      let comma = text[mark.upperBound...].firstRange(of: ", ")
    else { return }
    marks[number] = Array(text[mark.upperBound..<comma.lowerBound].utf8)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

  /// The package whose macro made the first line that differs, or the nearest name before it that
  /// one of these made; nil where that is not clear.
  func macro(ofFirstDifferenceFrom other: Hygiene, among packages: [MacroPackage]) -> MacroPackage?
  {
    guard
      let first = lines.indices.first(where: {
        !other.lines.indices.contains($0) || lines[$0] != other.lines[$0]
      })
    else { return nil }
    for index in (max(0, first - Self.mostLines)...first).reversed() {
      for mark in Self.marks(in: lines[index]).reversed() {
        let found = self.packages(of: mark, among: packages)
        if !found.isEmpty { return found.count == 1 ? found[0] : nil }
      }
    }
    return nil
  }

  /// Those that have a macro of the name of an expansion, innermost first, that a mark came from.
  private func packages(of mark: Int, among packages: [MacroPackage]) -> [MacroPackage] {
    var name = marks[mark]
    var depth = 0
    while let own = name, let expansion = expansions[own], depth < Self.deepest {
      if let path = expansion.macro {
        let parts = path.split(separator: ":").map(String.init)
        let named = packages.filter { package in parts.last.map(package.names.contains) ?? false }
        let pointed = named.filter { $0.crate == parts.first }
        if !named.isEmpty { return pointed.isEmpty ? named : pointed }
      }
      if expansion.parent == own { break }
      name = expansion.parent
      depth += 1
    }
    return []
  }

  /// The numbers in `/* 410#4 */`; a comment may be broken behind the number.
  private static func marks(in line: ArraySlice<UInt8>) -> [Int] {
    var found: [Int] = []
    var rest = line
    while let start = rest.firstRange(of: Array("/* ".utf8)) {
      rest = rest[start.upperBound...]
      let name = rest.prefix(while: isDigit)
      let behind = rest[name.endIndex...]
      guard !name.isEmpty, behind.first == UInt8(ascii: "#") else { continue }
      let digits = behind.dropFirst().prefix(while: isDigit)
      if let number = Int(String(decoding: digits, as: UTF8.self)) { found.append(number) }
    }
    return found
  }
}
