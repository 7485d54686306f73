/// Where what stood at an address of the first program stands in the second.
struct AddressMap {
  private struct Block {
    let start: Int64
    let end: Int64
    let delta: Int64
    /// The lower, the surer.
    let rank: Int
  }

  private var blocks: [Block] = []

  /// `count` bytes at `first` stand at `second`.
  mutating func add(_ first: Int64, _ second: Int64, count: Int64, rank: Int = 0) {
    guard count > 0, let end = first.checkedAdding(count),
      case let (delta, overflow) = second.subtractingReportingOverflow(first), !overflow
    else { return }
    blocks.append(Block(start: first, end: end, delta: delta, rank: rank))
  }

  /// Must be called before `delta(at:)`, after the last `add`.
  mutating func seal() {
    // Of blocks that overlap the surer ones stay, cut out of the others: a sweep over sorted starts.
    let sorted = blocks.sorted { ($0.rank, $0.start) < ($1.rank, $1.start) }
    var kept: [Block] = []
    var low = sorted.startIndex
    while low < sorted.endIndex {
      let rank = sorted[low].rank
      let high = sorted[low...].firstIndex { $0.rank != rank } ?? sorted.endIndex
      kept = Self.merge(kept, sorted[low..<high])
      low = high
    }
    blocks = kept
  }

  /// `surer` is sorted and without overlaps; what of `others` it does not cover is added.
  private static func merge(_ surer: [Block], _ others: ArraySlice<Block>) -> [Block] {
    var result: [Block] = []
    var index = 0
    var end = Int64.min
    for other in others {
      var start = max(other.start, end)
      while index < surer.count, surer[index].end <= start {
        result.append(surer[index])
        index += 1
      }
      var next = index
      while start < other.end {
        let stop = next < surer.count ? min(surer[next].start, other.end) : other.end
        if start < stop {
          result.append(Block(start: start, end: stop, delta: other.delta, rank: other.rank))
        }
        guard next < surer.count, surer[next].start < other.end else { break }
        start = max(start, surer[next].end)
        result.append(surer[next])
        next += 1
      }
      index = next
      end = max(end, start, other.end)
    }
    result += surer[index...]
    return result.sorted { $0.start < $1.start }
  }

  /// By how much what stands at `address` moved; nil where that is not known.
  func delta(at address: Int64) -> Int64? {
    var low = 0
    var high = blocks.count
    while low < high {
      let middle = (low + high) / 2
      if blocks[middle].end <= address { low = middle + 1 } else { high = middle }
    }
    guard low < blocks.count, blocks[low].start <= address else { return nil }
    return blocks[low].delta
  }
}

extension Int64 {
  fileprivate func checkedAdding(_ other: Int64) -> Int64? {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? nil : sum
  }
}
