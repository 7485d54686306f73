extension Tree {
  private enum Entry {
    case file(File)
    case symlink(Symlink)
    case subtree(Subtree)
  }

  private var entries: [(name: [UInt8], entry: Entry)] {
    let all: [(name: [UInt8], entry: Entry)] =
      files.map { (Array($0.name.utf8), .file($0)) }
      + symlinks.map { (Array($0.name.utf8), .symlink($0)) }
      + subtrees.map { (Array($0.name.utf8), .subtree($0)) }
    return all.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  /// The first path, in the order of names, at which this tree is not what `expected` says; nil
  /// when they are equal.
  public func firstDifference(from expected: Tree) -> (path: String, difference: TreeDifference)? {
    if digest == expected.digest { return nil }
    var found = entries[...]
    var wanted = expected.entries[...]
    while true {
      guard let want = wanted.first else {
        return found.first.map { (String(decoding: $0.name, as: UTF8.self), .unexpected) }
      }
      let name = String(decoding: want.name, as: UTF8.self)
      guard let find = found.first, !want.name.lexicographicallyPrecedes(find.name) else {
        return (name, .missing)
      }
      guard find.name == want.name else {
        return (String(decoding: find.name, as: UTF8.self), .unexpected)
      }
      if let (path, difference) = Self.difference(find.entry, want.entry) {
        return (path.isEmpty ? name : "\(name)/\(path)", difference)
      }
      found = found.dropFirst()
      wanted = wanted.dropFirst()
    }
  }

  private static func difference(
    _ found: Entry, _ wanted: Entry
  ) -> (path: String, difference: TreeDifference)? {
    switch (found, wanted) {
    case (.file(let found), .file(let wanted)):
      if found.digest != wanted.digest { return ("", .contents) }
      return found.isExecutable == wanted.isExecutable ? nil : ("", .executableBit)
    case (.symlink(let found), .symlink(let wanted)):
      return found.target.utf8.elementsEqual(wanted.target.utf8) ? nil : ("", .target)
    case (.subtree(let found), .subtree(let wanted)):
      return found.tree.firstDifference(from: wanted.tree)
    default:
      return ("", .kind)
    }
  }
}
