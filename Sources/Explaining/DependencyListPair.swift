internal import Reading

/// The list of packages that `cargo auditable` puts into the section `.dep-v0`: JSON, packed by zlib
/// (cargo-auditable, PARSING.md).
enum DependencyListPair {
  /// As its documentation advises.
  private static let limit = 8 << 20

  /// - Returns: false where one of the sections cannot be read.
  static func explain(
    _ a: Contents, _ b: Contents, _ label: String, into ledger: inout Ledger
  ) -> Bool {
    guard let first = packages(a), let second = packages(b) else { return false }
    let bytes = BlockAlignment.positional(a.bytes, b.bytes).gaps.reduce(0) { $0 + $1.count }
    let gone = sorted(first.subtracting(second))
    let new = sorted(second.subtracting(first))
    func shown(_ packages: [String]) -> String {
      packages.isEmpty
        ? "nothing" : packages.prefix(6).joined(separator: ", ") + (packages.count > 6 ? ", …" : "")
    }
    let detail =
      gone.isEmpty && new.isEmpty
      ? "the same packages, listed otherwise" : "\(shown(gone)) against \(shown(new))"
    ledger.note(
      .dependencyList, detail, places: max(1, gone.count + new.count), bytes: bytes,
      Finding.Evidence(label, at: 0, 0, shown(gone), shown(new)))
    return true
  }

  private static func sorted(_ packages: Set<String>) -> [String] {
    packages.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// `name version source`, each once.
  private static func packages(_ contents: Contents) -> Set<String>? {
    guard let text = ZlibStream.unpack(contents.bytes, limit: limit),
      let list = (try? JSON(parsing: text, file: ".dep-v0"))?["packages"]?.arrayValue,
      list.count <= 10_000
    else { return nil }
    var packages: Set<String> = []
    for package in list {
      let words = ["name", "version", "source", "kind"].compactMap { package[$0]?.stringValue }
      packages.insert(Excerpt.text(Array(words.joined(separator: " ").utf8)))
    }
    return packages
  }
}
