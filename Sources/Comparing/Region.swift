public import Hashing

/// A stretch of an open file: all of it, an archive's member, a section.
public struct Region: Sendable {
  private let file: OpenFile
  private let start: Int64
  /// In bytes.
  public let size: Int64

  /// The whole file.
  public init(_ file: OpenFile) {
    self.file = file
    start = 0
    size = file.size
  }

  private init(_ file: OpenFile, start: Int64, size: Int64) {
    self.file = file
    self.start = start
    self.size = size
  }

  /// Whether `count` bytes at `offset` lie within; safe for any two numbers.
  public func contains(_ offset: Int64, _ count: Int64) -> Bool {
    offset >= 0 && count >= 0 && offset <= size && count <= size - offset
  }

  /// The region of `count` bytes at `offset`, or nil where they do not lie within.
  public func region(at offset: Int64, count: Int64) -> Region? {
    guard contains(offset, count) else { return nil }
    return Region(file, start: start + offset, size: count)
  }

  /// The `count` bytes at `offset`, or nil where they do not lie within. `count` is the caller's
  /// promise to memory: bounded before, whatever the file claims.
  public func bytes(at offset: Int64, count: Int) throws(ComparingError) -> [UInt8]? {
    guard contains(offset, Int64(count)) else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    try file.read(at: start + offset, into: &bytes, count: count)
    return bytes
  }

  /// Reads `count` bytes at `offset`, which must lie within, into the start of `buffer`.
  public func read(at offset: Int64, into buffer: inout [UInt8], count: Int) throws(ComparingError)
  {
    precondition(contains(offset, Int64(count)))
    try file.read(at: start + offset, into: &buffer, count: count)
  }

  /// The digest of all its bytes.
  public func digest() throws(ComparingError) -> Digest {
    var hasher = Hasher()
    var buffer = [UInt8](repeating: 0, count: Int(min(max(size, 1), 1 << 18)))
    var offset: Int64 = 0
    while offset < size {
      let count = Int(min(Int64(buffer.count), size - offset))
      try read(at: offset, into: &buffer, count: count)
      hasher.update(buffer, count: count)
      offset += Int64(count)
    }
    return hasher.finish()
  }
}
