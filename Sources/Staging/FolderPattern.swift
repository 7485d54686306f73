import Linux

/// A glob of workspace members, as cargo understands it (docs.rs/glob: `*`, `?`, `[abc]`, `[!a-z]`,
/// and `**` for any number of folders).
struct FolderPattern {
  private let components: [String]

  init(_ pattern: String) {
    components = LexicalPath.components(pattern).filter { $0 != "." }
  }

  /// Whether it names more than one folder.
  var isGlob: Bool { components.contains { Self.isGlob($0) } }

  private static func isGlob(_ component: String) -> Bool {
    component.utf8.contains { "*?[".utf8.contains($0) }
  }

  /// Absolute paths of the folders that fit, seen from `folder`, sorted by their bytes.
  func folders(in folder: String) -> [String] {
    var found: Set<[UInt8]> = []
    collect(components[...], folder, &found)
    return found.sorted { $0.lexicographicallyPrecedes($1) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private func collect(
    _ rest: ArraySlice<String>, _ folder: String, _ found: inout Set<[UInt8]>
  ) {
    guard let component = rest.first else {
      found.insert(Array(folder.utf8))
      return
    }
    guard Self.isGlob(component) else {
      let next = LexicalPath.join(folder, component)
      if FileSystem.isDirectory(next) { collect(rest.dropFirst(), next, &found) }
      return
    }
    if component == "**" { collect(rest.dropFirst(), folder, &found) }
    guard let directory = try? Directory(folder), let entries = try? directory.entries() else {
      return
    }
    for entry in entries {
      let next = LexicalPath.join(folder, entry.name)
      if component == "**" {
        if entry.kind == .directory { collect(rest, next, &found) }
      } else if Self.matches(Array(entry.name.unicodeScalars)[...], component),
        FileSystem.isDirectory(next)
      {
        collect(rest.dropFirst(), next, &found)
      }
    }
  }

  /// Whether a name fits a pattern without slashes.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    matches(Array(name.unicodeScalars)[...], pattern)
  }

  private static func matches(_ name: ArraySlice<Unicode.Scalar>, _ pattern: String) -> Bool {
    matches(name, Array(pattern.unicodeScalars)[...])
  }

  private static func matches(
    _ name: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    let rest = pattern.dropFirst()
    switch first {
    case "*":
      return matches(name, rest) || (!name.isEmpty && matches(name.dropFirst(), pattern))
    case "?":
      return !name.isEmpty && matches(name.dropFirst(), rest)
    case "[":
      guard let scalar = name.first, let (fits, after) = set(scalar, rest) else { return false }
      return fits && matches(name.dropFirst(), after)
    default:
      return name.first == first && matches(name.dropFirst(), rest)
    }
  }

  /// Whether the scalar is in the set that begins after its bracket, and what follows the set; nil
  /// when the set is not closed.
  private static func set(
    _ scalar: Unicode.Scalar, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> (Bool, ArraySlice<Unicode.Scalar>)? {
    var rest = pattern
    let isNegated = rest.first == "!"
    if isNegated { rest = rest.dropFirst() }
    var isIn = false
    var isFirst = true
    while let low = rest.popFirst() {
      // A bracket right at the start stands for itself.
      if low == "]", !isFirst { return (isIn != isNegated, rest) }
      isFirst = false
      if rest.first == "-", let high = rest.dropFirst().first, high != "]" {
        rest = rest.dropFirst(2)
        if low <= high, (low...high).contains(scalar) { isIn = true }
      } else if low == scalar {
        isIn = true
      }
    }
    return nil
  }
}
