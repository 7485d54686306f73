/// Which pieces of two byte strings are alike, wherever they lie, found in time linear in both.
///
/// Pieces of one string, at multiples of a small size, are looked up at every place of the other
/// and grown to both sides, as rsync does; a piece may have moved in front of others.
struct BlockAlignment {
  struct Match {
    var first: Int
    var second: Int
    var count: Int
  }

  /// What has no counterpart, between two matches that follow each other in both strings; or on one
  /// side only, where a range is empty.
  struct Gap {
    let first: Range<Int>
    let second: Range<Int>

    /// How many bytes differ in it.
    var count: Int { max(first.count, second.count) }
  }

  /// In the order of the second string.
  private(set) var matches: [Match] = []
  private(set) var gaps: [Gap] = []
  /// Matches of some length that stand in another order than the rest; short ones may be chance.
  private(set) var movedMatches: [Match] = []
  var movedBytes: Int { movedMatches.reduce(0) { $0 + $1.count } }

  /// With more gaps than these, runs that are near each other are one.
  private static let gapLimit = 1 << 20

  /// Strings of one length, byte by byte; a gap for each run that differs.
  static func positional(_ a: [UInt8], _ b: [UInt8]) -> BlockAlignment {
    var result = BlockAlignment()
    var index = 0
    var matchStart = 0
    let count = min(a.count, b.count)
    while index < count {
      if a[index] == b[index] {
        index += 1
        continue
      }
      let start = index
      var end = index
      let reach = result.gaps.count < gapLimit ? 0 : 16
      while index < count, a[index] != b[index] || index - end < reach {
        if a[index] != b[index] { end = index + 1 }
        index += 1
      }
      index = end
      if start > matchStart {
        result.matches.append(
          Match(first: matchStart, second: matchStart, count: start - matchStart))
      }
      result.gaps.append(Gap(first: start..<index, second: start..<index))
      matchStart = index
    }
    if count > matchStart {
      result.matches.append(Match(first: matchStart, second: matchStart, count: count - matchStart))
    }
    if a.count != b.count {
      result.gaps.append(Gap(first: count..<a.count, second: count..<b.count))
    }
    return result
  }

  /// `piece` is the size of what is looked up; every common stretch of twice the size is found.
  static func moving(_ a: [UInt8], _ b: [UInt8], piece: Int = 8) -> BlockAlignment {
    var result = BlockAlignment()
    result.find(a, b, piece)
    result.findGaps(a.count, b.count)
    return result
  }

  private mutating func find(_ a: [UInt8], _ b: [UInt8], _ piece: Int) {
    let common = min(a.count, b.count)
    var prefix = 0
    while prefix < common, a[prefix] == b[prefix] { prefix += 1 }
    var suffix = 0
    while suffix < common - prefix, a[a.count - 1 - suffix] == b[b.count - 1 - suffix] {
      suffix += 1
    }
    if prefix > 0 { matches.append(Match(first: 0, second: 0, count: prefix)) }
    let table = PieceTable(a, prefix..<(a.count - suffix), piece: piece)
    let end = b.count - suffix
    var position = prefix
    var covered = prefix
    // Where the last match would go on in the first string.
    var expected = prefix
    while position + piece <= end {
      var found = -1
      let next = expected + (position - covered)
      // A replacement of one length keeps what follows in step.
      if next >= 0, next + piece <= a.count, Self.areEqual(a, next, b, position, piece) {
        found = next
      } else if let candidate = table.find(b, position, in: a) {
        found = candidate
      }
      if found < 0 {
        position += 1
        continue
      }
      var start = 0
      while position - start > covered, found - start > 0,
        a[found - start - 1] == b[position - start - 1]
      {
        start += 1
      }
      var count = piece
      while position + count < end, found + count < a.count, a[found + count] == b[position + count]
      {
        count += 1
      }
      matches.append(Match(first: found - start, second: position - start, count: count + start))
      position += count
      covered = position
      expected = found + count
    }
    if suffix > 0 {
      matches.append(Match(first: a.count - suffix, second: b.count - suffix, count: suffix))
    }
  }

  private static func areEqual(
    _ a: [UInt8], _ i: Int, _ b: [UInt8], _ j: Int, _ count: Int
  ) -> Bool {
    for offset in 0..<count where a[i + offset] != b[j + offset] { return false }
    return true
  }

  private mutating func findGaps(_ firstCount: Int, _ secondCount: Int) {
    // What of the first string no match holds.
    var holes: [Range<Int>] = []
    var end = 0
    for match in matches.sorted(by: { $0.first < $1.first }) {
      if match.first > end { holes.append(end..<match.first) }
      end = max(end, match.first + match.count)
    }
    if firstCount > end { holes.append(end..<firstCount) }

    var isTaken = [Bool](repeating: false, count: holes.count)
    func hole(from start: Int) -> Int? {
      var low = 0
      var high = holes.count
      while low < high {
        let middle = (low + high) / 2
        if holes[middle].lowerBound < start { low = middle + 1 } else { high = middle }
      }
      return low < holes.count && holes[low].lowerBound == start ? low : nil
    }
    var firstEnd = 0
    var secondEnd = 0
    let sentinel = Match(first: firstCount, second: secondCount, count: 0)
    for match in matches + [sentinel] {
      let second = secondEnd..<max(secondEnd, match.second)
      var first = firstEnd..<firstEnd
      if let index = hole(from: firstEnd), !isTaken[index] {
        // Nothing but this hole lies between the two matches.
        if holes[index].upperBound == match.first || !second.isEmpty {
          first = holes[index]
          isTaken[index] = true
        }
      }
      if !first.isEmpty || !second.isEmpty { gaps.append(Gap(first: first, second: second)) }
      firstEnd = match.first + match.count
      secondEnd = match.second + match.count
    }
    for (index, hole) in holes.enumerated() where !isTaken[index] {
      gaps.append(Gap(first: hole, second: secondCount..<secondCount))
    }
    findMoved()
  }

  /// All matches that are not in the longest series in order of both strings (patience sorting).
  private mutating func findMoved() {
    var piles: [Int] = []
    var before = [Int](repeating: -1, count: matches.count)
    for (index, match) in matches.enumerated() {
      var low = 0
      var high = piles.count
      while low < high {
        let middle = (low + high) / 2
        if matches[piles[middle]].first < match.first { low = middle + 1 } else { high = middle }
      }
      before[index] = low > 0 ? piles[low - 1] : -1
      if low == piles.count { piles.append(index) } else { piles[low] = index }
    }
    var isInOrder = [Bool](repeating: false, count: matches.count)
    var index = piles.last ?? -1
    while index >= 0 {
      isInOrder[index] = true
      index = before[index]
    }
    movedMatches = matches.indices.filter { !isInOrder[$0] && matches[$0].count >= 16 }.map {
      matches[$0]
    }
  }
}

/// Finds where a piece of a string stands, by a hash table without chains: of equal pieces the first
/// is kept, and of those that collide too.
private struct PieceTable {
  private var slots: [Int32]
  private let mask: Int
  private let piece: Int

  init(_ bytes: [UInt8], _ range: Range<Int>, piece: Int) {
    self.piece = piece
    var size = 1024
    while size < range.count / piece * 2, size < 1 << 26 { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
    mask = size - 1
    var offset = range.lowerBound
    while offset + piece <= range.upperBound {
      // Fillers stand everywhere and say nothing about the place.
      if !Self.isUniform(bytes, offset, piece) {
        let slot = Self.hash(bytes, offset, piece) & mask
        if slots[slot] < 0 { slots[slot] = Int32(offset) }
      }
      offset += piece
    }
  }

  func find(_ bytes: [UInt8], _ offset: Int, in other: [UInt8]) -> Int? {
    let candidate = Int(slots[Self.hash(bytes, offset, piece) & mask])
    guard candidate >= 0 else { return nil }
    for index in 0..<piece where other[candidate + index] != bytes[offset + index] { return nil }
    return candidate
  }

  private static func isUniform(_ bytes: [UInt8], _ offset: Int, _ piece: Int) -> Bool {
    for index in 1..<piece where bytes[offset + index] != bytes[offset] { return false }
    return true
  }

  private static func hash(_ bytes: [UInt8], _ offset: Int, _ piece: Int) -> Int {
    var value: UInt64 = 0
    for index in 0..<piece {
      value = (value ^ UInt64(bytes[offset + index])) &* 0x9E37_79B9_7F4A_7C15
      value ^= value >> 29
    }
    return Int(truncatingIfNeeded: value >> 20)
  }
}
