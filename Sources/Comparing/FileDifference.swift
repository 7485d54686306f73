public import Hashing

/// How two files differ: facts only, for the report and, later, for the explanation to start from.
public struct FileDifference: Sendable, Equatable {
  /// In bytes.
  public let firstSize: Int64
  /// In bytes.
  public let secondSize: Int64
  public let firstDigest: Digest
  public let secondDigest: Digest
  /// The first byte that differs; nil where the shorter file is a prefix of the longer.
  public let firstOffset: Int64?
  /// How many blocks of `blockSize` bytes, counted from the files' first byte, differ. Those that
  /// only the longer file reaches do.
  public let differingBlocks: Int64
  /// What lies at `firstOffset`, or, in the longer file, where the shorter ends; nil where the
  /// format is not known or the file breaks its rules.
  public let place: Place?
  /// The parts that differ, at most `partLimit`, in the order of the first file, then those that
  /// only the second has; empty where one of the formats is not known.
  public let parts: [PartDifference]
  /// Whether more than `partLimit` parts differ.
  public let areMoreParts: Bool

  /// In bytes.
  public static let blockSize = 4096
  public static let partLimit = 64

  /// Whether the shorter file is a prefix of the longer.
  public var isPrefix: Bool { firstOffset == nil }

  /// Compares every byte of the two files.
  ///
  /// - Returns: nil where there is no difference.
  /// - Throws: `changed` where the bytes contradict what the artifacts were found to be.
  public static func between(
    _ first: Artifact, _ second: Artifact
  ) throws(ComparingError) -> FileDifference? {
    let a = try open(first)
    let b = try open(second)
    let (firstOffset, differingBlocks) = try mismatches(a, b)
    let areEqual = firstOffset == nil && a.size == b.size
    guard areEqual == (first.digest == second.digest) else { throw .changed(path: second.path) }
    if areEqual { return nil }

    var comparer = PartComparer(limit: partLimit)
    try comparer.compare(a, b)
    return FileDifference(
      firstSize: a.size, secondSize: b.size, firstDigest: first.digest,
      secondDigest: second.digest, firstOffset: firstOffset, differingBlocks: differingBlocks,
      place: try place(firstOffset, a, b), parts: comparer.differences,
      areMoreParts: comparer.areMore)
  }

  private static func open(_ artifact: Artifact) throws(ComparingError) -> Region {
    let file = try OpenFile(artifact.path)
    guard file.size == artifact.size else { throw .changed(path: artifact.path) }
    return Region(file)
  }

  private static func place(
    _ firstOffset: Int64?, _ a: Region, _ b: Region
  ) throws(ComparingError) -> Place? {
    guard let firstOffset else {
      return try a.size < b.size ? Place.at(a.size, in: b) : Place.at(b.size, in: a)
    }
    if let place = try Place.at(firstOffset, in: a) { return place }
    return try Place.at(firstOffset, in: b)
  }

  private static func mismatches(
    _ a: Region, _ b: Region
  ) throws(ComparingError) -> (firstOffset: Int64?, differingBlocks: Int64) {
    var buffers = PairedBuffers()
    let common = min(a.size, b.size)
    var firstOffset: Int64?
    var blocks: Int64 = 0
    var lastBlock: Int64?
    var offset: Int64 = 0
    while offset < common {
      let count = Int(min(Int64(PairedBuffers.size), common - offset))
      try buffers.fill(a, b, at: offset, count: count)
      for start in stride(from: 0, to: count, by: blockSize) {
        let block = start..<min(start + blockSize, count)
        guard let index = buffers.mismatch(in: block) else { continue }
        firstOffset = firstOffset ?? offset + Int64(index)
        blocks += 1
        lastBlock = (offset + Int64(start)) / Int64(blockSize)
      }
      offset += Int64(count)
    }
    // The block in which the shorter file ends differs too, but may have been counted already.
    let longest = max(a.size, b.size)
    if longest > common {
      let tail = common / Int64(blockSize)
      let end = (longest - 1) / Int64(blockSize)
      blocks += end - tail + (lastBlock == tail ? 0 : 1)
    }
    return (firstOffset, blocks)
  }
}
