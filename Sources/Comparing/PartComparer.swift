/// Lists the parts in which two files of one format differ, wherever the parts lie: one longer
/// section moves all behind it, and those are not different for that.
struct PartComparer {
  private(set) var differences: [PartDifference] = []
  /// Whether there are more than `limit`.
  private(set) var areMore = false
  private let limit: Int
  private var buffers = PairedBuffers()

  init(limit: Int) {
    self.limit = limit
  }

  /// Parts are matched by kind and name and, where several share those, by their order. `path`
  /// holds the parts that both regions lie in.
  mutating func compare(
    _ first: Region, _ second: Region, path: [Part] = []
  ) throws(ComparingError) {
    guard let a = try Layout.examine(first, isMember: !path.isEmpty),
      let b = try Layout.examine(second, isMember: !path.isEmpty), a.format == b.format
    else { return }
    // The indices of each part, last first, to be taken from the end.
    var waiting: [Part: [Int]] = [:]
    for index in b.extents.indices.reversed() {
      waiting[b.extents[index].part, default: []].append(index)
    }
    var isMatched = [Bool](repeating: false, count: b.extents.count)
    for extent in a.extents where extent.part.kind.isContent {
      if areMore { return }
      guard let index = waiting[extent.part]?.popLast() else {
        note(path + [extent.part], extent.size, nil)
        continue
      }
      isMatched[index] = true
      try compare(extent, first, b.extents[index], second, path)
    }
    for index in b.extents.indices where !isMatched[index] && b.extents[index].part.kind.isContent {
      if areMore { return }
      note(path + [b.extents[index].part], nil, b.extents[index].size)
    }
  }

  private mutating func compare(
    _ a: Layout.Extent, _ first: Region, _ b: Layout.Extent, _ second: Region, _ path: [Part]
  ) throws(ComparingError) {
    let path = path + [a.part]
    guard a.isStored, b.isStored, a.size > 0, b.size > 0,
      let contents = first.region(at: a.start, count: a.size),
      let others = second.region(at: b.start, count: b.size)
    else {
      if a.size != b.size || a.isStored != b.isStored { note(path, a.size, b.size) }
      return
    }
    if try buffers.areEqual(contents, others) { return }
    if a.part.kind == .archiveMember {
      let before = differences.count
      try compare(contents, others, path: path)
      if differences.count > before || areMore { return }
    }
    note(path, a.size, b.size)
  }

  private mutating func note(_ path: [Part], _ firstSize: Int64?, _ secondSize: Int64?) {
    if differences.count == limit {
      areMore = true
    } else {
      differences.append(PartDifference(path: path, firstSize: firstSize, secondSize: secondSize))
    }
  }
}
