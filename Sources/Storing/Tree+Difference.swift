extension Tree {
  private enum Entry {
    case file(File)
    case symlink(Symlink)
    case subtree(Subtree)

    var item: TreeDifference.Item {
      switch self {
      case .file(let file): .file(file.digest, isExecutable: file.isExecutable)
      case .symlink(let symlink): .symlink(target: symlink.target)
      case .subtree: .folder
      }
    }
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
        return found.first.map { Self.unexpected($0.name, $0.entry) }
      }
      let name = String(decoding: want.name, as: UTF8.self)
      guard let find = found.first, !want.name.lexicographicallyPrecedes(find.name) else {
        return (name, TreeDifference(expected: want.entry.item, found: nil))
      }
      guard find.name == want.name else {
        return Self.unexpected(find.name, find.entry)
      }
      if let (path, difference) = Self.difference(find.entry, want.entry) {
        return (path.isEmpty ? name : "\(name)/\(path)", difference)
      }
      found = found.dropFirst()
      wanted = wanted.dropFirst()
    }
  }

  private static func unexpected(
    _ name: [UInt8], _ entry: Entry
  ) -> (path: String, difference: TreeDifference) {
    (String(decoding: name, as: UTF8.self), TreeDifference(expected: nil, found: entry.item))
  }

  private static func difference(
    _ found: Entry, _ wanted: Entry
  ) -> (path: String, difference: TreeDifference)? {
    if case .subtree(let found) = found, case .subtree(let wanted) = wanted {
      return found.tree.firstDifference(from: wanted.tree)
    }
    let difference = TreeDifference(expected: wanted.item, found: found.item)
    // Targets are compared byte by byte, unlike Swift's strings.
    if case .symlink(let found) = found, case .symlink(let wanted) = wanted {
      return found.target.utf8.elementsEqual(wanted.target.utf8) ? nil : ("", difference)
    }
    return difference.expected == difference.found ? nil : ("", difference)
  }
}
