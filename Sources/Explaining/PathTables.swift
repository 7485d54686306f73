/// The names of files and folders that each of two files lists, which tell a folder that has moved
/// from one that only the code of one file speaks of: a build that inlines another function lists
/// other files, though none has another place.
struct PathTables {
  private let first: [ArraySlice<UInt8>]
  private let second: [ArraySlice<UInt8>]
  private let both: [ArraySlice<UInt8>]
  /// Whether both list a name without a folder.
  private let shareBareName: Bool

  private static let slash = UInt8(ascii: "/")

  init(_ first: some Sequence<ArraySlice<UInt8>>, _ second: some Sequence<ArraySlice<UInt8>>) {
    let (firsts, seconds) = (Set(first), Set(second))
    self.first = Self.sorted(firsts)
    self.second = Self.sorted(seconds)
    both = Self.sorted(firsts.intersection(seconds))
    shareBareName = both.contains { !$0.contains(Self.slash) }
  }

  private static func sorted(_ names: Set<ArraySlice<UInt8>>) -> [ArraySlice<UInt8>] {
    names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Whether `x` of the first and `y` of the second are the same file at two places.
  func isMove(_ x: [UInt8], _ y: [UInt8]) -> Bool {
    let (old, new) = TextDifference.withoutSharedEnd(x, y)
    let (from, to) = (old.joined(separator: [Self.slash]), new.joined(separator: [Self.slash]))
    guard !Self.lists(Array(from), self.second), !Self.lists(Array(to), self.first) else {
      return false
    }
    if old.count < x.split(separator: Self.slash, omittingEmptySubsequences: false).count {
      return true
    }
    // Even the last name differs: then all that is in the folder must have moved with it.
    var shared = 0
    while shared < min(old.count, new.count), old[shared].elementsEqual(new[shared]) { shared += 1 }
    let above = [old.prefix(shared), old.prefix(shared + 1), new.prefix(shared + 1)].map {
      Array($0.joined(separator: [Self.slash]))
    }
    if above.contains(where: { !$0.isEmpty && Self.lists($0, both) }) { return false }
    // Names without a folder are all in one.
    return x.contains(Self.slash) || !shareBareName
  }

  /// Whether a path or something beneath it is among the names.
  private static func lists(_ path: [UInt8], _ names: [ArraySlice<UInt8>]) -> Bool {
    contains(path, names) { $0.count == path.count }
      || contains(path + [slash], names) { _ in true }
  }

  /// Whether the first name that begins with `start` is such a one.
  private static func contains(
    _ start: [UInt8], _ names: [ArraySlice<UInt8>], where isMeant: (ArraySlice<UInt8>) -> Bool
  ) -> Bool {
    var low = 0
    var high = names.count
    while low < high {
      let middle = (low + high) / 2
      if names[middle].lexicographicallyPrecedes(start) { low = middle + 1 } else { high = middle }
    }
    return low < names.count && names[low].starts(with: start) && isMeant(names[low])
  }
}
